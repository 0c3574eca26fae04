/** A client that does not know whether its submission was taken sends it again under its Idempotency-Key. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import type { Document, Problem, Submission } from '../helpers/client';

describe('Idempotency-Key', () => {
  const flow = useFlow();

  const send = (document: Document, key: string): Promise<Response> =>
    flow.api.submitRaw(document, 'text/yaml', { 'idempotency-key': key });
  const submissionIn = async (response: Response): Promise<Submission> => {
    expect(response.status).toBe(201);
    return (await response.json()) as Submission;
  };
  const idsOf = ({ tasks }: Submission): string[] => tasks.map(({ task_id }) => task_id);

  test('the same document under the same key is registered once', async () => {
    const document = aTask('once').stages({ name: 'a' }, { name: 'b', dependsOn: ['a'] });
    const first = await send(document, 'one-key');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const submitted = await submissionIn(first);
    const second = await send(document, 'one-key');
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await submissionIn(second)).toEqual(submitted);
    expect(await flow.api.tasks('?name=once')).toHaveLength(2);
  });

  test('of many at once one registers it, and all are answered with its tasks', async () => {
    const document = aTask('at-once');
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(document, 'a-shared-key')));
    const ids = new Set((await Promise.all(answers.map(submissionIn))).flatMap(idsOf));
    expect(await flow.api.tasks('?name=at-once')).toHaveLength(1);
    expect(ids.size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
  });

  test('answers with the tasks as they are now, also when the document would be refused by now', async () => {
    const [upstream] = await flow.api.submitIds(aTask('upstream'));
    const document = aTask('downstream').after(upstream!);
    const [id] = idsOf(await submissionIn(await send(document, 'later')));
    await flow.api.request(`/api/v1/tasks/${upstream!}/cancel`, { method: 'POST' });
    await flow.api.until(id!, 'CANCELLED');
    expect((await flow.api.submitRaw(document)).status).toBe(422);
    const again = await submissionIn(await send(document, 'later'));
    expect(again.tasks).toMatchObject([{ task_id: id, status: 'CANCELLED' }]);
  });

  test('refuses another document under the same key, and says so', async () => {
    await submissionIn(await send(aTask('its-own'), 'taken'));
    const refused = await send(aTask('foreign'), 'taken');
    expect(refused.status).toBe(422);
    expect((await refused.json()) as Problem).toMatchObject({
      type: 'urn:orchestrator:idempotency-key-reused',
      detail: expect.stringContaining('a new document needs a new key'),
    });
    expect(await flow.api.tasks('?name=foreign')).toEqual([]);
  });

  test('a document with mistakes does not use up its key', async () => {
    expect((await send('kind: Task', 'mended')).status).toBe(422);
    await submissionIn(await send(aTask('mended'), 'mended'));
  });

  test.each([
    ['empty', ''],
    ['with a space', 'a b'],
    ['too long', 'k'.repeat(256)],
  ])('refuses a key that is %s', async (_what, key) => {
    const refused = await send(aTask('odd-key'), key);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      detail:
        'An Idempotency-Key has 1 to 255 visible ASCII characters and no spaces, such as a UUID, and is given once.',
    });
    expect(await flow.api.tasks('?name=odd-key')).toEqual([]);
  });
});
