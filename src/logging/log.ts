/** The one logger of the process: JSON lines to standard output and to the rotating file, without secrets. */
import { pino, type Logger } from 'pino';
import type { AppConfig } from '../config/app-config';
import { parseRedisUrl } from '../config/redis-url';
import { openLogFile, type LogFile } from './log-file';
import { redactor } from './redact';

export interface Log {
  logger: Logger;
  /** Ends the file; lines after it go to standard output alone. */
  close(): Promise<void>;
}

interface Output {
  write(line: string): void;
}

/** pino's levels under the names that LOG_LEVEL uses. */
const LEVEL_NAMES: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'ERROR',
};

type LogConfig = Pick<
  AppConfig,
  | 'logLevel'
  | 'logFile'
  | 'logMaxBytes'
  | 'logBackupCount'
  | 'tokens'
  | 'urlSigningSecret'
  | 'redisUrl'
  | 'redisSentinelPassword'
>;

/** Never fails: when the file cannot be written, one warning says so and standard output is all there is. */
export async function openLog(config: LogConfig, stdout: Output = pino.destination({ fd: 1 })): Promise<Log> {
  let file: LogFile | null = null;
  // Not pino.multistream: an output that fails must be left out from then on.
  const output: Output = {
    write: (line) => {
      stdout.write(line);
      file?.write(line);
    },
  };
  const logger = pino(
    {
      level: config.logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: LEVEL_NAMES[label] ?? label.toUpperCase() }) },
      hooks: { streamWrite: redactor(secretsOf(config)) },
    },
    output,
  );
  const warn = (error: Error): void => {
    file = null;
    logger.warn(
      { log_file: config.logFile, error: error.message },
      'LOG_FILE cannot be written; logging to stdout',
    );
  };
  if (config.logFile !== null) {
    try {
      file = await openLogFile({
        path: config.logFile,
        maxBytes: config.logMaxBytes,
        backupCount: config.logBackupCount,
        onFailure: warn,
      });
    } catch (error) {
      warn(error instanceof Error ? error : new Error(String(error)));
    }
  }
  return {
    logger,
    close: async () => {
      await file?.close();
    },
  };
}

function secretsOf(config: LogConfig): string[] {
  const address = parseRedisUrl(config.redisUrl);
  const password = address.ok ? (address.value.password ?? '') : '';
  const given = [config.urlSigningSecret, config.redisSentinelPassword].map((secret) => secret ?? '');
  return [...config.tokens, ...given, password, encodeURIComponent(password)];
}
