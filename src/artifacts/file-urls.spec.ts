import { loadConfig } from '../config/load-config';
import type { RedisClock } from '../redis/redis-clock';
import type { SigningSecret } from '../redis/signing-secret';
import { BUNDLE, FileUrls } from './file-urls';

const config = loadConfig({ REDIS_URL: 'redis://127.0.0.1', URL_TTL_SEC: '60' });
const secretOf = (value: string): SigningSecret => ({ value: () => value }) as SigningSecret;
/** Redis is an hour ahead of this machine. */
let aheadMs = 3_600_000;
const clock = { guessUs: () => (Date.now() + aheadMs) * 1000 } as RedisClock;
const urls = new FileUrls(config, secretOf('a secret'), clock);
const BASE = 'http://host:8000/api/v1/results';

function parts(url: string): [string, string] {
  const query = new URL(url).searchParams;
  return [query.get('expires') ?? '', query.get('sig') ?? ''];
}

test.each([
  `${BASE}/t-1/files/final_model.zip`,
  'https://proxy/prefix/api/v1/results/t-1/files/final_model.zip',
  `${BASE}/t-1/files/final_model.zip?expires=1&sig=old`,
])('signs %s so that it verifies for this task and name only', (url) => {
  const signed = urls.sign(url);
  const [expires, sig] = parts(signed);
  expect(urls.verify('t-1', 'final_model.zip', expires, sig)).toBe(true);
  expect(urls.verify('t-2', 'final_model.zip', expires, sig)).toBe(false);
  expect(urls.verify('t-1', 'other.zip', expires, sig)).toBe(false);
  expect(urls.verify('t-1', 'final_model.zip', String(Number(expires) + 1), sig)).toBe(false);
  expect(urls.verify('t-1', 'final_model.zip', expires, '')).toBe(false);
  expect(
    new FileUrls(config, secretOf('another'), clock).verify('t-1', 'final_model.zip', expires, sig),
  ).toBe(false);
  expect(new URL(signed).searchParams.getAll('sig')).toHaveLength(1);
});

test('signs the name as it is on disk, and keeps what else the URL carries', () => {
  const signed = urls.sign(`${BASE}/t/files/a%20b.zip?x=1#part`);
  expect(signed).toMatch(/\/a%20b\.zip\?x=1&expires=\d+&sig=[\w-]{43}#part$/);
  expect(urls.verify('t', 'a b.zip', ...parts(signed))).toBe(true);
  const below = urls.sign(`${BASE}/t/files/checkpoint-1%2Fa.bin`);
  expect(below).toContain('/files/checkpoint-1%2Fa.bin?expires=');
  expect(urls.verify('t', 'checkpoint-1/a.bin', ...parts(below))).toBe(true);
  expect(urls.sign(`${BASE}/t/files/a%2F..%2Fb`)).toBe(`${BASE}/t/files/a%2F..%2Fb`);
});

test('signs everything of a task as one archive, under a name that no file has', () => {
  const signed = urls.sign(`${BASE}/t/bundle?include=results`);
  expect(signed).toMatch(/\/t\/bundle\?include=results&expires=\d+&sig=[\w-]{43}$/);
  expect(urls.verify('t', BUNDLE, ...parts(signed))).toBe(true);
  expect(urls.verify('t', 'bundle', ...parts(signed))).toBe(false);
  expect(urls.sign(`${BASE}/t/files/%2Fbundle`)).toBe(`${BASE}/t/files/%2Fbundle`);
});

test("a signature ends with its time, by Redis' clock", () => {
  const [expires, sig] = parts(urls.sign(`${BASE}/t/files/a`));
  expect(urls.verify('t', 'a', expires, sig)).toBe(true);
  expect(Number(expires) * 1000 - Date.now() - aheadMs).toBeLessThanOrEqual(61_000);
  aheadMs += 62_000;
  expect(urls.verify('t', 'a', expires, sig)).toBe(false);
});

test.each([
  '',
  'plain text',
  BASE,
  `${BASE}/t/files`,
  `${BASE}/t/files/`,
  `${BASE}/t/files/a/b`,
  `${BASE}/t`,
  `see ${BASE}/t/files/a`,
  `${BASE}/t/files/a b`,
  `${BASE}/t/files/%zz`,
  `${BASE}/t/files/..`,
  `${BASE}/t.t/files/a`,
  `${BASE}/t/files/responses.json`,
  'ftp://host/api/v1/results/t/files/a',
  '/api/v1/results/t/files/a',
])('leaves %j as it is', (text) => {
  expect(urls.sign(text)).toBe(text);
});
