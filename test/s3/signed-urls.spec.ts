/** Files in the bucket behind a token: a worker without one loads what its template names, by a signed URL. */
import { Client, sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet } from '../helpers/fleet';
import { useReplicas } from './replicas';

const TOKEN = 'a-token-of-the-suite';
const FILE = { name: 'final_model.zip', sizeBytes: 300_000 };
jest.setTimeout(60_000);

describe.each([
  ['sends it', {}],
  ['redirects to the bucket', { ARTIFACT_REDIRECT: 'true' }],
])('a replica that %s', (_how, env: Readonly<Record<string, string>>) => {
  const replicas = useReplicas({ ORCHESTRATOR_TOKEN: TOKEN, ...env });

  test.each(['${train.artifacts["final_model.zip"].url}', '${train.result.final_model_archive_url}'])(
    'lets a worker without a token have %p',
    async (url) => {
      const [first, second] = [replicas.first, replicas.second].map(
        ({ service }) => new Client(service.url, TOKEN),
      ) as [Client, Client];
      const fleet = await Fleet.start({ redisUrl: replicas.redis.url }, [{ id: 'w' }]);
      try {
        const [trained, used] = await first.submitIds(
          aTask('tune')
            .deliverTo(second.resultsUrl, TOKEN)
            .stages(
              { name: 'train', spec: { taskType: 'sft', simulate: { upload: FILE } } },
              { name: 'use', spec: { checkpoint: { load: { url } } } },
            ),
        );
        await first.untilAll([trained!, used!], 'DONE', { withinMs: 30_000 });
        const [file] = await second.files(trained!);
        expect((await first.result(used!)).result.loaded_sha256).toBe(file?.sha256);

        const { message } = await fleet.seen('received', { task_id: used! });
        const { load } = message?.task.spec.checkpoint as { load: { url: string } };
        const given = new URL(load.url);
        const loaded = await fetch(given);
        expect(loaded.redirected).toBe('ARTIFACT_REDIRECT' in env);
        expect(sha256(new Uint8Array(await loaded.arrayBuffer()))).toBe(file?.sha256);
        const part = await fetch(given, { headers: { range: 'bytes=10-19' } });
        expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 10]);
        given.search = '';
        expect((await fetch(given, { redirect: 'manual' })).status).toBe(401);
        const sig = new URL(load.url).searchParams.get('sig') ?? '';
        const other = load.url.replace(sig, `${sig.startsWith('A') ? 'B' : 'A'}${sig.slice(1)}`);
        expect((await fetch(other, { redirect: 'manual' })).status).toBe(401);
      } finally {
        await fleet.stop();
      }
    },
  );
});
