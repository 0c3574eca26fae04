/** Train, hand the archive on, load it: all over HTTP, with a token set. */
import { Client, sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';

const TOKEN = 's3cret-token-of-the-suite';
const ARCHIVE = { name: 'final_lora.zip', sizeBytes: 300_000 };

describe('a two-stage fine-tune with a token set', () => {
  const flow = useFlow({ token: TOKEN });

  const fineTune = () =>
    aTask('gsm8k')
      .deliverTo(flow.api.resultsUrl, TOKEN)
      .stages(
        { name: 'train', spec: { taskType: 'lora_sft', simulate: { upload: ARCHIVE } } },
        {
          name: 'infer',
          spec: {
            taskType: 'inference',
            checkpoint: { load: { url: '${train.result.final_lora_archive_url}' } },
          },
        },
      );

  test.each(['older', 'newer'] as const)(
    'hands the archive from an %s worker to the next',
    async (variety) => {
      const fleet = await flow.workers(workersNamed('w', 2, { variety }));
      const [train, infer] = await flow.api.submitIds(fineTune());
      await flow.api.untilAll([train!, infer!], 'DONE');

      const trained = (await flow.api.result(train!)).result;
      expect(trained.final_lora_archive_url).toBe(`${flow.api.resultsUrl}/${train!}/files/final_lora.zip`);
      expect((await flow.api.result(infer!)).result.loaded_sha256).toBe(trained.saved_sha256);
      const uploaded = await fleet.seen('uploaded', { task_id: train! });
      expect(uploaded.status).toBe(201);
      expect(JSON.parse(uploaded.body!)).toMatchObject({
        ok: true,
        filename: 'final_lora.zip',
        size: ARCHIVE.sizeBytes,
        sha256: trained.saved_sha256,
      });
      expect(await flow.api.files(train!)).toEqual([
        expect.objectContaining({
          name: 'final_lora.zip',
          size: ARCHIVE.sizeBytes,
          sha256: trained.saved_sha256,
        }),
      ]);
    },
  );

  test('signs the address in the message alone, for that file and no other', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const [train, infer] = await flow.api.submitIds(fineTune());
    await flow.api.untilAll([train!, infer!], 'DONE');
    const checkpoint = fleet.message(infer!).task.spec.checkpoint as { load: { url: string } };
    const signed = new URL(checkpoint.load.url);
    const signature = signed.searchParams.get('sig')!;
    expect(Number(signed.searchParams.get('expires'))).toBeGreaterThan(0);

    const anyone = new Client(flow.service.url);
    const statusOf = async (url: URL): Promise<number> => (await anyone.request(url.href)).status;
    const bare = new URL(signed.pathname, signed);
    const forged = new URL(signed);
    forged.searchParams.set(
      'sig',
      signature.replace(/^./, (first) => (first === '0' ? '1' : '0')),
    );
    const elsewhere = new URL(signed.href.replace('final_lora.zip', 'final_model.zip'));
    const prolonged = new URL(signed);
    prolonged.searchParams.set('expires', '99999999999');
    expect(await statusOf(signed)).toBe(200);
    expect([await statusOf(bare), await statusOf(forged), await statusOf(elsewhere)]).toEqual([
      401, 401, 401,
    ]);
    expect(await statusOf(prolonged)).toBe(401);

    const record = await (await flow.api.request(`/api/v1/tasks/${infer!}`)).text();
    expect(record).toContain('${train.result.final_lora_archive_url}');
    expect(record).not.toContain(signature);
    expect(record).not.toContain(TOKEN);
    expect(flow.service.logs()).not.toContain(signature);
    expect(flow.service.logs()).not.toContain(TOKEN);
  });

  test('serves the archive whole and in parts', async () => {
    await flow.workers([{ id: 'w' }]);
    const [train] = await flow.api.submitIds(fineTune());
    await flow.api.until(train!, 'DONE');
    const path = `/api/v1/results/${train!}/files/final_lora.zip`;
    const whole = await flow.api.request(path);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    expect(whole.headers.get('content-length')).toBe(String(ARCHIVE.sizeBytes));
    expect(whole.headers.get('etag')).toContain(sha256(bytes));

    const part = await flow.api.request(path, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(10, 20));
  });

  test('takes an upload under the Content-Type that older workers send', async () => {
    await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(aTask().simulate({ gate: 'never' }));
    const body = [
      '--a1b2c3',
      'Content-Disposition: form-data; name="file"; filename="final_model.tar.gz"',
      '',
      'not really an archive',
      '--a1b2c3--',
      '',
    ].join('\r\n');
    const headers = { 'content-type': 'application/json' };
    const path = `/api/v1/results/${id}/files`;
    const answer = await flow.api.request(path, { method: 'POST', headers, body });
    expect(answer.status).toBe(201);
    const file = await flow.api.request(`${path}/final_model.tar.gz`);
    expect(await file.text()).toBe('not really an archive');
  });

  test('lets no one in without the token, but to the probes', async () => {
    const paths = [
      '/api/v1/tasks',
      '/api/v1/tasks/x',
      '/api/v1/results/x',
      '/api/v1/results/x/files',
      '/workers',
    ];
    const answers = [];
    for (const token of [null, 'wrong', `${TOKEN}x`, '']) {
      const stranger = new Client(flow.service.url, token);
      for (const path of [...paths, '/metrics', '/docs', '/docs-json', '/nowhere']) {
        answers.push(await stranger.request(path));
      }
      answers.push(await stranger.submitRaw(': not even yaml'));
      answers.push(await stranger.post('/api/v1/results', { task_id: 'x', result: 1 }));
      answers.push(await stranger.post('/admin/cleanup', {}));
      expect((await stranger.request('/healthz')).status).toBe(200);
      expect((await stranger.request('/readyz')).status).toBe(200);
    }
    expect(answers.filter((answer) => answer.status !== 401).map((answer) => answer.url)).toEqual([]);
    expect(answers.every((answer) => answer.headers.get('www-authenticate')?.startsWith('Bearer'))).toBe(
      true,
    );
    expect((await flow.api.request('/metrics')).status).toBe(200);
  });
});
