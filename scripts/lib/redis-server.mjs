// redis-server: find it, install it when it is missing, run a private one on loopback.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { askRedis, freePort, waitFor } from './network.mjs';
import { run } from './processes.mjs';

/** Some distributions ship Valkey in Redis' place; it speaks the same protocol. */
const NAMES = ['redis-server', 'valkey-server'];
const MORE_FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];
const DEFAULT_PORT = 6379;

/** Package managers and how each installs Redis: the commands are tried until the server is there. */
const MANAGERS = [
  {
    name: 'apt-get',
    prepare: [['update', '-qq']],
    install: [['install', '-y', '-qq', '--no-install-recommends', 'redis-server']],
  },
  {
    name: 'dnf',
    install: [
      ['install', '-y', '-q', 'redis'],
      ['install', '-y', '-q', 'valkey'],
    ],
  },
  { name: 'apk', install: [['add', '--no-cache', '-q', 'redis']] },
  { name: 'brew', install: [['install', '--quiet', 'redis']], asUser: true },
];

function find(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS];
  for (const name of names) {
    for (const folder of folders) {
      try {
        const path = join(folder, name);
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

/** The path of the server's program. Installs it through the machine's package manager when there is none. */
export async function ensureRedisServer(say) {
  const found = find(NAMES);
  if (found) return found;

  const manager = MANAGERS.find(({ name }) => find([name]));
  if (!manager) {
    const known = MANAGERS.map(({ name }) => name).join(', ');
    throw new Error(
      `redis-server is missing, and none of ${known} is here to install it. Install Redis 7 or newer, then try again.`,
    );
  }
  const sudo = manager.asUser || process.getuid?.() === 0 ? [] : ['sudo'];
  if (sudo.length > 0 && !find(sudo)) {
    throw new Error(
      `redis-server is missing; installing it with ${manager.name} needs root, and sudo is not here. Install it as root, then try again.`,
    );
  }
  const commands = [...(manager.prepare ?? []), ...manager.install];
  say(
    `redis-server is missing; installing it with ${manager.name}${sudo.length > 0 ? ' (through sudo)' : ''}`,
  );
  const outputs = [];
  for (const args of commands) {
    const [command, ...rest] = [
      ...sudo,
      ...(manager.name === 'apt-get' ? ['env', 'DEBIAN_FRONTEND=noninteractive'] : []),
      manager.name,
      ...args,
    ];
    // sudo may have to ask for a password.
    const { output } = await run(command, rest, { inherit: sudo.length > 0 });
    outputs.push(output);
    const installed = find(NAMES);
    if (installed) return installed;
  }
  throw new Error(`${manager.name} did not install redis-server:\n${outputs.join('').trim()}`);
}

/** Starts a server that forgets everything at its end, for a demo. */
export async function startThrowawayRedis(family, program, { directory, logFile }) {
  const port = await freePort();
  return launch(family, program, { port, directory, logFile, options: ['--appendonly', 'no'] });
}

/**
 * Starts the server that keeps its state in `directory`, on the port it had before where that is free. One that
 * still runs there, left behind by a process that was killed, is taken over; one that is in use is left alone.
 */
export async function startLastingRedis(family, program, { directory, logFile }) {
  mkdirSync(directory, { recursive: true });
  const portFile = join(directory, 'port');
  const before = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : DEFAULT_PORT;
  await stopLeftover(directory, before);
  const port = await freePort(before, DEFAULT_PORT);
  const started = await launch(family, program, {
    port,
    directory,
    logFile,
    options: ['--appendonly', 'yes'],
  });
  writeFileSync(portFile, String(port));
  return started;
}

async function stopLeftover(directory, port) {
  const pidFile = join(directory, 'redis.pid');
  if (!existsSync(pidFile)) return;
  const reply = await askRedis(port, 'CONFIG GET dir');
  if (!reply?.split('\r\n').includes(directory)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const clients = Number(/connected_clients:(\d+)/.exec((await askRedis(port, 'INFO clients')) ?? '')?.[1]);
  if (clients > 1) {
    throw new Error(
      `a redis-server (pid ${pid}) already serves ${directory}, and is in use: does npm start run twice?`,
    );
  }
  process.kill(pid, 'SIGTERM');
  await waitFor('the end of the redis-server left behind', async () =>
    (await askRedis(port, 'PING')) === undefined ? true : undefined,
  );
}

/** Gives `{server, url}` once it answers. */
async function launch(family, program, { port, directory, logFile, options }) {
  mkdirSync(directory, { recursive: true });
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  args.push('--pidfile', join(directory, 'redis.pid'), ...options);
  const server = family.start('redis-server', program, args, {
    cwd: directory,
    logFile,
    stopWithinMs: 10_000,
  });
  const ready = waitFor('redis-server', async () =>
    (await askRedis(port, 'PING'))?.startsWith('+PONG') ? true : undefined,
  );
  await Promise.race([ready, family.firstDeath()]);
  return { server, url: `redis://127.0.0.1:${port}` };
}
