/** Alerts, dashboard and scaling: they speak of what a running service exports, and fire when they are to. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { ALERT_CASES, series, type Series } from './lib/alerts';
import { Rendered } from './lib/chart';
import { ROOT } from '../helpers/programs';
import { describeWith, runTool } from './lib/tools';

/** What Prometheus and the kubelet say, and not the service. */
const OF_OTHERS = /^(up|kubelet_volume_stats_\w+)$/;
const FUNCTIONS =
  /^(sum|max|by|on|and|or|unless|rate|increase|absent|vector|histogram_quantile|label_values|job|namespace|min|le|gpu|status|reason|kind|outcome|method|route|state|type|cause)$/;

interface Rule {
  alert: string;
  expr: string;
  annotations: Record<string, string>;
}

const everything = (): Rendered => Rendered.with({}, 'everything-values.yaml');
const rulesOf = (rendered: Rendered): Rule[] =>
  rendered.at('PrometheusRule', 'ml', 'spec.groups.0.rules') as Rule[];
const queryOf = (rendered: Rendered, name: string): string =>
  rendered.at('ScaledObject', name, 'spec.triggers.0.metadata.query') as string;

function dashboardQueries(): string[] {
  const text = readFileSync(join(ROOT, 'helm/dashboards/orchestrator.json'), 'utf8');
  const { panels, templating } = JSON.parse(text) as {
    panels: { targets: { expr: string }[] }[];
    templating: { list: { query: string; type: string }[] };
  };
  return [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...templating.list.filter(({ type }) => type === 'query').map(({ query }) => query),
  ];
}

describeWith(['helm'], 'what alerts, dashboard and scaling refer to', () => {
  const flow = useFlow();
  /** The label names of each metric that the service exports. */
  const exported = new Map<string, Set<string>>();

  beforeAll(async () => {
    await flow.workers([{ id: 'w' }]);
    await flow.api.until(await flow.api.submitOne(aTask('one')), 'DONE');
    const text = await (await flow.api.request('/metrics')).text();
    for (const [, name, kind] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      const parts = kind === 'histogram' ? ['_bucket', '_count', '_sum'] : [''];
      for (const part of parts) exported.set(`${name!}${part}`, new Set());
    }
    for (const [, name, labels] of text.matchAll(/^(\w+)\{([^}]*)\}/gm)) {
      for (const [, label] of labels!.matchAll(/(\w+)="/g)) exported.get(name!)?.add(label!);
    }
  });

  const queries = (): string[] => {
    const rendered = everything();
    const scaling = rendered.names('ScaledObject').map((name) => queryOf(rendered, name));
    return [...rulesOf(rendered).map(({ expr }) => expr), ...dashboardQueries(), ...scaling];
  };

  test('every metric is exported under that name by a running service', () => {
    const unknown = queries()
      .flatMap(
        (query) =>
          query.replaceAll(/"[^"]*"|\{[^}]*\}|\[\w+\]|\([\w, ]+\) \(/g, ' ').match(/[a-z_]\w*/g) ?? [],
      )
      .filter((word) => !FUNCTIONS.test(word) && !OF_OTHERS.test(word) && !exported.has(word));
    expect([...new Set(unknown)]).toEqual([]);
    expect(exported.size).toBeGreaterThan(30);
  });

  test('every label is one of its metric, or one that Prometheus adds', () => {
    const added = ['job', 'namespace', 'persistentvolumeclaim'];
    const unknown = queries().flatMap((query) =>
      [...query.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, name, matchers]) =>
        [...matchers!.matchAll(/(\w+)(?:=|!)/g)]
          .map(([, label]) => label!)
          .filter((label) => !added.includes(label) && exported.get(name!)?.has(label) !== true)
          .map((label) => `${name!}{${label}}`),
      ),
    );
    expect([...new Set(unknown)]).toEqual([]);
  });

  test('the cases of the alerts have series of the labels that are exported', () => {
    const page = readFileSync(join(ROOT, 'docs/METRICS.md'), 'utf8');
    const documented = new Map(
      [...page.matchAll(/^\| `(orchestrator_\w+)`\s*\|([^|]*)\|/gm)].map(([, name, labels]) => [
        name!,
        [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!),
      ]),
    );
    const ofPrometheus = ['job', 'namespace', 'pod', 'le'];
    const all = Object.values(ALERT_CASES).flatMap(({ fires, quiet }) => [fires, quiet].flat());
    const names = all
      .flatMap((series) => Object.keys(series))
      .filter((name) => name.startsWith('orchestrator'));
    for (const name of names) {
      const metric = name.slice(0, name.indexOf('{'));
      const labels = [...name.matchAll(/(\w+)="/g)].map(([, label]) => label!);
      expect([name, labels.filter((label) => !ofPrometheus.includes(label)).sort()]).toEqual([
        name,
        [...(documented.get(metric) ?? documented.get(metric.replace(/_(bucket|count)$/, '')) ?? [])].sort(),
      ]);
    }
  });

  test('there is a case for every alert, and a page for whoever is woken by it', () => {
    const rules = rulesOf(everything());
    expect(rules.map(({ alert }) => alert).sort()).toEqual(Object.keys(ALERT_CASES).sort());
    const page = readFileSync(join(ROOT, 'docs/KUBERNETES.md'), 'utf8');
    const explained = [...page.matchAll(/^### (Orchestrator\w+)$/gm)].map(([, name]) => name);
    expect(explained.sort()).toEqual(Object.keys(ALERT_CASES).sort());
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook_url).toBe(
        `https://docs.example.com/orchestrator/KUBERNETES.md#${alert.toLowerCase()}`,
      );
    }
  });
});

describeWith(['helm', 'promtool'], 'alerts and scaling, as Prometheus understands them', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'orchestrator-alerts-'));
    const { groups } = everything().get('PrometheusRule', 'ml').spec as { groups: unknown };
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (tests: object[]): string => {
    const file = join(folder, 'tests.yaml');
    writeFileSync(file, stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests }));
    return runTool('promtool', ['test', 'rules', file]).output;
  };
  const input = (of: Series): object => ({
    interval: '1m',
    input_series: Object.entries(of).map(([name, values]) => ({ series: name, values })),
  });

  test.each(Object.entries(ALERT_CASES))(
    '%s fires when it is to, and only then',
    (alert, { fires, quiet }) => {
      const rule = rulesOf(everything()).find((each) => each.alert === alert)!;
      const after = { eval_time: '32m', alertname: alert };
      const said = (series: Series): string =>
        run([{ ...input(series), alert_rule_test: [{ ...after, exp_alerts: [] }] }]);
      for (const series of [quiet].flat()) expect(said(series)).toContain('SUCCESS');
      // promtool compares all labels of what fires, which here are those of the expression: it is enough that it does.
      for (const series of [fires].flat()) {
        expect(said(series)).toContain('FAILED');
        expect(said(series)).toContain(rule.annotations.summary);
      }
    },
  );

  describe('the work that workers are scaled by', () => {
    const queued = (gpu: string): string => series('orchestrator_queued_tasks', `gpu="${gpu}",pod="a"`);
    const busy = (gpu: string): string => series('orchestrator_busy_workers', `gpu="${gpu}",pod="a"`);
    const leads = series('orchestrator_leader', 'pod="a"');
    const follows = series('orchestrator_leader', 'pod="b"');
    const work: Series = {
      [leads]: '1x5',
      [follows]: '0x5',
      [queued('1xa100')]: '3x5',
      [queued('1xany')]: '2x5',
      [queued('none')]: '7x5',
      [busy('1xnvidia-a100-sxm4-80gb')]: '4x5',
      [busy('none')]: '1x5',
    };

    test.each([
      ['what waits for it and what it holds', 'ml-a100', work, 9],
      ['no GPU, no such work', 'ml-cpu', work, 8],
      ['nothing to do is 0, and not unknown', 'ml-a100', { [leads]: '1x5' }, 0],
      [
        'while nobody schedules it is not known, and nothing is scaled',
        'ml-a100',
        { ...work, [leads]: '0x5' },
        null,
      ],
      ['nor is it when Prometheus reads nobody', 'ml-a100', {}, null],
    ] as const)('%s', (_name, pool, of, want) => {
      const expected = want === null ? [] : [{ value: want, labels: '{}' }];
      const test = {
        ...input(of),
        promql_expr_test: [{ expr: queryOf(everything(), pool), eval_time: '5m', exp_samples: expected }],
      };
      expect(run([test])).toContain('SUCCESS');
    });
  });
});
