/** Simulated stock workers of a suite: one process of them, what it told so far, and the questions tests ask of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Child, endOf, start, tail } from './processes';
import { waitFor, type WaitOptions } from './wait';

const SIMULATOR = resolve(__dirname, '../simulator/main.mjs');

export interface WorkerOptions {
  id: string;
  variety?: 'older' | 'newer';
  /** null: the report has no such figure. */
  cores?: number | null;
  memoryBytes?: number | null;
  gpus?: readonly Record<string, unknown>[];
  ip?: string | null;
  setupDelayMs?: number;
  heartbeatMs?: number;
  heartbeatKeyTtlSec?: number;
  /** It outlives the loss of its subscription: it ends its task, and comes back under a new id after so long. */
  returnsAfterMs?: number;
  rawHash?: Readonly<Record<string, string>>;
}

export interface DispatchMessage {
  task_id: string;
  task: { metadata: { name: string }; spec: Record<string, unknown> } & Record<string, unknown>;
  task_type: string;
  assigned_worker: string;
  dispatched_at: string;
  parent_task_id: string | null;
  shard_index?: number;
  shard_total?: number;
  attempt: number;
  attempt_id: string;
  traceparent?: string;
  tracestate?: string;
}

/** A line of the simulator: what happened, to which worker, over which task. */
export interface FleetEvent {
  event: string;
  worker: string | null;
  /** Milliseconds of the clock that all processes of a machine share. */
  at: number;
  sent_at?: number;
  task_id?: string;
  attempt_id?: string;
  name?: string | null;
  size?: number;
  sha256?: string;
  why?: string;
  busy?: boolean;
  message?: DispatchMessage;
  type?: string;
  error?: string | null;
  status?: number;
  headers?: string[];
  body?: string;
  do?: string;
}

export interface Received extends FleetEvent {
  worker: string;
  task_id: string;
  message: DispatchMessage;
}

export interface FleetSettings {
  redisUrl: string;
  /** Files that node loads before the simulator. */
  preload?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** What the workers call RESULTS_DIR; one of their own, removed with them, when it is not given. */
  resultsDir?: string;
  topic?: string;
  /** Do not wait until all of them listen. */
  eager?: boolean;
}

export class Fleet {
  readonly events: FleetEvent[] = [];

  private constructor(
    private readonly child: Child,
    private readonly ownDirectory: string | null,
  ) {
    this.onTold((told) => this.events.push(told));
  }

  /** Starts a process of workers and waits until all of them listen. */
  static async start(settings: FleetSettings, workers: readonly WorkerOptions[]): Promise<Fleet> {
    const own =
      settings.resultsDir === undefined ? await mkdtemp(join(tmpdir(), 'orchestrator-worker-')) : null;
    const argument = JSON.stringify({
      redisUrl: settings.redisUrl,
      resultsDir: settings.resultsDir ?? own,
      ...(settings.topic === undefined ? {} : { topic: settings.topic }),
      workers: workers.map(withDefaults),
    });
    const preload = (settings.preload ?? []).flatMap((file) => ['--require', file]);
    const child = start('worker simulator', process.execPath, [...preload, SIMULATOR, argument], {
      env: { ...process.env, ...settings.env },
    });
    const fleet = new Fleet(child, own);
    await fleet.seen(settings.eager === true ? 'registered' : 'ready');
    return fleet;
  }

  get pid(): number {
    return this.child.pid;
  }

  /** Calls back for everything that is told, what was told before included. */
  onTold(listener: (told: FleetEvent) => void): void {
    this.child.onLine((line) => {
      listener(JSON.parse(line) as FleetEvent);
    });
  }

  /** To the whole process: SIGSTOP makes it stand still, SIGCONT go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.signal(name);
  }

  /** Waits for an event of a kind, of a task or a worker if that is said, and gives it. */
  seen(
    event: string,
    of: { task_id?: string; worker?: string } = {},
    options: WaitOptions = {},
  ): Promise<FleetEvent> {
    return waitFor(
      `the workers to tell "${event}" ${JSON.stringify(of)}`,
      () => {
        if (!this.child.isRunning())
          throw new Error(`the worker simulator ended:\n${tail(this.child.output())}`);
        return this.all(event, of)[0];
      },
      options,
      () =>
        `last told: ${JSON.stringify(this.events.filter((told) => told.event !== 'heartbeat').slice(-10))}`,
    );
  }

  all(event: string, of: { task_id?: string; worker?: string } = {}): FleetEvent[] {
    return this.events.filter(
      (told) =>
        told.event === event &&
        (of.task_id === undefined || told.task_id === of.task_id) &&
        (of.worker === undefined || told.worker === of.worker),
    );
  }

  /** Every dispatch message that a worker took for itself, in order. */
  received(taskId?: string): Received[] {
    return this.all('received', taskId === undefined ? {} : { task_id: taskId }) as Received[];
  }

  /** The message with which a task was dispatched, last of all. */
  message(taskId: string): DispatchMessage {
    const last = this.received(taskId).at(-1);
    if (last === undefined) throw new Error(`no worker was sent task ${taskId}`);
    return last.message;
  }

  /** Waits until every worker that listens has sent one more heartbeat. */
  async beat(): Promise<void> {
    const since = this.events.length;
    const listening = new Set(this.all('listening').map((told) => told.worker));
    await waitFor('a heartbeat of every worker', () => {
      const fresh = this.events.slice(since).filter((told) => told.event === 'heartbeat');
      return new Set(fresh.map((told) => told.worker)).size === listening.size;
    });
  }

  /** Lets the tasks go that wait at a gate. */
  open(gate: string): void {
    this.tell({ do: 'open', gate });
  }

  /** Further workers in the same process; ends when they listen. */
  async add(...workers: readonly WorkerOptions[]): Promise<void> {
    await this.order({ do: 'add', workers: workers.map(withDefaults) });
  }

  /** What one worker does: crash without a word, stop cleanly, hear no more, stop or resume its heartbeat. */
  async let(worker: string, action: 'vanish' | 'unregister' | 'deafen' | 'silence' | 'speak'): Promise<void> {
    await this.order({ do: action, worker });
  }

  isRunning(): boolean {
    return this.child.isRunning();
  }

  /** All workers unregister and are forgotten, with everything they told: the process is as new. */
  async reset(): Promise<void> {
    await this.order({ do: 'reset' });
    this.events.length = 0;
  }

  /** A clean stop of all of them: they unregister. */
  async stop(): Promise<void> {
    this.child.signal('SIGINT');
    await endOf(this.child, 5_000);
    await this.tidy();
  }

  /** The machine goes off. */
  async kill(): Promise<void> {
    this.child.signal('SIGKILL');
    await endOf(this.child, 5_000);
    await this.tidy();
  }

  /** Gives a command and waits until it was carried out. */
  private async order(command: { do: string } & Record<string, unknown>): Promise<void> {
    const done = (): number =>
      this.events.filter((told) => told.event === 'obeyed' && told.do === command.do).length;
    const before = done();
    this.tell(command);
    await waitFor(
      `the workers to ${command.do}`,
      () => done() > before,
      { withinMs: 15_000 },
      () => tail(this.child.output()),
    );
  }

  private tell(command: Record<string, unknown>): void {
    this.child.write(JSON.stringify(command));
  }

  private async tidy(): Promise<void> {
    if (this.ownDirectory !== null) await rm(this.ownDirectory, { recursive: true, force: true });
  }
}

const withDefaults = (worker: WorkerOptions): WorkerOptions => ({ variety: 'newer', ...worker });

/** `w-1`, `w-2`, … all alike. */
export function workersNamed(
  prefix: string,
  count: number,
  options: Omit<WorkerOptions, 'id'> = {},
): WorkerOptions[] {
  return Array.from({ length: count }, (_, index) => ({ ...options, id: `${prefix}-${String(index + 1)}` }));
}
