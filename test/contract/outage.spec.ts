/** While Redis is away too, every operation gives one of the answers that docs/openapi.json has for it. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';
import { begin } from '../http/tus';
import { check, examplesOf, openApi, type Operation, operations, PROBLEM } from './openapi';

describe('what is answered', () => {
  const flow = useFlow();
  let task: string;
  let upload: string;

  beforeAll(async () => {
    task = await flow.api.submitOne(aTask('done').cpu(512));
    await flow.api.request(`/api/v1/results/${task}/files/model.bin`, { method: 'PUT', body: 'weights' });
    await flow.api.post('/api/v1/results', { task_id: task, result: { n: 1 } });
    const open = await flow.api.submitOne(aTask('open').cpu(512));
    upload = (await begin(flow.service, { task_id: open, filename: 'part.bin' }, 1_000)).split('/').at(-1)!;
  });

  /** What stands in the path: things that are there. */
  const placed = (path: string): string =>
    path
      .replace('/uploads/{id}', `/uploads/${upload}`)
      .replace('/workers/{id}', '/workers/w')
      .replace('{id}', task)
      .replace('{name}', 'model.bin');

  describe('while Redis is away', () => {
    beforeAll(async () => {
      await flow.redis.crash();
      await waitFor('it not to be ready', async () => (await flow.api.request('/readyz')).status === 503);
    });
    afterAll(() => flow.redis.restart());

    test.each(operations)('$name', async ({ path, method, operation }) => {
      const { headers, body } = requestOf(operation);
      const answer = await flow.api.request(placed(path), { method: method.toUpperCase(), headers, body });
      const { status } = answer;
      expect(Object.keys(operation.responses)).toContain(String(status));
      const text = await answer.text();
      if (status < 400 || method === 'head') return;
      expect(answer.headers.get('Content-Type')).toContain(PROBLEM);
      expect(check(openApi.components.schemas.ProblemDto!, JSON.parse(text))).toBe('');
    });
  });
});

/** The headers that have to be there, and the first body of the examples. */
function requestOf({ parameters = [], requestBody }: Operation): {
  headers: Record<string, string>;
  body: string | FormData | null;
} {
  const required = parameters.filter((parameter) => parameter.in === 'header' && parameter.required);
  const headers = Object.fromEntries(
    required.map(({ name, example, schema }) => [name, String(example ?? schema?.example)]),
  );
  const [[type, media] = []] = Object.entries(requestBody?.content ?? {});
  if (type === undefined || media === undefined) return { headers, body: null };
  if (type === 'multipart/form-data') {
    const form = new FormData();
    form.append('file', new Blob(['weights']), 'notes.txt');
    return { headers, body: form };
  }
  const [example] = examplesOf(media);
  const body = typeof example === 'string' ? example : JSON.stringify(example);
  return { headers: { ...headers, 'Content-Type': type }, body };
}
