/** The log, on real files. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog, type Log } from './log';

type Line = Record<string, unknown>;

let folder: string;
let shown: string[];
const open: Log[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
  shown = [];
});
afterEach(async () => {
  for (const log of open.splice(0)) await log.close();
  rmSync(folder, { recursive: true });
});

async function aLog(options: Partial<Parameters<typeof openLog>[0]> = {}): Promise<Log> {
  const log = await openLog(
    {
      logLevel: 'info',
      logFile: join(folder, 'orchestrator.log'),
      logMaxBytes: 1_000_000,
      logBackupCount: 3,
      tokens: [],
      urlSigningSecret: null,
      redisSentinelPassword: null,
      redisUrl: 'redis://127.0.0.1:6379',
      ...options,
    },
    { write: (line) => shown.push(line) },
  );
  open.push(log);
  return log;
}
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
const fileLines = (name = 'orchestrator.log'): Line[] => linesOf(readFileSync(join(folder, name), 'utf8'));

it('writes the same JSON lines to standard output and to the file', async () => {
  const log = await aLog();
  log.logger.info({ task_id: 't1' }, 'dispatched');
  await log.close();
  expect(fileLines()).toEqual(linesOf(shown.join('')));
  expect(fileLines()).toMatchObject([{ level: 'INFO', task_id: 't1', msg: 'dispatched' }]);
});

it.each([
  ['debug', ['DEBUG', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'ERROR']],
  ['info', ['INFO', 'WARNING', 'ERROR', 'ERROR']],
  ['warn', ['WARNING', 'ERROR', 'ERROR']],
  ['error', ['ERROR', 'ERROR']],
] as const)('at level %s writes %j', async (logLevel, levels) => {
  const { logger } = await aLog({ logLevel, logFile: null });
  // `trace` is below every level that can be set.
  logger.trace('never');
  logger.debug('a');
  logger.debug('b');
  logger.info('c');
  logger.warn('d');
  logger.error('e');
  logger.fatal('f');
  expect(linesOf(shown.join('')).map(({ level }) => level)).toEqual(levels);
});

it('is one escaped line whatever a text contains', async () => {
  const { logger } = await aLog({ logFile: null });
  logger.info({ task_id: 'x' }, 'a\n{"level":"ERROR","msg":"forged"}\r\n\u2028');
  expect(shown).toHaveLength(1);
  expect(linesOf(shown[0] ?? '')).toHaveLength(1);
});

it('keeps secrets out of both', async () => {
  const log = await aLog({ tokens: ['token-of-the-api'], redisUrl: 'redis://u:pass%2Fword@h' });
  log.logger.info(
    { headers: { authorization: 'Bearer x.y' }, url: '/f?sig=abcdef' },
    'token-of-the-api pass/word',
  );
  await log.close();
  const text = shown.join('') + readFileSync(join(folder, 'orchestrator.log'), 'utf8');
  expect(text).not.toMatch(/x\.y|abcdef|token-of-the-api|pass\/word/);
});

it('makes the folder and points the configured name at the newest file', async () => {
  const path = join(folder, 'deep', 'er', 'o.log');
  const log = await aLog({ logFile: path });
  log.logger.info('here');
  await log.close();
  expect(readlinkSync(path)).toBe('o.1.log');
  expect(fileLines(join('deep', 'er', 'o.log'))).toMatchObject([{ msg: 'here' }]);
});

it('rotates by size, keeps the newest and so many before it, and the link follows', async () => {
  const log = await aLog({ logMaxBytes: 2_000, logBackupCount: 2 });
  for (let i = 0; i < 60; i++) {
    log.logger.info({ i }, 'x'.repeat(200));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await log.close();
  await expectEventually(() => {
    const files = readdirSync(folder).filter((name) => /^orchestrator\.\d+\.log$/.test(name));
    expect(files).toHaveLength(3);
    const newest = Math.max(...files.map((name) => Number(name.split('.')[1])));
    expect(newest).toBeGreaterThan(4);
    expect(readlinkSync(join(folder, 'orchestrator.log'))).toBe(`orchestrator.${String(newest)}.log`);
  });
  const kept = readdirSync(folder).filter((name) => !lstatSync(join(folder, name)).isSymbolicLink());
  for (const name of kept) expect(lstatSync(join(folder, name)).size).toBeLessThan(2_000 * 1.5);
  const numbers = kept
    .flatMap((name) => fileLines(name))
    .map(({ i }) => Number(i))
    .sort((a, b) => a - b);
  // Nothing is lost at a rotation: what is kept is the unbroken tail.
  expect(numbers).toEqual(numbers.map((_, at) => 60 - numbers.length + at));
});

it('goes on with the same file after a restart', async () => {
  const first = await aLog();
  first.logger.info('first');
  await first.close();
  const second = await aLog();
  second.logger.info('second');
  await second.close();
  expect(fileLines().map(({ msg }) => msg)).toEqual(['first', 'second']);
});

it('keeps a plain file that has its name as the oldest of the rotated ones', async () => {
  writeFileSync(join(folder, 'orchestrator.log'), '{"msg":"from before"}\n');
  const log = await aLog();
  log.logger.info('now');
  await log.close();
  expect(fileLines('orchestrator.0.log')).toEqual([{ msg: 'from before' }]);
  expect(fileLines()).toMatchObject([{ msg: 'now' }]);
});

it.each<[why: string, prepare: (path: string) => string]>([
  ['its folder is a file', (path) => (writeFileSync(path, ''), join(path, 'o.log'))],
  ['it is a folder', (path) => (mkdirSync(path), path)],
  ['it cannot be made there', () => '/proc/orchestrator/o.log'],
  ['it is a device', () => '/dev/null'],
])(
  'with a LOG_FILE that cannot be written because %s, there is standard output and one warning',
  async (_why, prepare) => {
    const log = await aLog({ logFile: prepare(join(folder, 'x.log')) });
    log.logger.info('one');
    log.logger.info('two');
    await log.close();
    expect(linesOf(shown.join('')).map(({ level, msg }) => [level, msg])).toEqual([
      ['WARNING', 'LOG_FILE cannot be written; logging to stdout'],
      ['INFO', 'one'],
      ['INFO', 'two'],
    ]);
  },
);

async function expectEventually(check: () => void): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    try {
      check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
