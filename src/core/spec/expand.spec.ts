import { trustedTaskId } from '../ids';
import type { TaskStatus } from '../model';
import { expandDocument, externalIds, type TaskDraft } from './expand';
import type { ExternalTask } from './link';
import { templateNames } from './naming';
import { parseDocument, type ParsedDocument } from './parse';

/** Time this process has computed: unlike the clock's, it does not count what other processes took. */
const cpuMs = (): number => process.cpuUsage().user / 1000;

const LIMITS = { maxTasks: 100, defaults: { maxRetries: 3, baseDelaySec: 5, maxDelaySec: 300 } };

const HEAD = 'apiVersion: v1\nkind: Task\nmetadata: {name: pipe}\n';
const BASE = 'taskType: echo\n  resources: {replicas: 1, hardware: {cpu: "1", memory: 1Gi}}';

/** A document whose spec is the base plus these lines, indented by two. */
const withSpec = (lines: string): string => `${HEAD}spec:\n  ${BASE}\n${lines}`;

function parse(text: string): ParsedDocument {
  const parsed = parseDocument(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function external(id: string, name: string, status: TaskStatus = 'DONE', after: string[] = []): ExternalTask {
  const dependsOn = after.map((taskId) => ({ name: taskId, taskId: trustedTaskId(taskId) }));
  return { id: trustedTaskId(id), name, status, dependsOn, isDeleted: false };
}

function expand(text: string, externals: ExternalTask[] = []): TaskDraft[] {
  const result = expandDocument(parse(text), new Map(externals.map((task) => [task.id, task])), LIMITS);
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 1));
  return result.value;
}

/** `path code` of each mistake. */
function mistakes(text: string, externals: ExternalTask[] = []): string[] {
  const result = expandDocument(parse(text), new Map(externals.map((task) => [task.id, task])), LIMITS);
  return result.ok ? [] : result.error.map(({ path, code }) => `${path} ${code}`);
}

function messages(text: string, externals: ExternalTask[] = []): string {
  const result = expandDocument(parse(text), new Map(externals.map((task) => [task.id, task])), LIMITS);
  return result.ok ? '' : result.error.map(({ message }) => message).join('\n');
}

/** `name < dependency, dependency*`: a star marks a result that is used. */
function wiring(drafts: readonly TaskDraft[]): string[] {
  return drafts.map(({ name, dependsOn, uses }) => {
    const names = dependsOn.map((dependency) => {
      const { on } = dependency;
      const target = on.kind === 'task' ? on.id : (drafts[on.index]?.name ?? '?');
      const label = target === dependency.name || target.endsWith(`:${dependency.name}`) ? '' : `=${target}`;
      return `${dependency.name}${label}${uses.includes(dependency.name) ? '*' : ''}`;
    });
    return `${name} <${names.length > 0 ? ` ${names.join(', ')}` : ''}`;
  });
}

describe('a document of one task', () => {
  it('keeps every key of its own', () => {
    const [draft, ...others] = expand(withSpec('  model: {x: [1]}\n  weird: {a: b}\n  task: t'));
    expect(others).toEqual([]);
    expect(draft).toMatchObject({
      name: 'pipe',
      nodeName: null,
      taskType: 'echo',
      replicas: 1,
      priority: 0,
      retry: LIMITS.defaults,
      resources: { cpuCores: 1, memoryBytes: 1024 ** 3, gpu: null },
      dependsOn: [],
      uses: [],
      usesFiles: [],
    });
    expect(draft?.document).toMatchObject({
      metadata: { name: 'pipe' },
      spec: { model: { x: [1] }, weird: { a: 'b' }, task: 't' },
    });
  });

  it('depends on tasks that exist, under the name after the colon', () => {
    const text = withSpec('  dependsOn: [t-1]\n  url: "${train.result.url}"');
    expect(externalIds(parse(text))).toEqual(['t-1']);
    expect(wiring(expand(text, [external('t-1', 'old:train')]))).toEqual(['pipe < train=t-1*']);
  });

  it('keeps its text when it depends on nothing, whatever it looks like', () => {
    const prompt = 'use ${x.y} and ${ and $${z} and ${HOME}';
    const [draft] = expand(withSpec(`  prompt: '${prompt}'`));
    expect(draft?.document.spec.prompt).toBe(prompt);
  });
});

describe('wiring', () => {
  it.each<[string, string, string[]]>([
    [
      'stages form a chain',
      '  stages: [{name: a}, {}, {name: c}]',
      ['pipe:a <', 'pipe:stage-2 < a', 'pipe:c < stage-2'],
    ],
    [
      'a stage that gives dependsOn says it all itself',
      '  stages: [{name: a}, {name: b, dependsOn: []}, {name: c}, {name: d, dependsOn: [a, c]}]',
      ['pipe:a <', 'pipe:b <', 'pipe:c < b', 'pipe:d < a, c'],
    ],
    [
      'a stage may give it within its spec',
      '  stages: [{name: a}, {name: b}, {name: c, spec: {dependsOn: [a]}}]',
      ['pipe:a <', 'pipe:b < a', 'pipe:c < a'],
    ],
    [
      'a reference adds a dependency',
      '  stages: [{name: a}, {name: b}, {name: c, spec: {x: "${a.result.y}"}}]',
      ['pipe:a <', 'pipe:b < a', 'pipe:c < b, a*'],
    ],
    [
      'a reference to a dependency uses it',
      '  stages: [{name: a}, {name: b, spec: {x: "see ${a.result.y}"}}]',
      ['pipe:a <', 'pipe:b < a*'],
    ],
    [
      'nodes have no chain',
      '  graph: {nodes: [{name: a}, {name: b}, {id: c, dependsOn: [a, b]}]}',
      ['pipe:a <', 'pipe:b <', 'pipe:c < a, b'],
    ],
    [
      'nodes may stand before what they depend on',
      '  graph: {nodes: [{name: a, dependsOn: [b]}, {name: b}]}',
      ['pipe:a < b', 'pipe:b <'],
    ],
    ['numbers are names', '  graph: {nodes: [{id: 1}, {id: 2, dependsOn: [1]}]}', ['pipe:1 <', 'pipe:2 < 1']],
    [
      'a node may be called by its id when it has a name too',
      '  graph: {nodes: [{id: n1, name: train}, {id: n2, dependsOn: [n1]}]}',
      ['pipe:train <', 'pipe:n2 < train'],
    ],
    [
      'a reference may call a node by its id too, which is then the name of its result',
      '  graph: {nodes: [{id: n1, name: train}, {id: n2, name: eval, spec: {x: "${n1.result.y}"}}, {id: n3, dependsOn: [n2], spec: {x: "${train.result.y}"}}]}',
      ['pipe:train <', 'pipe:eval < n1=pipe:train*', 'pipe:n3 < eval, train*'],
    ],
    [
      'a reference by id adds nothing to a dependency by name, nor the other way round',
      '  graph: {nodes: [{id: n1, name: a}, {id: n2, dependsOn: [a], spec: {x: "${n1.result}"}}, {id: n3, dependsOn: [n1], spec: {x: "${a.result}"}}]}',
      ['pipe:a <', 'pipe:n2 < n1=pipe:a*', 'pipe:n3 < a*'],
    ],
    [
      'a column may call a node by its id, and a placeholder the same node by its name',
      '  graph: {nodes: [{id: n1, name: a}, {id: n2, spec: {x: "${a.result}", data: {type: graph_template, columns: [{node: n1}]}}}]}',
      ['pipe:a <', 'pipe:n2 < n1=pipe:a*'],
    ],
    [
      'a name with dots is told by the longest name known',
      '  graph: {nodes: [{name: a}, {name: a.b}, {name: c, spec: {x: "${a.b.result.y}"}}]}',
      ['pipe:a <', 'pipe:a.b <', 'pipe:c < a.b*'],
    ],
    [
      'a name with dashes',
      '  stages: [{name: gsm8k-stage}, {name: eval-1, spec: {x: "${gsm8k-stage.result.url}"}}]',
      ['pipe:gsm8k-stage <', 'pipe:eval-1 < gsm8k-stage*'],
    ],
    [
      'environment names are no references',
      '  stages: [{name: a}, {name: b, spec: {x: "${QDRANT_API_KEY}", y: "$${lit}"}}]',
      ['pipe:a <', 'pipe:b < a'],
    ],
    [
      'a column that names its node adds and uses it',
      '  graph: {nodes: [{name: a}, {name: b}, {name: c, spec: {data: {type: graph_template, columns: [{node: a, path: result.x}]}}}]}',
      ['pipe:a <', 'pipe:b <', 'pipe:c < a*'],
    ],
    [
      'columns as a map, under a template, and by expression',
      '  graph: {nodes: [{name: a}, {name: b}, {name: c, spec: {data: {type: graph_template, template: {columns: {l: {expr: "a.result.items[0]"}, r: {expr: b.result}}}}}}]}',
      ['pipe:a <', 'pipe:b <', 'pipe:c < a*, b*'],
    ],
    [
      "columns of other data are the executor's",
      '  stages: [{name: a}, {name: b, spec: {data: {type: list, columns: [{node: nope}]}}}]',
      ['pipe:a <', 'pipe:b < a'],
    ],
    [
      'dependencies of the base hold for all that say nothing themselves',
      '  dependsOn: [t-1]\n  graph: {nodes: [{name: a}, {name: b, dependsOn: [a]}]}',
      ['pipe:a < old=t-1', 'pipe:b < a'],
    ],
    [
      'an ancestor of another document becomes a dependency when it is named',
      '  stages: [{name: a, dependsOn: [t-1]}, {name: b, spec: {x: "${first.result.y}"}}]',
      ['pipe:a < old=t-1', 'pipe:b < a, first=t-0*'],
    ],
    [
      'a task of another document by its whole name',
      '  stages: [{name: a, dependsOn: [t-1], spec: {x: "${prep:old.result.y}"}}]',
      ['pipe:a < old=t-1*'],
    ],
    [
      'tasks of other documents whose short names collide',
      '  stages: [{name: a, dependsOn: [t-1, t-2]}]',
      ['pipe:a < prep:old=t-1, other:old=t-2'],
    ],
    [
      'a stage keeps its name before a task of another document',
      '  stages: [{name: old, dependsOn: []}, {name: b, dependsOn: [old, t-1]}]',
      ['pipe:old <', 'pipe:b < old, prep:old=t-1'],
    ],
    [
      'a column keeps the name by which it calls a task of another document',
      '  stages: [{name: a, dependsOn: [t-1], spec: {data: {type: graph_template, columns: [{node: "prep:old"}]}}}]',
      ['pipe:a < prep:old=t-1*'],
    ],
  ])('%s', (_, lines, want) => {
    const externals = [
      external('t-0', 'prep:first'),
      external('t-1', 'prep:old', 'RUNNING', ['t-0']),
      external('t-2', 'other:old', 'PENDING'),
    ];
    expect(wiring(expand(withSpec(lines), externals))).toEqual(want);
  });

  it.each(['pipe', 'team:pipe'])('finds a node by its id at dispatch, in a document named %s', (base) => {
    const lines =
      '  graph: {nodes: [{id: n1, name: a}, {id: n2, dependsOn: [a], spec: {x: "${n1.result.y}"}}]}';
    const [a, user] = expand(withSpec(lines).replace('name: pipe', `name: "${base}"`));
    const names = templateNames(
      (user?.dependsOn ?? []).map(({ name }) => ({ name, taskId: 't-a', taskName: a?.name ?? '' })),
    );
    expect(names.get('n1')).toBe('t-a');
    expect(user?.uses).toEqual(['n1']);
  });

  it('tells files from results among what is used', () => {
    const lines =
      "  graph: {nodes: [{name: a}, {name: b}, {name: c, spec: {x: \"${a.artifacts['m.zip'].url} ${a.artifacts['m.zip'].sha256} ${b.artifacts.log.size} ${b.result}\"}}]}";
    const drafts = expand(withSpec(lines));
    expect(drafts[2]).toMatchObject({
      uses: ['b'],
      usesFiles: [
        { name: 'a', file: 'm.zip' },
        { name: 'b', file: 'log' },
      ],
    });
  });

  it('looks up only ids that are no names of the document', () => {
    const text = withSpec(
      '  stages: [{name: a, dependsOn: [t-1, b]}, {name: b, dependsOn: ["not an id", t-1]}]',
    );
    expect(externalIds(parse(text))).toEqual(['t-1']);
  });
});

describe('stages', () => {
  it('merge deep over the base: maps merge, anything else replaces', () => {
    const text = withSpec(
      '  model: {a: {x: 1, y: 2}, list: [1, 2]}\n' +
        '  stages:\n  - {name: s, spec: {model: {a: {y: 3}, list: [9]}, extra: null}}\n  - {name: t}',
    );
    const [s, t] = expand(text);
    expect(s?.document.spec).toMatchObject({ model: { a: { x: 1, y: 3 }, list: [9] }, extra: null });
    expect(t?.document.spec).toMatchObject({ model: { a: { x: 1, y: 2 }, list: [1, 2] } });
    expect(s?.document.spec).not.toHaveProperty('stages');
    expect(s?.document.metadata.name).toBe('pipe:s');
  });

  it('may supply what the base lacks', () => {
    const text =
      `${HEAD}spec:\n  resources: {replicas: 1, hardware: {memory: 1Gi}}\n` +
      '  stages: [{spec: {taskType: a, resources: {hardware: {cpu: 2}}}}, {spec: {taskType: b, resources: {hardware: {cpu: 3}}}}]';
    expect(expand(text).map(({ taskType, resources }) => [taskType, resources.cpuCores])).toEqual([
      ['a', 2],
      ['b', 3],
    ]);
  });
});

describe('mistakes', () => {
  it.each<[string, string, string[]]>([
    ['stages and a graph', '  stages: [{}]\n  graph: {nodes: [{}]}', ['spec.graph stages_and_graph']],
    ['stages that are no list', '  stages: {a: 1}', ['spec.stages wrong_type']],
    ['no stages at all', '  stages: []', ['spec.stages empty']],
    ['a graph without nodes', '  graph: {}', ['spec.graph.nodes wrong_type']],
    ['a stage that is text', '  stages: [{name: a}, b]', ['spec.stages[1] wrong_type']],
    ['a spec that is a list', '  stages: [{spec: [1]}]', ['spec.stages[0].spec wrong_type']],
    ['duplicate names', '  stages: [{name: a}, {name: a}]', ['spec.stages[1].name duplicate_name']],
    [
      'a name that an unnamed stage has',
      '  stages: [{name: stage-2}, {}]',
      ['spec.stages[1].name duplicate_name'],
    ],
    ['duplicate ids', '  graph: {nodes: [{id: a}, {id: a}]}', ['spec.graph.nodes[1].id duplicate_name']],
    [
      'an id that is the name of another node, and a name that is the id of one',
      '  graph: {nodes: [{id: n1, name: a}, {id: a, name: b}, {name: n1}]}',
      ['spec.graph.nodes[1].id duplicate_name', 'spec.graph.nodes[2].name duplicate_name'],
    ],
    [
      'the same id beside different names',
      '  graph: {nodes: [{id: n1, name: a}, {id: n1, name: b}]}',
      ['spec.graph.nodes[1].id duplicate_name'],
    ],
    [
      'a node that a column calls by its name and a placeholder by its id',
      '  graph: {nodes: [{id: n1, name: a}, {id: n2, spec: {x: "${n1.result}", data: {type: graph_template, columns: [{node: a}]}}}]}',
      ['spec.graph.nodes[1].spec.x ambiguous_name'],
    ],
    [
      'a cycle through ids',
      '  graph: {nodes: [{id: n1, name: a, dependsOn: [n2]}, {id: n2, name: b, dependsOn: [n1]}]}',
      ['spec.graph.nodes[0].dependsOn[0] cycle'],
    ],
    ['a name that reaches a prototype', '  stages: [{name: __proto__}]', ['spec.stages[0].name unsafe_key']],
    [
      'an unknown dependency',
      '  stages: [{name: train}, {name: b, dependsOn: [trian]}]',
      ['spec.stages[1].dependsOn[0] unknown_name'],
    ],
    ['an unknown id', '  dependsOn: [t-404]', ['spec.dependsOn[0] unknown_name']],
    [
      'a dependency that is no name',
      '  dependsOn: [{a: 1}, "", null]',
      ['spec.dependsOn[0] wrong_type', 'spec.dependsOn[1] wrong_type', 'spec.dependsOn[2] wrong_type'],
    ],
    ['dependencies that are no list', '  dependsOn: t-1', ['spec.dependsOn wrong_type']],
    ['a failed dependency', '  dependsOn: [t-failed]', ['spec.dependsOn[0] dependency_failed']],
    ['a cancelled dependency', '  dependsOn: [t-cancelled]', ['spec.dependsOn[0] dependency_failed']],
    [
      'a cycle',
      '  graph: {nodes: [{name: a, dependsOn: [c]}, {name: b, dependsOn: [a]}, {name: c, dependsOn: [b]}]}',
      ['spec.graph.nodes[0].dependsOn[0] cycle'],
    ],
    [
      'a node that names itself',
      '  graph: {nodes: [{name: a, spec: {x: "${a.result}"}}]}',
      ['spec.graph.nodes[0] cycle'],
    ],
    [
      'a cycle through a reference',
      '  stages: [{name: a, spec: {x: "${b.result.y}"}}, {name: b}]',
      ['spec.stages[0] cycle'],
    ],
    [
      'a reference to nothing upstream',
      '  stages: [{name: a}, {name: b, spec: {deep: [{x: "${nope.result.y}"}]}}]',
      ['spec.stages[1].spec.deep[0].x unknown_name'],
    ],
    [
      'a reference to nothing, where nothing else makes a dependency',
      '  graph: {nodes: [{name: train}, {name: b, spec: {x: "${trian.result.y}"}}]}',
      ['spec.graph.nodes[1].spec.x unknown_name'],
    ],
    [
      'a reference in the base, reported once',
      '  x: "${nope.result.y}"\n  stages: [{name: a}, {name: b}, {name: c}]',
      ['spec.x unknown_name'],
    ],
    [
      'a placeholder that nothing closes',
      '  stages: [{name: a}, {name: b, spec: {x: "${a.result"}}]',
      ['spec.stages[1].spec.x bad_placeholder'],
    ],
    [
      'a path that is none',
      '  stages: [{name: a}, {name: b, spec: {x: "${a..x}", y: "${a[b]}", z: "${a.result[1.5]}"}}]',
      [
        'spec.stages[1].spec.x bad_placeholder',
        'spec.stages[1].spec.y bad_placeholder',
        'spec.stages[1].spec.z bad_placeholder',
      ],
    ],
    [
      'paths to prototypes',
      `  stages: [{name: a}, {name: b, spec: {x: "\${a.__proto__.x}", y: "\${a.result['constructor']}", z: "\${a.prototype}"}}]`,
      [
        'spec.stages[1].spec.x unsafe_key',
        'spec.stages[1].spec.y unsafe_key',
        'spec.stages[1].spec.z unsafe_key',
      ],
    ],
    ['__proto__ in a task that depends on nothing', '  x: "${a.__proto__.x}"', ['spec.x unsafe_key']],
    [
      'a column whose node is unknown',
      '  stages: [{name: a}, {name: b, spec: {data: {type: graph_template, columns: [{node: nope}, {expr: "nope.result"}]}}}]',
      [
        'spec.stages[1].spec.data.columns[0].node unknown_name',
        'spec.stages[1].spec.data.columns[1].expr unknown_name',
      ],
    ],
    [
      'a name that two dependencies share',
      '  stages: [{name: a, dependsOn: [t-1, t-2], spec: {x: "${old.result}"}}]',
      ['spec.stages[0].spec.x ambiguous_name'],
    ],
    [
      'a task of another document that is not upstream',
      '  stages: [{name: a, dependsOn: [t-1]}, {name: b, dependsOn: [t-2], spec: {x: "${prep:old.result}"}}]',
      ['spec.stages[1].spec.x unknown_name'],
    ],
    [
      'a key that is nearly ours',
      '  stages: [{name: a, depends_on: []}]',
      ['spec.stages[0].depends_on unknown_key'],
    ],
  ])('%s', (_, lines, want) => {
    const externals = [
      external('t-1', 'prep:old'),
      external('t-2', 'other:old'),
      external('t-failed', 'x', 'FAILED'),
      external('t-cancelled', 'y', 'CANCELLED'),
    ];
    expect(mistakes(withSpec(lines), externals)).toEqual(want);
  });

  it('name the cycle, the nearest name and the names there are', () => {
    const text = withSpec(
      '  graph: {nodes: [{name: a, dependsOn: [b]}, {name: b, dependsOn: [a]}, {name: train}, {name: e, dependsOn: [trian]}]}',
    );
    expect(messages(text)).toContain('a → b → a');
    expect(messages(text)).toContain('did you mean train?');
  });

  it('of a node called by two names says which one to use', () => {
    const text = withSpec(
      '  graph: {nodes: [{id: n1, name: a}, {id: n2, spec: {x: "${n1.result}", data: {type: graph_template, columns: [{node: a}]}}}]}',
    );
    expect(messages(text)).toBe('this task calls one dependency both "n1" and "a"; use the latter');
  });

  it('are reported all at once, with line and column, in the order of the text', () => {
    const text = [
      'kind: Task',
      'metadata: {name: ""}',
      'spec:',
      '  taskType: inference',
      '  timeoutSec: -1',
      '  resources:',
      '    replicas: 0',
      '    hardware: {cpu: lots, memory: 1 banana}',
      '  parallel: {max_shards: .nan}',
      '  dependsOn: [nope!]',
    ].join('\n');
    const result = expandDocument(parse(text), new Map(), LIMITS);
    if (result.ok) throw new Error('accepted');
    expect(result.error.map(({ path, line, column }) => `${path} ${String(line)}:${String(column)}`)).toEqual(
      [
        'apiVersion 1:1',
        'metadata.name 2:12',
        'spec.timeoutSec 5:3',
        'spec.resources.replicas 7:5',
        'spec.resources.hardware.cpu 8:16',
        'spec.resources.hardware.memory 8:27',
        'spec.parallel.max_shards 9:26',
        'spec.dependsOn[0] 10:15',
      ],
    );
  });

  it('of the base are reported once, those of a stage where it makes them', () => {
    const stages = '  stages: [{name: a}, {name: b, spec: {resources: {hardware: {cpu: some}}}}, {name: c}]';
    const text = `${HEAD}spec:\n  taskType: echo\n  resources: {replicas: -1, hardware: {memory: lots}}\n${stages}`;
    expect(mistakes(text)).toEqual([
      'spec.resources.replicas out_of_range',
      'spec.resources.hardware.memory bad_quantity',
      'spec.stages[0].spec.resources.hardware.cpu missing',
      'spec.stages[1].spec.resources.hardware.cpu bad_quantity',
      'spec.stages[2].spec.resources.hardware.cpu missing',
    ]);
  });

  it('that no stage makes up for are missing from the base', () => {
    expect(mistakes(`${HEAD}spec: {stages: [{}, {}]}`)).toEqual([
      'spec.taskType missing',
      'spec.resources.replicas missing',
      'spec.resources.hardware.cpu missing',
      'spec.resources.hardware.memory missing',
    ]);
  });

  it('of the text are among them', () => {
    expect(mistakes(withSpec('  a: 1\n  a: 2\n  replicas: {__proto__: 1}'))).toEqual([
      'spec.a duplicate_key',
      'spec.replicas.__proto__ unsafe_key',
    ]);
  });

  it('fill at most a hundred places, the last of which counts the rest', () => {
    const stages = Array.from({ length: 100 }, () => '{name: "", dependsOn: [x y]}').join(', ');
    const result = expandDocument(parse(withSpec(`  stages: [${stages}]`)), new Map(), LIMITS);
    if (result.ok) throw new Error('accepted');
    expect(result.error).toHaveLength(100);
    expect(result.error.at(-1)).toMatchObject({ code: 'more_issues' });
    expect(result.error.at(-1)?.message).toContain('101');
  });
});

describe('limits', () => {
  it('take so many tasks and no more', () => {
    const stages = (count: number): string => withSpec(`  stages: [${'{}, '.repeat(count)}]`);
    expect(expand(stages(100))).toHaveLength(100);
    expect(mistakes(stages(101))).toEqual(['spec.stages too_many_tasks']);
  });

  it('refuse a base that is too large for its number of tasks, quickly', () => {
    const many = { ...LIMITS, maxTasks: 10_000 };
    const text = withSpec(`  x: "${'x'.repeat(100_000)}"\n  stages: [${'{}, '.repeat(10_000)}]`);
    const started = cpuMs();
    const result = expandDocument(parse(text), new Map(), many);
    expect(result.ok ? [] : result.error.map(({ code }) => code)).toEqual(['too_large']);
    expect(cpuMs() - started).toBeLessThan(5_000);
  });

  it('expand 10,000 chained stages in seconds', () => {
    const many = { ...LIMITS, maxTasks: 10_000 };
    const text = withSpec(`  key: "\${API_KEY}"\n  stages: [${'{}, '.repeat(10_000)}]`);
    const started = cpuMs();
    const result = expandDocument(parse(text), new Map(), many);
    expect(result.ok && result.value.length).toBe(10_000);
    expect(cpuMs() - started).toBeLessThan(5_000);
  });
});
