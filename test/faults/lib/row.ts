/** A row of the table of faults as one test: rounds of chance whose seed is printed, each held against the invariants. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failOnLeftProcesses } from '../../helpers/leaks';
import { check, describeViolations } from './check';
import type { Bounds } from './check-bounds';
import { Cluster, type ClusterSettings } from './cluster';
import { Random } from './random';

const SEED = Number(process.env.FAULTS_SEED ?? 1);
const ROUNDS = Number(process.env.FAULTS_ROUNDS ?? 1);
/** Every row once, with shorter windows where the real ones take long. */
const IS_SHORT = process.env.FAULTS_SHORT === '1';

/** Keeps the histories of rounds that went well too. */
const KEEPS_ALL = process.env.FAULTS_KEEP === '1';

const USUAL_TIMEOUT_MS = 240_000;

export class Round {
  readonly random: Random;
  readonly isShort = IS_SHORT;
  private readonly clusters: Cluster[] = [];
  private readonly others: (() => Promise<void>)[] = [];
  private bounds: Partial<Bounds> = {};

  constructor(readonly seed: number) {
    this.random = new Random(seed);
  }

  async cluster(settings: ClusterSettings = {}): Promise<Cluster> {
    const cluster = await Cluster.start(this.random, settings);
    this.clusters.push(cluster);
    return cluster;
  }

  /** Ends what runs beside the clusters, after them. */
  alsoStop(stop: () => Promise<void>): void {
    this.others.push(stop);
  }

  /** What this row may take at most, where it differs from the usual. */
  within(bounds: Partial<Bounds>): void {
    this.bounds = bounds;
  }

  /** Says what could not be tried here. */
  note(text: string): void {
    process.stdout.write(`    ${text}\n`);
  }

  /** Throws with every broken promise, and says where the whole history is. */
  judge(): void {
    for (const cluster of this.clusters) {
      const violations = check(cluster.history.entries, this.bounds);
      if (violations.length > 0) throw new Error(describeViolations(violations));
    }
  }

  /** For whoever has to find out why. */
  keep(title: string): string {
    const directory = mkdtempSync(join(tmpdir(), 'orchestrator-faults-failed-'));
    writeFileSync(join(directory, 'title'), `${title}\nseed ${String(this.seed)}\n`);
    this.clusters.forEach((cluster, index) => {
      const own = join(directory, String(index));
      mkdirSync(own);
      cluster.history.writeTo(join(own, 'history.jsonl'));
      cluster.logs().forEach(([name, text]) => {
        writeFileSync(join(own, `${name}.log`), text);
      });
    });
    return directory;
  }

  async end(): Promise<void> {
    const clusters = await Promise.allSettled(this.clusters.map((cluster) => cluster.stop()));
    const others = await Promise.allSettled(this.others.map((stop) => stop()));
    const stops = [...clusters, ...others];
    for (const stop of stops) if (stop.status === 'rejected') throw stop.reason;
    await failOnLeftProcesses();
  }
}

/**
 * @param body does to its clusters what the row says, and ends each with `conclude`
 * @param timeoutMs for one round
 */
export function row(
  number: number,
  sentence: string,
  body: (round: Round) => Promise<void>,
  timeoutMs = USUAL_TIMEOUT_MS,
): void {
  const title = `row ${String(number)}: ${sentence}`;
  test(
    title,
    async () => {
      for (let count = 0; count < ROUNDS; count += 1) {
        await run(title, new Round((SEED + count) * 100 + number), body);
      }
    },
    timeoutMs * ROUNDS,
  );
}

async function run(title: string, round: Round, body: (round: Round) => Promise<void>): Promise<void> {
  const failures: Error[] = [];
  const attempt = async (work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      failures.push(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  };
  await attempt(() => body(round));
  await attempt(() => {
    round.judge();
  });
  const kept = failures.length > 0 || KEEPS_ALL ? round.keep(title) : '';
  await attempt(() => round.end());
  if (failures.length === 0) {
    if (kept !== '') round.note(`seed ${String(round.seed)}; histories and logs are in ${kept}`);
    return;
  }
  const texts = failures.map((failure) => failure.stack ?? failure.message).join('\n\n');
  throw new Error(`seed ${String(round.seed)}; histories and logs are in ${kept}\n${texts}`);
}
