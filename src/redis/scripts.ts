/**
 * Runs the Lua scripts by name, with arguments by name. What is asked for in one turn of the event loop goes to Redis in
 * one call: a script takes less time than the call around it, on either side.
 */
import { Injectable } from '@nestjs/common';
import { isCutOff } from '../core/errors';
import { Metrics } from '../metrics/metrics';
import { RedisConnections } from './redis-connections';
import {
  SCRIPT_ARGUMENTS,
  type ScriptAnswers,
  type ScriptArguments,
  type ScriptName,
} from './script-contracts';
import { loadProgram } from './script-library';

/** Who schedules in this process. */
interface Home {
  /** As long as it schedules, the epoch of its term. */
  readonly epoch: string;
  ring(bell: string): void;
  /** It asks for more within this turn, and flushes then. */
  readonly flushesSoon: boolean;
}

interface Request {
  /** Name, number of arguments, arguments. */
  readonly words: readonly string[];
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

const NOBODY: Home = { epoch: '', ring: () => undefined, flushesSoon: false };

/** Redis does nothing else during a call: what is small goes together, half a millisecond of it, what is large alone. */
const MAX_SCRIPTS = 16;
const MAX_CHARS = 64 * 1024;

/**
 * What these write first needs no memory, and after a first write Redis refuses nothing more of a call: whatever went with
 * them would be taken by a server that is out of memory.
 */
const ALONE: ReadonlySet<string> = new Set<ScriptName>(['lead', 'resign', 'remove-worker', 'forget-task']);

/** A connection that merely broke is made anew within moments. */
const RECONNECT_PATIENCE_MS = 1_000;

@Injectable()
export class Scripts {
  private readonly program = loadProgram();
  private home = NOBODY;
  private waiting: Request[] = [];

  constructor(
    private readonly connections: RedisConnections,
    private readonly metrics: Metrics,
  ) {}

  /** What a script rings for comes here with its answer while this process schedules, and needs no message. */
  ringAt(home: Home): void {
    this.home = home;
  }

  /** Scripts run in the order in which they are asked for. One that fails is the failure of its own caller alone. */
  run<N extends ScriptName>(name: N, args: ScriptArguments<N>): Promise<ScriptAnswers[N]> {
    const given = (SCRIPT_ARGUMENTS[name] as readonly (keyof ScriptArguments<N>)[]).map((key) => args[key]);
    return new Promise((resolve, reject) => {
      this.waiting.push({ words: [name, String(given.length), ...given], resolve, reject });
      if (this.waiting.length > 1) return;
      setImmediate(() => {
        if (!this.home.flushesSoon) this.flush();
      });
    });
  }

  /** Sends what was asked for so far ahead of the end of the turn. */
  flush(): void {
    const requests = this.waiting;
    this.waiting = [];
    if (requests.length > 0) for (const call of calls(requests)) void this.answer(call);
  }

  private async answer(requests: readonly Request[]): Promise<void> {
    try {
      const [bell, ...answers] = await this.ask(requests);
      if (bell !== '') this.home.ring(bell);
      for (const [i, { resolve, reject }] of requests.entries()) {
        const answer = answers[i];
        if (answer instanceof Error) reject(answer);
        else resolve(answer as never);
      }
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }

  /**
   * One round trip. When the connection breaks before the answer, it is asked again on the next one, should that come
   * soon: it may be only the answer that was lost, and every script recognizes its own work.
   */
  private async ask(requests: readonly Request[]): Promise<[bell: string, ...answers: unknown[]]> {
    const values = [this.home.epoch];
    for (const { words } of requests) values.push(...words);
    const answer = await this.send(values).catch(async (error: unknown) => {
      if (!isCutOff(error) || !(await this.connections.untilUp(RECONNECT_PATIENCE_MS))) throw error;
      return await this.send(values);
    });
    return answer as [bell: string, ...answers: unknown[]];
  }

  /** A server that does not know the program yet is given it. */
  private async send(values: string[]): Promise<unknown> {
    const { sha1, lua } = this.program;
    const redis = this.connections.commands;
    const sentAtMs = performance.now();
    try {
      return await redis.evalsha(sha1, 0, ...values).catch((error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return redis.eval(lua, 0, ...values);
      });
    } finally {
      // What failed took its time too: a Redis that stalls shows by it.
      this.metrics.scriptCall.observe((performance.now() - sentAtMs) / 1_000);
    }
  }
}

/** Which requests share a call. */
function* calls(requests: readonly Request[]): Generator<Request[]> {
  let call: Request[] = [];
  let chars = 0;
  for (const request of requests) {
    const more = isAlone(request) ? Infinity : request.words.reduce((sum, word) => sum + word.length, 0);
    if (call.length > 0 && (call.length === MAX_SCRIPTS || chars + more > MAX_CHARS)) {
      yield call;
      call = [];
      chars = 0;
    }
    call.push(request);
    chars += more;
  }
  yield call;
}

const isAlone = ({ words: [name = ''] }: Request): boolean => ALONE.has(name);
