/** Runs the Lua scripts by name, with arguments by name. */
import { Injectable } from '@nestjs/common';
import { RedisConnections } from './redis-connections';
import type { ScriptAnswers, ScriptArguments, ScriptName } from './script-contracts';
import { loadScripts } from './script-library';

@Injectable()
export class Scripts {
  private readonly scripts = loadScripts();

  constructor(private readonly connections: RedisConnections) {}

  /** One round trip; a server that does not know the script yet is given it. */
  async run<N extends ScriptName>(name: N, args: ScriptArguments<N>): Promise<ScriptAnswers[N]> {
    const script = this.scripts[name];
    const values = (script.arguments as readonly (keyof ScriptArguments<N>)[]).map((key) => args[key]);
    const redis = this.connections.commands;
    const answer = (await redis.evalsha(script.sha1, 0, ...values).catch((error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(script.lua, 0, ...values);
    })) as ScriptAnswers[N];
    return answer;
  }
}
