/** The chart object by object: what each is to say, and that they fit together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PodSpec, Rendered, selectorOf } from './lib/chart';
import { ROOT } from '../helpers/programs';
import { describeWith } from './lib/tools';

const NAME = 'rel-orchestrator';
const CONTAINER = 'spec.template.spec.containers.0';
/** What the client of object storage, or Node, reads by itself. */
const OF_OTHERS = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'NODE_EXTRA_CA_CERTS'];

describeWith(['helm'], 'the objects of the chart, one by one', () => {
  const minimal = Rendered.with();
  const trial = Rendered.with({}, 'trial-values.yaml');
  const bucket = Rendered.with({}, 's3-values.yaml');
  const everything = Rendered.with({}, 'everything-values.yaml');
  const all = [minimal, trial, bucket, everything];

  describe('Deployment', () => {
    const spec = (path: string): unknown => minimal.at('Deployment', NAME, `spec.${path}`);

    test('two replicas, of which none stops before a new one is ready', () => {
      expect(spec('replicas')).toBe(2);
      expect(spec('strategy')).toEqual({
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
      });
    });

    test.each([
      ['of the chart', {}],
      ['of your own', { 'storage.volume.existingClaim': 'mine' }],
    ])('one that holds a claim %s for itself ends before its successor starts', (_whose, sets) => {
      const modes = { 'storage.volume.accessModes': ['ReadWriteOnce'], ...sets };
      const alone = Rendered.with({ replicaCount: 1, ...modes });
      expect(alone.at('Deployment', NAME, 'spec.strategy')).toEqual({ type: 'Recreate' });
      expect(() => Rendered.with(modes)).toThrow('or replicaCount to 1');
    });

    test.each([
      [{}, 5, '20', 35],
      [{ 'shutdown.preStopSec': 15, 'shutdown.graceSec': 600 }, 15, '600', 625],
    ])(
      'with %p it goes on for %i s, then has %s s, and is killed after %i s',
      (sets, preStop, grace, all) => {
        const rendered = Rendered.with(sets);
        expect(rendered.at('Deployment', NAME, `${CONTAINER}.lifecycle`)).toEqual({
          preStop: { sleep: { seconds: preStop } },
        });
        expect(rendered.at('ConfigMap', NAME, 'data.SHUTDOWN_GRACE_SEC')).toBe(grace);
        expect(rendered.at('Deployment', NAME, 'spec.template.spec.terminationGracePeriodSeconds')).toBe(all);
      },
    );

    test('only readiness asks for Redis: nothing else stops or restarts a pod', () => {
      const probe = (kind: string): unknown =>
        minimal.at('Deployment', NAME, `${CONTAINER}.${kind}Probe.httpGet.path`);
      expect([probe('startup'), probe('liveness'), probe('readiness')]).toEqual([
        '/healthz',
        '/healthz',
        '/readyz',
      ]);
    });

    test('other settings or secrets are other pods, another version of the chart is not', () => {
      const annotations = (sets: Record<string, unknown>): unknown =>
        Rendered.with(sets).at('Deployment', NAME, 'spec.template.metadata.annotations');
      const before = annotations({});
      expect(annotations({ 'config.LOG_LEVEL': 'DEBUG' })).not.toEqual(before);
      expect(annotations({ 'auth.token': 'other' })).not.toEqual(before);
      expect(annotations({ replicaCount: 3 })).toEqual(before);
      for (const rendered of all) {
        for (const { kind, metadata, spec: of } of rendered.objects) {
          const labels = (of as { template?: { metadata: { labels: object } } } | undefined)?.template
            ?.metadata.labels;
          if (labels)
            expect([kind, metadata.name, 'helm.sh/chart' in labels]).toEqual([kind, metadata.name, false]);
        }
      }
    });

    test('an image can be named by what it is, in the place of a tag', () => {
      expect(minimal.at('Deployment', NAME, `${CONTAINER}.image`)).toBe('orchestrator:0.1.0');
      expect(everything.at('Deployment', 'ml', `${CONTAINER}.image`)).toMatch(
        /^registry\.example\.com\/ml\/orchestrator@sha256:0{64}$/,
      );
    });

    test('every variable is a setting of the service', () => {
      const documented = readFileSync(join(ROOT, 'docs/CONFIGURATION.md'), 'utf8');
      const settings = new Set([...documented.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name!));
      const used = all.flatMap((rendered) => {
        const [[, pod]] = rendered
          .pods()
          .filter(([name]) => /^Deployment (ml|rel-orchestrator)$/.test(name)) as [[string, PodSpec]];
        const data = rendered.at('ConfigMap', rendered.names('ConfigMap')[0]!, 'data') as object;
        return [...Object.keys(data), ...(pod.containers[0]?.env ?? []).map(({ name }) => name)];
      });
      expect(used.filter((name) => !settings.has(name) && !OF_OTHERS.includes(name))).toEqual([]);
      expect(used).toContain('MAX_OPEN_TASKS');
    });

    test('traces go where they are to, with headers out of a Secret; more variables and volumes are added', () => {
      expect(everything.at('ConfigMap', 'ml', 'data.OTEL_EXPORTER_OTLP_ENDPOINT')).toBe(
        'http://collector.observability.svc:4318',
      );
      const of = (path: string): unknown => everything.at('Deployment', 'ml', path);
      const env = of(`${CONTAINER}.env`) as object[];
      const key = 'OTEL_EXPORTER_OTLP_HEADERS';
      expect(env.slice(-2)).toEqual([
        { name: key, valueFrom: { secretKeyRef: { name: 'collector', key } } },
        { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/authority/ca.crt' },
      ]);
      expect(of(`${CONTAINER}.envFrom.1`)).toEqual({ secretRef: { name: 'more-settings' } });
      expect(of(`${CONTAINER}.volumeMounts.2`)).toMatchObject({ mountPath: '/etc/authority' });
      expect(of('spec.template.spec.volumes.2')).toEqual({
        name: 'authority',
        configMap: { name: 'authority' },
      });
    });

    test('a number stays the number that it is', () => {
      expect(everything.at('ConfigMap', 'ml', 'data.MAX_OPEN_TASKS')).toBe('5000000');
      expect(everything.at('ConfigMap', 'ml', 'data.SPOOL_MAX_BYTES')).toBe('4294967296');
    });
  });

  describe('pods', () => {
    test('write to volumes alone', () => {
      for (const [name, { containers }] of all.flatMap((rendered) => rendered.pods())) {
        const roots = containers.map(({ securityContext }) => securityContext.readOnlyRootFilesystem);
        expect([name, ...roots]).toEqual([name, ...containers.map(() => true)]);
      }
    });

    test('name no user and no group where the cluster gives them', () => {
      const given = Rendered.with({}, 'openshift-values.yaml').pods();
      expect(given.map(([name]) => name).sort()).toEqual([
        'Deployment rel-orchestrator',
        'Deployment rel-orchestrator-worker',
        'StatefulSet rel-orchestrator-redis',
        'rel-orchestrator-test',
      ]);
      expect(JSON.stringify(given)).not.toMatch(/"(runAsUser|runAsGroup|fsGroup|supplementalGroups)"/);
    });

    test('get no token, no variables of other Services, and have their bounds', () => {
      for (const [name, spec] of all.flatMap((rendered) => rendered.pods())) {
        expect([name, spec.automountServiceAccountToken, spec.enableServiceLinks]).toEqual([
          name,
          false,
          false,
        ]);
        for (const { resources } of spec.containers) {
          expect(resources).toMatchObject({ requests: expect.anything(), limits: expect.anything() });
        }
      }
    });

    test('find every Secret that they ask for, or it is one of yours', () => {
      for (const rendered of all) {
        const named = rendered
          .pods()
          .flatMap(([, { containers }]) => containers)
          .flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []));
        for (const { name, key } of named) {
          if (['orchestrator-credentials', 'collector'].includes(name)) continue;
          const optional = ['ORCHESTRATOR_TOKEN', 'URL_SIGNING_SECRET', 'REDIS_SENTINEL_PASSWORD'];
          const held = Object.keys(rendered.at('Secret', name, 'stringData') as object);
          expect([...held, ...optional]).toContain(key);
        }
      }
    });

    test('secrets are in Secrets alone', () => {
      const elsewhere = everything.objects.filter(({ kind }) => kind !== 'Secret');
      const text = JSON.stringify(elsewhere);
      for (const secret of ['first,second', 'a-secret-of-sixteen-characters', 'p@ss', 'key-id']) {
        expect(text).not.toContain(secret);
      }
    });
  });

  describe('Secret, ServiceAccount, ServiceMonitor, dashboard and test', () => {
    test('Prometheus reads every replica, ready or not, and sends one token', () => {
      expect(bucket.at('ServiceMonitor', NAME, 'spec')).toMatchObject({
        selector: { matchLabels: selectorOf('results') },
        endpoints: [
          {
            port: 'http',
            path: '/metrics',
            authorization: { credentials: { name: 'orchestrator-credentials', key: 'METRICS_TOKEN' } },
          },
        ],
      });
      const chosen = bucket.objects.filter(
        ({ kind, metadata }) =>
          kind === 'Service' && metadata.labels?.['app.kubernetes.io/component'] === 'results',
      );
      expect(chosen.map(({ metadata }) => metadata.name)).toEqual([`${NAME}-results`]);
      expect(everything.at('Secret', 'ml', 'stringData.METRICS_TOKEN')).toBe('first');
      const open = Rendered.with({ 'metrics.serviceMonitor.enabled': true });
      expect(open.at('ServiceMonitor', NAME, 'spec.endpoints.0')).not.toHaveProperty('authorization');
    });

    test('a Secret of your own takes the place of the chart`s', () => {
      expect(bucket.names('Secret')).toEqual([]);
      expect(minimal.at('Secret', NAME, 'stringData')).toEqual({
        REDIS_URL: 'redis://redis.data.svc:6379/0',
      });
    });

    test('the service account has no token, and can be another one', () => {
      expect(minimal.get('ServiceAccount', NAME).automountServiceAccountToken).toBe(false);
      const other = Rendered.with({ 'serviceAccount.create': false, 'serviceAccount.name': 'mine' });
      expect(other.names('ServiceAccount')).toEqual([]);
      expect(other.at('Deployment', NAME, 'spec.template.spec.serviceAccountName')).toBe('mine');
    });

    test('the dashboard is what lies in the chart, where Grafana`s sidecar looks', () => {
      const map = everything.get('ConfigMap', 'ml-dashboard');
      expect(map.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
      const own = readFileSync(join(ROOT, 'helm/dashboards/orchestrator.json'), 'utf8');
      expect(JSON.parse((map.data as Record<string, string>)['ml.json']!)).toEqual(JSON.parse(own));
    });

    test('`helm test` asks the API and the name that workers use', () => {
      expect(minimal.at('Pod', `${NAME}-test`, 'spec.containers.0.command')).toEqual([
        '/usr/local/bin/node',
        '/app/healthcheck.mjs',
        `http://${NAME}.ml.svc:8000/readyz`,
        `http://${NAME}-results.ml.svc:8000/healthz`,
      ]);
    });
  });
});
