/** A master, a replica of it, and a sentinel that makes the one the other when the master is gone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOf, freePort, start, type Child } from '../../helpers/processes';
import { startRedis, type TestRedis } from '../../helpers/redis';
import { waitFor } from '../../helpers/wait';

const MASTER = 'orchestrator';

export class SentinelSet {
  private constructor(
    readonly master: TestRedis,
    readonly replica: TestRedis,
    private readonly sentinel: Child,
    private readonly directory: string,
    /** What the service is given as REDIS_URL. */
    readonly url: string,
  ) {}

  static async start(): Promise<SentinelSet> {
    const master = await startRedis();
    const replica = await startRedis({ replicaof: `127.0.0.1 ${String(master.port)}` });
    const directory = await mkdtemp(join(tmpdir(), 'orchestrator-sentinel-'));
    const port = await freePort();
    const file = join(directory, 'sentinel.conf');
    const lines = [
      `port ${String(port)}`,
      'bind 127.0.0.1',
      `dir ${directory}`,
      `sentinel monitor ${MASTER} 127.0.0.1 ${String(master.port)} 1`,
      `sentinel down-after-milliseconds ${MASTER} 1000`,
      `sentinel failover-timeout ${MASTER} 5000`,
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const sentinel = start('redis-sentinel', 'redis-server', [file, '--sentinel']);
    const url = `redis+sentinel://127.0.0.1:${String(port)}/${MASTER}/0`;
    const set = new SentinelSet(master, replica, sentinel, directory, url);
    await waitFor('the replica to follow', async () => (await set.linkOfReplica()) === 'up', {
      withinMs: 20_000,
    });
    await waitFor('the sentinel to know the replica', () => sentinel.output().includes('+slave slave'), {
      withinMs: 20_000,
    });
    return set;
  }

  /** What is written from now on does not reach the replica. */
  async partReplica(): Promise<void> {
    // A password that the master does not know keeps it from coming back.
    await this.replica.client.config('SET', 'masterauth', 'unknown');
    await this.master.client.client('KILL', 'TYPE', 'REPLICA');
    await waitFor('the replica to be cut off', async () => (await this.linkOfReplica()) === 'down');
  }

  /** Waits until the replica takes writes. */
  async failedOver(): Promise<void> {
    await waitFor(
      'the replica to become the master',
      async () => (await this.replica.client.info('replication')).includes('role:master'),
      { withinMs: 30_000, everyMs: 50 },
    );
  }

  async stop(): Promise<void> {
    this.sentinel.signal('SIGTERM');
    await endOf(this.sentinel, 5_000);
    await this.master.stop();
    await this.replica.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async linkOfReplica(): Promise<string | undefined> {
    const info = await this.replica.client.info('replication');
    return /master_link_status:(\w+)/.exec(info)?.[1];
  }
}
