/** The Redis of the chart: a real server takes its configuration, and the service takes that server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failOnLeftProcesses } from '../helpers/leaks';
import { endOf, freePort, start } from '../helpers/processes';
import { launchService } from '../helpers/service';
import { Rendered } from './lib/chart';
import { describeWith } from './lib/tools';

jest.setTimeout(60_000);

describeWith(['helm'], 'the Redis of the chart', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'orchestrator-chart-redis-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
    await failOnLeftProcesses();
  });

  test.each([
    ['with a password of any kind', 'everything-values.yaml', 'ml', 'ml-redis'],
    ['without one', 'trial-values.yaml', 'rel-orchestrator', 'rel-orchestrator-redis'],
  ])(
    '%s, is durable enough for the service, which reaches it by its URL',
    async (_name, file, own, redis) => {
      const rendered = Rendered.with({}, file);
      const port = await freePort();
      const config = (rendered.at('Secret', redis, 'stringData') as Record<string, string>)['redis.conf']!;
      const here = config.replace('dir /data', `dir ${directory}`);
      const configFile = join(directory, 'redis.conf');
      await writeFile(configFile, `${here}\nport ${String(port)}\nbind 127.0.0.1\n`);
      const server = start('redis-server', 'redis-server', [configFile]);

      const url = rendered.at('Secret', own, 'stringData.REDIS_URL') as string;
      const service = await launchService({
        redisUrl: url.replace(`${redis}.ml.svc:6379`, `127.0.0.1:${String(port)}`),
        resultsDir: join(directory, 'results'),
        env: { REQUIRE_DURABLE_REDIS: rendered.at('ConfigMap', own, 'data.REQUIRE_DURABLE_REDIS') as string },
      });
      await service.untilReady();
      expect(service.logs()).not.toMatch(/forgets|noeviction/);
      await service.stop();
      server.signal('SIGTERM');
      await endOf(server, 5_000);
    },
  );
});
