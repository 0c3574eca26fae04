/** What is taken, what is refused, and that a refusal names every mistake at its place and registers nothing. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

const SEVERAL_MISTAKES = `apiVersion: v1
kind: Task
metadata:
  name: broken
spec:
  taskType: echo
  resources:
    replicas: 0
    hardware:
      cpu: lots
      memory: 1 banana
  graph:
    nodes:
      - name: a
        dependsOn: [nobody]
      - name: a
      - name: b
        dependsOn: [a]
        spec: {text: "\${ghost.result.x}"}
      - name: fine
`;

const base = (spec: string): string => `apiVersion: v1
kind: Task
metadata: {name: odd}
spec:
  taskType: echo
  resources: {replicas: 1, hardware: {cpu: 1, memory: 1GiB}}
${spec}`;

describe('submission', () => {
  const flow = useFlow();

  test('reports every mistake of a document at once, each at its place, and registers no task', async () => {
    const before = await flow.api.tasks();
    const problem = await flow.api.refused(SEVERAL_MISTAKES);
    expect(problem).toMatchObject({ type: expect.stringMatching(/^urn:orchestrator:/), status: 422 });
    const places = (problem.errors ?? []).map((error) => [error.path, error.line]);
    expect(places).toEqual(
      expect.arrayContaining([
        ['spec.resources.replicas', 8],
        ['spec.resources.hardware.cpu', 10],
        ['spec.resources.hardware.memory', 11],
        ['spec.graph.nodes[0].dependsOn[0]', 15],
        ['spec.graph.nodes[1].name', 16],
        ['spec.graph.nodes[2].spec.text', 19],
      ]),
    );
    expect(problem.errors).toHaveLength(6);
    expect((problem.errors ?? []).every((error) => (error.column ?? 0) > 0 && error.message !== '')).toBe(
      true,
    );
    expect(await flow.api.tasks()).toEqual(before);
  });

  describe('of a document that is so large that a thread prepares it', () => {
    const LINES = 1_000;
    const enlarged = (document: string): string => `${'# a line\n'.repeat(LINES)}${document}`;

    test('reports the same mistakes, at their places', async () => {
      const small = await flow.api.refused(SEVERAL_MISTAKES);
      const large = await flow.api.refused(enlarged(SEVERAL_MISTAKES));
      const moved = small.errors?.map((error) => ({ ...error, line: (error.line ?? 0) + LINES }));
      expect(large.errors).toEqual(moved);
      expect(large.errors).toHaveLength(6);
    });

    test('registers all its tasks, also those that wait for one of another document', async () => {
      const first = await flow.api.submitOne(aTask('first'));
      const stages = aTask('second').after(first).stages({ name: 'a' }, { name: 'b' });
      const { tasks } = await flow.api.submit(enlarged(stages.toYaml()));
      expect(tasks.map(({ name, waiting_on }) => [name, waiting_on.toSorted()])).toEqual([
        ['second:a', [first]],
        ['second:b', [first, tasks[0]!.task_id].toSorted()],
      ]);
    });
  });

  test('names what is missing', async () => {
    const problem = await flow.api.refused('spec: {resources: {hardware: {gpu: {memory: 8GiB}}}}');
    expect((problem.errors ?? []).map((error) => error.path).sort()).toEqual(
      [
        'apiVersion',
        'kind',
        'metadata.name',
        'spec.taskType',
        'spec.resources.replicas',
        'spec.resources.hardware.cpu',
        'spec.resources.hardware.memory',
        'spec.resources.hardware.gpu.count',
        'spec.resources.hardware.gpu.type',
      ].sort(),
    );
  });

  test('names the members of a cycle', async () => {
    const problem = await flow.api.refused(
      aTask('round').graph(
        { name: 'hen', dependsOn: ['chick'] },
        { name: 'egg', dependsOn: ['hen'] },
        { name: 'chick', spec: { text: '${egg.result.x}' } },
      ),
    );
    const [cycle] = problem.errors ?? [];
    expect(problem.errors).toHaveLength(1);
    for (const name of ['hen', 'egg', 'chick']) expect(cycle?.message).toContain(name);
  });

  test.each([
    ['an unknown id', base('  dependsOn: [no-such-task]'), 'spec.dependsOn[0]', 7],
    [
      'a name that is no stage',
      base('  stages: [{name: a}, {name: b, dependsOn: [c]}]'),
      'spec.stages[1].dependsOn[0]',
      7,
    ],
    [
      'a placeholder without upstream',
      base('  stages:\n    - {name: a}\n    - {name: b, spec: {x: "${c.result.y}"}}'),
      'spec.stages[1].spec.x',
      9,
    ],
    ['a wrong type', base('  stages: none'), 'spec.stages', 7],
    ['stages and graph of nothing', base('  graph: {nodes: 7}'), 'spec.graph.nodes', 7],
    [
      'shards without end',
      base('  parallel: {enabled: true, max_shards: -1}').replace('echo', 'inference'),
      'spec.parallel.max_shards',
      7,
    ],
  ])('refuses %s at its place', async (_what, text, path, line) => {
    const problem = await flow.api.refused(text);
    expect(problem.errors).toEqual([expect.objectContaining({ path, line })]);
  });

  test.each([
    ['a duplicate key', base('  x: 1\n  x: 2'), 8],
    ['a tab for indentation', base('  x:\n\t- 1'), 8],
    ['a second document', `${base('  x: 1')}\n---\nsecond: true\n`, 9],
    ['a tag that runs code', base('  x: !!js/function "function () {}"'), 7],
    ['a prototype as a key', base('  x: {__proto__: {polluted: yes}}'), 7],
  ])('refuses %s with its line', async (_what, text, line) => {
    const problem = await flow.api.refused(text);
    expect(problem.errors?.length).toBeGreaterThan(0);
    expect(problem.errors?.[0]?.line).toBe(line);
  });

  test.each([
    ['text/yaml', 'yaml'],
    ['application/yaml', 'yaml'],
    ['application/x-yaml', 'yaml'],
    ['text/plain; charset=utf-8', 'yaml'],
    ['application/json', 'json'],
    ['application/json', 'wrapped'],
  ])('takes %s (%s)', async (contentType, form) => {
    const document = aTask(`as-${form}`).cpu(512);
    const text = {
      yaml: document.toYaml(),
      json: JSON.stringify(document.toObject()),
      wrapped: JSON.stringify({ yaml: document.toYaml() }),
    }[form];
    const answer = await flow.api.submitRaw(text ?? '', contentType);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      ok: true,
      count: 1,
      tasks: [{ name: `as-${form}`, status: 'PENDING' }],
    });
  });

  test('takes a name that pretends to be a line of the log, which it does not become', async () => {
    const name = 'x\n{"level":"ERROR","msg":"forged"}';
    const { tasks } = await flow.api.submit(aTask(name).cpu(512));
    expect((await flow.api.task(tasks[0]!.task_id)).name).toBe(name);
    expect(flow.service.logLines().filter(({ msg }) => msg === 'forged')).toEqual([]);
  });

  test('takes a byte-order mark and carriage returns', async () => {
    const text = `\uFEFF${aTask('from-windows').cpu(512).toYaml().replaceAll('\n', '\r\n')}`;
    await flow.api.submit(text);
  });

  test('refuses a body of another type, and one that is too large', async () => {
    expect((await flow.api.submitRaw('x', 'image/png')).status).toBe(415);
    const large = await flow.api.submitRaw(aTask().with({ blob: 'x'.repeat(300 * 1024) }));
    expect(large.status).toBe(413);
    expect(large.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  test('answers in document order, with what each task waits for', async () => {
    const submission = await flow.api.submit(
      aTask('order')
        .cpu(512)
        .graph({ name: 'z', dependsOn: ['a'] }, { name: 'a' }, { name: 'm', dependsOn: ['a', 'z'] }),
    );
    const [z, a, m] = submission.tasks;
    expect(submission.tasks.map((task) => task.name)).toEqual(['order:z', 'order:a', 'order:m']);
    expect([z!.waiting_on, a!.waiting_on, m!.waiting_on]).toEqual([
      [a!.task_id],
      [],
      [a!.task_id, z!.task_id],
    ]);
  });
});
