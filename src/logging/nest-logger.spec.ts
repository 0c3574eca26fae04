/** Lines that go through Nest's own Logger, as they are in the log. */
import { Logger } from '@nestjs/common';
import { openLog } from './log';
import { NestLogger } from './nest-logger';

type Line = Record<string, unknown>;

async function aLogger(logLevel: 'debug' | 'info', name: string): Promise<{ logger: Logger; lines: Line[] }> {
  const lines: Line[] = [];
  const options = { logFile: null, logMaxBytes: 1, logBackupCount: 1, tokens: [], redisUrl: 'redis://h' };
  const { logger } = await openLog(
    { ...options, logLevel, urlSigningSecret: null, redisSentinelPassword: null },
    { write: (line) => lines.push(JSON.parse(line) as Line) },
  );
  Logger.overrideLogger(new NestLogger(logger));
  return { logger: new Logger(name), lines };
}

afterAll(() => {
  Logger.overrideLogger(false);
});

it('has the fields, the text, and the name of whoever writes', async () => {
  const { logger, lines } = await aLogger('debug', 'Loop');
  logger.debug({ task_id: 't' }, 'placed');
  logger.log('listening');
  logger.warn({ task_id: 't' }, 'late');
  logger.fatal('over');
  expect(lines).toMatchObject([
    { level: 'DEBUG', context: 'Loop', task_id: 't', msg: 'placed' },
    { level: 'INFO', context: 'Loop', msg: 'listening' },
    { level: 'WARNING', context: 'Loop', task_id: 't', msg: 'late' },
    { level: 'ERROR', context: 'Loop', msg: 'over' },
  ]);
});

it('has the stack of an error, however it is handed over', async () => {
  const { logger, lines } = await aLogger('info', 'Loop');
  logger.error({ err: new Error('first') }, 'failed');
  logger.error(new Error('second'));
  logger.error('third', 'Error: third\n    at somewhere');
  expect(lines).toMatchObject([
    { err: { message: 'first', stack: expect.stringContaining('first') }, msg: 'failed' },
    { err: { message: 'second', stack: expect.stringContaining('second') } },
    { stack: 'Error: third\n    at somewhere', msg: 'third' },
  ]);
});

it("keeps the framework's account of its start for DEBUG", async () => {
  const { logger, lines } = await aLogger('info', 'InstanceLoader');
  logger.log('TasksModule dependencies initialized');
  expect(lines).toEqual([]);
  const talkative = await aLogger('debug', 'InstanceLoader');
  talkative.logger.log('TasksModule dependencies initialized');
  expect(talkative.lines).toMatchObject([{ level: 'DEBUG' }]);
});
