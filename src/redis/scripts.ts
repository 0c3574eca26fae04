/** Runs the Lua scripts by name, with arguments by name. */
import { Injectable } from '@nestjs/common';
import { RedisConnections } from './redis-connections';
import { isCutOff } from '../core/errors';
import type { ScriptAnswers, ScriptArguments, ScriptName } from './script-contracts';
import { loadScripts, type Script } from './script-library';

/** Who schedules in this process. */
interface Home {
  /** As long as it schedules, the epoch of its term. */
  readonly epoch: string;
  ring(bell: string): void;
}

const NOBODY: Home = { epoch: '', ring: () => undefined };

/** A connection that merely broke is made anew within moments. */
const RECONNECT_PATIENCE_MS = 1_000;

@Injectable()
export class Scripts {
  private readonly scripts = loadScripts();
  private home = NOBODY;

  constructor(private readonly connections: RedisConnections) {}

  /** What a script rings for comes here with its answer while this process schedules, and needs no message. */
  ringAt(home: Home): void {
    this.home = home;
  }

  /**
   * One round trip. When the connection breaks before the answer, it is asked again on the next one, should that come
   * soon: it may be only the answer that was lost, and every script recognizes its own work.
   */
  async run<N extends ScriptName>(name: N, args: ScriptArguments<N>): Promise<ScriptAnswers[N]> {
    const script = this.scripts[name];
    const given = (script.arguments as readonly (keyof ScriptArguments<N>)[]).map((key) => args[key]);
    const values = [this.home.epoch, ...given];
    const [bell, ...answer] = (await this.send(script, values).catch(async (error: unknown) => {
      if (!isCutOff(error) || !(await this.connections.untilUp(RECONNECT_PATIENCE_MS))) throw error;
      return await this.send(script, values);
    })) as [bell: string, ...ScriptAnswers[N]];
    if (bell !== '') this.home.ring(bell);
    return answer;
  }

  /** A server that does not know the script yet is given it. */
  private async send({ sha1, lua }: Script, values: string[]): Promise<unknown> {
    const redis = this.connections.commands;
    return await redis.evalsha(sha1, 0, ...values).catch((error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(lua, 0, ...values);
    });
  }
}
