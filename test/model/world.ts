/**
 * One Redis and one model of it, side by side: every script goes through here, is answered by both, and is followed by a
 * look at everything. The first difference ends a history.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { trustedTaskId } from '../../src/core/ids';
import type { Task } from '../../src/core/model';
import { Metrics } from '../../src/metrics/metrics';
import { CHANNEL, KEY } from '../../src/redis/keys';
import type { RedisConnections } from '../../src/redis/redis-connections';
import type { ScriptAnswers, ScriptArguments, ScriptName } from '../../src/redis/script-contracts';
import { Scripts } from '../../src/redis/scripts';
import { loadProgram } from '../../src/redis/script-library';
import { fromHash } from '../../src/tasks/task-hash';
import type { TestRedis } from '../helpers/redis';
import { PublishedMessages, type Published } from '../scripts/published';
import { dumpText, type StoreDump } from '../scripts/store-dump';
import { ANY, expectedTaskScripts, type Expect } from './expected-task-scripts';
import { expectedRetentionScripts } from './expected-retention-scripts';
import { expectedWorkerScripts } from './expected-worker-scripts';
import { breachesAt, breachesBetween, differences, type Moment } from './invariants';
import { copyOf, emptyModel, factsOf, type Model } from './model';
import { factsIn, fieldsOf, LONG_AGO } from './observed';

const EXPECTED: { [N in ScriptName]: Expect<N> } = {
  ...expectedTaskScripts,
  ...expectedWorkerScripts,
  ...expectedRetentionScripts,
};

/** Whoever hears one of these may be sure that nothing has changed. */
const UNCHANGING: ReadonlySet<string> = new Set([
  'conflict',
  'not_leader',
  'task_changed',
  'worker_unavailable',
  'no_receiver',
  'early',
  'dependency_ended',
  'dependency_unknown',
  'dependency_deleted',
  'unsettled',
  'open',
  'deleted',
  'needed',
  'free',
  'not_deleted',
  'full',
  'unknown',
  'known',
  'following',
  'listed',
]);
/** Further than any clock: a rest ends when a history says so, and not by itself. */
const NOT_BY_ITSELF = '9000000000000000';
/** The server's, beside its data. Thousands of histories are told faster without TCP. */
export const SOCKET = 'redis.sock';
/** A script that takes longer does not end at all. */
const LOOPS_AFTER_MS = 10_000;
const SNAPSHOT_DB = 1;
const OPENING_DB = 2;
/** Copies one database over the other, times to live kept. */
const COPY = `
redis.call('SELECT', ARGV[2])
redis.call('FLUSHDB')
redis.call('SELECT', ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', ARGV[2]) end`;

export interface Call {
  name: ScriptName;
  args: Readonly<Record<string, string>>;
}

interface Look extends Moment {
  text: string;
}
const BLANK: Look = { text: '', dump: {}, facts: factsOf(emptyModel()) };

interface Seen {
  text: string;
  published: Published[];
}

interface Snapshot {
  database: number;
  model: Model;
  moment: Look;
  ends: Map<string, number>;
}

/** What was asked of Scripts until now is on its way. */
const scriptsSent = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class World extends Scripts {
  model: Model = emptyModel();
  /** Every call so far, for those that are sent again. */
  readonly calls: Call[] = [];
  /** What happened, for a person. */
  readonly story: string[] = [];
  private moment: Look = BLANK;
  private snapshot: Snapshot | null = null;
  private opened: (Snapshot & { story: string[]; named: number }) | null = null;
  private named = 0;
  /** How often each task ended since the last failover. */
  private ends = new Map<string, number>();
  private lastTurn: Promise<void> = Promise.resolve();

  private constructor(
    readonly client: Redis,
    private readonly published: PublishedMessages,
  ) {
    super({ commands: client } as RedisConnections, new Metrics());
  }

  static async on(redis: TestRedis): Promise<World> {
    // A script and the look at what it did go out together.
    const client = new Redis({
      path: join(redis.directory, SOCKET),
      enableAutoPipelining: true,
      autoPipeliningIgnoredCommands: ['evalsha'],
      commandTimeout: LOOPS_AFTER_MS,
    });
    const published = await PublishedMessages.on(redis, ['tasks', ...Object.values(CHANNEL)], client);
    await client.script('LOAD', loadProgram().lua);
    return new World(client, published);
  }

  close(): void {
    this.client.disconnect();
  }

  /** The same beginning for every history; what it leads to is kept, and not gone through again. */
  async begin(opening: () => Promise<void>): Promise<void> {
    await this.lastTurn;
    if (this.opened === null) {
      await this.client.flushall();
      this.forget();
      await opening();
      this.opened = { ...(await this.keepIn(OPENING_DB)), story: [...this.story], named: this.named };
    }
    await this.goBackTo(this.opened);
    this.snapshot = null;
    this.calls.length = 0;
    this.story.splice(0, Infinity, ...this.opened.story);
    this.named = this.opened.named;
    await this.published.take();
  }

  private forget(): void {
    this.model = emptyModel();
    this.moment = BLANK;
    this.ends = new Map();
    this.story.length = 0;
    this.named = 0;
  }

  /** `try-7`: nothing is called like that twice in one history. */
  name(what: string): string {
    this.named += 1;
    return `${what}-${String(this.named)}`;
  }

  /** The script, on Redis and on the model. One at a time, in the order in which they were asked for. */
  override run<N extends ScriptName>(name: N, args: ScriptArguments<N>): Promise<ScriptAnswers[N]> {
    return this.inTurn(() => this.compare(name, args));
  }

  private async inTurn<T>(work: () => Promise<unknown>): Promise<T> {
    const turn = this.lastTurn;
    let end = (): void => undefined;
    this.lastTurn = new Promise((resolve) => (end = resolve));
    await turn;
    try {
      return (await work()) as T;
    } finally {
      end();
    }
  }

  /** A call whose answer was lost is sent again, as it was. */
  again(call: Call): Promise<unknown> {
    return this.run(call.name, call.args as never);
  }

  private async compare<N extends ScriptName>(name: N, args: ScriptArguments<N>): Promise<unknown> {
    this.calls.push({ name, args });
    // TypeScript does not correlate the table's entry with the script's name; its type above does.
    const expect = EXPECTED[name] as unknown as Expect<N>;
    const expected = expect(this.model, args);
    const line = `    ${name} ${describe(args)}`;
    const at = this.story.push(line) - 1;
    const [answered, seen] = await Promise.allSettled([
      super.run(name, args),
      scriptsSent().then(() => this.see()),
    ]);
    if (answered.status === 'rejected') this.fail([String(answered.reason)]);
    if (seen.status === 'rejected') this.fail([String(seen.reason)]);
    const words = answered.value as readonly unknown[];
    this.story[at] = `${line} -> ${words.join(' ')}`;
    const agrees =
      expected.length === words.length &&
      expected.every((word, i) => word === ANY || String(word) === String(words[i]));
    if (!agrees) this.fail([`expected the answer: ${expected.map(String).join(' ')}`]);
    await this.judge(seen.value, UNCHANGING.has(String(words[0])));
    return words;
  }

  /** Something that is not a script's doing: a worker writes, or time passes. The model is told by the caller. */
  async outside(...writes: readonly Promise<unknown>[]): Promise<void> {
    const seen = this.see();
    await Promise.all(writes);
    await this.judge(await seen, false);
  }

  /** A task as whoever reads it now would see it. */
  read(id: string): Task | null {
    return fromHash(trustedTaskId(id), fieldsOf(this.moment.dump[KEY.task + id]));
  }

  async takeSnapshot(): Promise<void> {
    this.snapshot = await this.keepIn(SNAPSHOT_DB);
  }

  /** Redis is what it was at the snapshot: whatever was written since is gone. */
  async failOver(): Promise<boolean> {
    if (this.snapshot === null) return false;
    await this.goBackTo(this.snapshot);
    await this.judge(await this.see(), true);
    return true;
  }

  private async keepIn(database: number): Promise<Snapshot> {
    await this.client.eval(COPY, 0, 0, database);
    return { database, model: copyOf(this.model), moment: this.moment, ends: new Map(this.ends) };
  }

  private async goBackTo({ database, model, moment, ends }: Snapshot): Promise<void> {
    await this.client.eval(COPY, 0, database, 0);
    this.model = copyOf(model);
    this.moment = moment;
    this.ends = new Map(ends);
  }

  /** Everything that is in Redis now, and what was published on the way. */
  private async see(): Promise<Seen> {
    const [text, published] = await Promise.all([dumpText(this.client), this.published.take()]);
    return { text, published };
  }

  private async judge({ text, published }: Seen, nothingChanged: boolean): Promise<void> {
    const before = this.moment;
    if (text !== before.text) this.moment = await this.momentIn(text);
    const { dump, facts } = this.moment;
    const breaches = [
      ...differences(factsOf(this.model), facts),
      ...(this.moment === before ? [] : breachesAt(this.moment)),
      ...breachesBetween(before, this.moment, published),
      ...this.secondEnds(before),
    ];
    if (nothingChanged && !isDeepStrictEqual(before.dump, dump)) breaches.push('a refusal changed something');
    if (nothingChanged && published.length > 0) breaches.push('a refusal was announced');
    if (breaches.length > 0) this.fail(breaches);
  }

  private async momentIn(text: string): Promise<Look> {
    const dump = JSON.parse(text) as StoreDump;
    await this.holdRests(dump);
    return { text, dump, facts: factsIn(dump) };
  }

  /** How long a worker rests is real time: held, so that no history depends on how fast it is told. */
  private async holdRests(dump: StoreDump): Promise<void> {
    for (const [key, stored] of Object.entries(dump)) {
      if (!key.startsWith(KEY.lease)) continue;
      const lease = fieldsOf(stored);
      if (lease.rest_until === undefined || [LONG_AGO, NOT_BY_ITSELF].includes(lease.rest_until)) continue;
      lease.rest_until = NOT_BY_ITSELF;
      await this.client.hset(key, 'rest_until', NOT_BY_ITSELF);
    }
  }

  private secondEnds(before: Moment): string[] {
    // One that was forgotten may come again, when its registration is sent again.
    for (const id of this.ends.keys()) if (!(id in this.moment.facts.tasks)) this.ends.delete(id);
    return Object.entries(this.moment.facts.tasks).flatMap(([id, task]) => {
      if (!task.finished || before.facts.tasks[id]?.finished === true) return [];
      const times = (this.ends.get(id) ?? 0) + 1;
      this.ends.set(id, times);
      return times > 1 ? [`${id} ended ${String(times)} times`] : [];
    });
  }

  mustAgree(expected: unknown, actual: unknown, what: string): void {
    const differing = differences(expected, actual, what);
    if (differing.length > 0) this.fail(differing);
  }

  /** What has happened so far, and what is wrong with it. */
  private fail(breaches: readonly string[]): never {
    throw new Error(`${this.story.join('\n')}\n  ${breaches.join('\n  ')}\n`);
  }
}

/** The arguments that tell one call from another. */
function describe(args: Readonly<Record<string, string>>): string {
  const silent = [
    'head',
    'tail',
    'raw',
    'tasks_json',
    'shards_json',
    'topic',
    'stale_files',
    'inputs',
    'rest_max_us',
  ];
  return Object.entries(args)
    .filter(([name, value]) => value !== '' && !silent.includes(name) && !name.endsWith('_us'))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
