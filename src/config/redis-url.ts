/** REDIS_URL: one server, or the sentinels that know which server is the master. */
import { err, ok, type Result } from '../core/errors';

interface HostPort {
  host: string;
  port: number;
}

export interface RedisAddress {
  tls: boolean;
  username: string | null;
  password: string | null;
  /** One server; or, where `master` is set, the sentinels. Never empty. */
  hosts: readonly HostPort[];
  /** The name under which the sentinels know the master. */
  master: string | null;
  db: number;
}

const SHAPE = /^(rediss?)(\+sentinel)?:\/\/(.*)$/is;
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i;
const SERVER_PORT = 6379;
const SENTINEL_PORT = 26_379;

/** What is wrong, where, and what to write instead; nothing that stands before the `@` is ever repeated. */
export function parseRedisUrl(text: string): Result<RedisAddress, string> {
  const [, scheme = '', sentinel, rest] = SHAPE.exec(text) ?? [];
  if (rest === undefined) {
    return err('it begins with none of redis://, rediss://, redis+sentinel:// and rediss+sentinel://');
  }
  const at = rest.lastIndexOf('@');
  const credentials = parseCredentials(at < 0 ? '' : rest.slice(0, at));
  if (!credentials.ok) return credentials;
  const where = rest.slice(at + 1);
  if (/[?#]/.test(where)) return err('it goes on after a ? or a #: leave that out');
  const [servers = '', ...path] = where.replace(/\/$/, '').split('/');
  const hosts = parseHosts(servers, sentinel !== undefined);
  if (!hosts.ok) return hosts;
  const place = sentinel === undefined ? parseServerPath(path) : parseSentinelPath(path);
  if (!place.ok) return place;
  const tls = scheme.toLowerCase() === 'rediss';
  return ok({ tls, ...credentials.value, hosts: hosts.value, ...place.value });
}

/** For people: where Redis is, without credentials. */
export function placeOf({ hosts, master }: RedisAddress): string {
  const listed = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`);
  return master === null ? listed.join(', ') : `${listed.join(', ')} (sentinels of ${master})`;
}

function parseCredentials(text: string): Result<Pick<RedisAddress, 'username' | 'password'>, string> {
  if (/[/?#]/.test(text)) {
    return err('the user name or the password has a /, a ? or a # in it: write %2F, %3F or %23');
  }
  const colon = text.indexOf(':');
  const username = decoded(colon < 0 ? text : text.slice(0, colon));
  const password = decoded(colon < 0 ? '' : text.slice(colon + 1));
  if (username === null || password === null) {
    return err('the user name or the password has a % that begins no escape: write %25');
  }
  return ok({
    username: username === '' ? null : username,
    password: password === '' && username === '' ? null : password,
  });
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function parseHosts(text: string, sentinels: boolean): Result<HostPort[], string> {
  if (text === '') return err('it names no host');
  const pieces = text.split(',');
  if (!sentinels && pieces.length > 1) {
    return err(
      'it lists several hosts: sentinels are given as redis+sentinel://host:port,host:port/master/0',
    );
  }
  const hosts: HostPort[] = [];
  for (const piece of pieces) {
    const [whole, v6, name = v6, digits] = HOST.exec(piece) ?? [];
    const port = digits === undefined ? (sentinels ? SENTINEL_PORT : SERVER_PORT) : Number(digits);
    if (whole === undefined || name === undefined || port < 1 || port > 65_535) {
      return err(`${JSON.stringify(piece)} is not a host name or an address with a port from 1 to 65535`);
    }
    hosts.push({ host: name, port });
  }
  return ok(hosts);
}

type Place = Pick<RedisAddress, 'master' | 'db'>;

function parseServerPath([db = '', ...more]: readonly string[]): Result<Place, string> {
  const database = parseDatabase([db, ...more].join('/'));
  return database.ok ? ok({ master: null, db: database.value }) : database;
}

function parseSentinelPath([master = '', db = '', ...more]: readonly string[]): Result<Place, string> {
  if (!/^[\w.-]+$/.test(master)) {
    return err('it does not say which master the sentinels are asked for: add its name, as in /mymaster/0');
  }
  const database = parseDatabase([db, ...more].join('/'));
  return database.ok ? ok({ master, db: database.value }) : database;
}

function parseDatabase(text: string): Result<number, string> {
  if (text === '') return ok(0);
  return /^\d{1,9}$/.test(text) ? ok(Number(text)) : err(`the database ${JSON.stringify(text)} is no number`);
}
