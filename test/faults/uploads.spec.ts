/** Rows of the table of faults in which a file comes in parts, over more lives of the service than one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { workersNamed } from '../helpers/fleet';
import { LASTING } from '../helpers/redis';
import { uploadInParts } from './lib/clients';
import { taskRecord } from './lib/questions';
import { row } from './lib/row';
import { sha256 } from './lib/stored';

const MIB = 1024 * 1024;

describe('faults of resumable uploads', () => {
  row(
    32,
    'a resumable upload over kill -9 and loss of Redis: the whole file, and nobody sees a part',
    async (round) => {
      const cluster = await round.cluster({ redis: LASTING });
      const { history, api, plans } = cluster;
      const fleet = await cluster.workers(workersNamed('w', 4, { returnsAfterMs: 100 }));
      const [held] = await cluster.submit(plans.single({ gate: 'go' }));
      await fleet.seen('started', { task_id: held! });
      const { attempt_id: attemptId } = fleet.message(held!);
      const bytes = Buffer.alloc(MIB, 'that comes in parts');
      const upload = { taskId: held!, attemptId, name: 'in-parts.bin', bytes };
      const uploading = uploadInParts(history, api, upload, { partBytes: 20_000, everyMs: 100 });

      for (let times = round.isShort ? 1 : 4; times > 0; times -= 1) {
        await sleep(round.random.between(100, 800));
        await cluster.kill('a');
        await cluster.replica('a');
        await sleep(round.random.between(100, 800));
        cluster.fault('kill -9 of Redis');
        await cluster.redis.crash();
        await sleep(round.random.between(100, 1_500));
        // It may be the one that takes the last part.
        await cluster.kill('a');
        await cluster.replica('a', { eager: true });
        await cluster.redis.restart();
        await cluster.get('a').service.untilReady({ withinMs: 30_000 });
      }
      await uploading;
      const [stored] = await api.files(held!);
      expect(stored).toMatchObject({ name: upload.name, size: MIB, sha256: sha256(bytes) });
      fleet.open('go');
      await cluster.submitAll(plans.mixture());
      await cluster.conclude();
      expect(taskRecord(cluster, held!)).toMatchObject({ status: 'DONE' });
    },
  );
});
