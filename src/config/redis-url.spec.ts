/** Which addresses of Redis are understood, and how the others are refused. */
import { parseRedisUrl, placeOf, type RedisAddress } from './redis-url';

const SERVER: RedisAddress = {
  tls: false,
  username: null,
  password: null,
  hosts: [{ host: 'h', port: 6379 }],
  master: null,
  db: 0,
};
const SENTINELS: RedisAddress = { ...SERVER, hosts: [{ host: 'a', port: 26_379 }], master: 'm' };

test.each<[text: string, meant: RedisAddress]>([
  ['redis://h', SERVER],
  ['REDIS://h/', SERVER],
  ['redis://h:6380/3', { ...SERVER, hosts: [{ host: 'h', port: 6380 }], db: 3 }],
  ['rediss://h', { ...SERVER, tls: true }],
  ['redis://[::1]:7000', { ...SERVER, hosts: [{ host: '::1', port: 7000 }] }],
  ['redis://u:p%40%2Fw@h', { ...SERVER, username: 'u', password: 'p@/w' }],
  ['redis://:p@ss:w@h', { ...SERVER, password: 'p@ss:w' }],
  ['redis://u@h', { ...SERVER, username: 'u', password: '' }],
  ['redis+sentinel://a/m', SENTINELS],
  ['rediss+sentinel://a:26379/m/', { ...SENTINELS, tls: true }],
  [
    'redis+sentinel://u:p@a:1,[::2],c.example:3/m-1.x/2',
    {
      ...SENTINELS,
      username: 'u',
      password: 'p',
      hosts: [
        { host: 'a', port: 1 },
        { host: '::2', port: 26_379 },
        { host: 'c.example', port: 3 },
      ],
      master: 'm-1.x',
      db: 2,
    },
  ],
])('%s is understood', (text, meant) => {
  expect(parseRedisUrl(text)).toEqual({ ok: true, value: meant });
});

test.each<[text: string, said: string]>([
  ['h:6379', 'begins with none of redis://'],
  ['http://h', 'begins with none of redis://'],
  ['redis://', 'names no host'],
  ['redis://u:p@', 'names no host'],
  ['redis://h/five', 'the database "five" is no number'],
  ['redis://h/1/2', 'the database "1/2" is no number'],
  ['redis://h:port', '"h:port" is not a host name or an address with a port'],
  ['redis://h:0', '"h:0" is not a host name'],
  ['redis://h:65536', '"h:65536" is not a host name'],
  ['redis://a,b', 'sentinels are given as redis+sentinel://'],
  ['redis://h?family=6', 'goes on after a ?'],
  ['redis+sentinel://a:26379', 'does not say which master'],
  ['redis+sentinel://a:26379//0', 'does not say which master'],
  ['redis+sentinel://a,,b/m', '"" is not a host name'],
  ['redis+sentinel://a/m/x', 'the database "x" is no number'],
])('%s is refused', (text, said) => {
  const parsed = parseRedisUrl(text);
  expect(parsed.ok ? 'understood' : parsed.error).toContain(said);
});

test.each([
  'redis://u:hunter2/x@h',
  'redis://u:hunter2#x@h',
  'redis://u:hunter2%zz@h',
  'redis+sentinel://u:hunter2@a,b c/m',
  'redis+sentinel://u:hunter2@a',
  'redis://h/x?password=hunter2',
])('%s is refused without showing the password', (text) => {
  expect(parseRedisUrl(text)).toMatchObject({ ok: false, error: expect.not.stringContaining('hunter2') });
});

test('the place says where Redis is, and no password', () => {
  const place = (text: string): string => {
    const parsed = parseRedisUrl(text);
    return parsed.ok ? placeOf(parsed.value) : parsed.error;
  };
  expect(place('redis://u:p@[::1]:7000/3')).toBe('[::1]:7000');
  expect(place('redis+sentinel://u:p@a:1,b:2/m')).toBe('a:1, b:2 (sentinels of m)');
});
