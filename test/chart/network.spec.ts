/** The chart's Services, NetworkPolicies and what scales: who leads where, and what comes and goes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../helpers/programs';
import { Rendered, selectorOf } from './lib/chart';
import { describeWith } from './lib/tools';

const NAME = 'rel-orchestrator';

describeWith(['helm'], 'who reaches whom in the chart, and what scales', () => {
  const minimal = Rendered.with();
  const trial = Rendered.with({}, 'trial-values.yaml');
  const bucket = Rendered.with({}, 's3-values.yaml');
  const everything = Rendered.with({}, 'everything-values.yaml');
  const all = [minimal, trial, bucket, everything];

  describe('Services', () => {
    test('the API is where ready replicas are', () => {
      expect(minimal.at('Service', NAME, 'spec')).toEqual({
        type: 'ClusterIP',
        selector: selectorOf('service'),
        ports: [{ name: 'http', port: 8000, targetPort: 'http' }],
      });
    });

    test('results and files go to any replica, by a name that stands for all of them', () => {
      expect(minimal.at('Service', `${NAME}-results`, 'spec')).toEqual({
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: selectorOf('service'),
        ports: [{ name: 'http', port: 8000, targetPort: 'http' }],
      });
      expect(minimal.at('ConfigMap', NAME, 'data.ORCHESTRATOR_BASE_URL')).toBe(
        `http://${NAME}-results.ml.svc:8000`,
      );
    });

    test('the results Service may have an address, and workers outside their own way in', () => {
      const rendered = Rendered.with({ 'results.headless': false, 'results.baseUrl': 'https://a.example' });
      expect(rendered.at('Service', `${NAME}-results`, 'spec')).not.toHaveProperty('clusterIP');
      expect(rendered.at('ConfigMap', NAME, 'data.ORCHESTRATOR_BASE_URL')).toBe('https://a.example');
    });

    test('a client is led to the same replica again where each has a spool of its own', () => {
      const address = { clientIP: { timeoutSeconds: 86_400 } };
      for (const sets of [{}, { 'autoscaling.enabled': false, replicaCount: 1 }]) {
        const service = Rendered.with(sets, 's3-values.yaml').at('Service', `${NAME}-results`, 'spec');
        expect(service).toMatchObject({ sessionAffinity: 'ClientIP', sessionAffinityConfig: address });
        expect(service).not.toHaveProperty('clusterIP');
      }
      expect(bucket.at('Ingress', NAME, 'metadata.annotations')).toHaveProperty(
        ['nginx.ingress.kubernetes.io/upstream-hash-by'],
        '$remote_addr',
      );
      for (const [rendered, name] of [
        [minimal, NAME],
        [everything, 'ml'],
      ] as const) {
        const shared = rendered.at('Service', `${name}-results`, 'spec');
        expect(shared).toMatchObject({ clusterIP: 'None' });
        expect(shared).not.toHaveProperty('sessionAffinity');
      }
    });

    test('each selects the pods of one workload', () => {
      for (const rendered of all) {
        for (const name of rendered.names('Service')) {
          const wanted = rendered.at('Service', name, 'spec.selector');
          const workloads = rendered.objects.filter(({ kind }) => /^(Deployment|StatefulSet)$/.test(kind));
          const chosen = workloads.filter((each) => {
            const { template } = each.spec as { template: { metadata: { labels: object } } };
            return Object.entries(wanted as object).every(
              ([key, value]) => (template.metadata.labels as Record<string, unknown>)[key] === value,
            );
          });
          expect([name, chosen.length]).toEqual([name, 1]);
        }
      }
    });

    test('the Ingress brings results and uploads to the results Service, and all else to the API', () => {
      const rules = bucket.at('Ingress', NAME, 'spec.rules.0');
      const to = (name: string): unknown => ({ service: { name, port: { name: 'http' } } });
      expect(rules).toEqual({
        host: 'orchestrator.example.com',
        http: {
          paths: [
            { path: '/api/v1/results', pathType: 'Prefix', backend: to(`${NAME}-results`) },
            { path: '/api/v1/uploads', pathType: 'Prefix', backend: to(`${NAME}-results`) },
            { path: '/', pathType: 'Prefix', backend: to(NAME) },
          ],
        },
      });
      expect(bucket.at('Ingress', NAME, 'spec.tls.0')).toEqual({
        hosts: ['orchestrator.example.com'],
        secretName: 'orchestrator-tls',
      });
    });
  });

  describe('the way of a delivery from outside', () => {
    interface Rule {
      path: string;
      backend: { service: { name: string } };
    }
    const rules = bucket.at('Ingress', NAME, 'spec.rules.0.http.paths') as Rule[];
    /** As Ingress has it: by whole segments, the longest that fits. */
    const serviceOf = (path: string): string | undefined =>
      rules
        .filter((rule) => rule.path === '/' || `${path}/`.startsWith(`${rule.path}/`))
        .sort((one, other) => other.path.length - one.path.length)[0]?.backend.service.name;

    test('every path that takes what is to be kept leads to replicas that are not ready, too', () => {
      const text = readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8');
      const { paths } = JSON.parse(text) as {
        paths: Record<string, Record<string, { responses: object }>>;
      };
      // What puts bodies on a disk may find it full.
      const delivering = Object.keys(paths).filter((path) =>
        Object.values(paths[path]!).some(({ responses }) => '507' in responses),
      );
      expect(delivering.length).toBeGreaterThanOrEqual(5);
      expect(delivering.map((path) => [path, serviceOf(path)])).toEqual(
        delivering.map((path) => [path, `${NAME}-results`]),
      );
      expect(serviceOf('/api/v1/tasks')).toBe(NAME);
    });
  });

  describe('scaling and disruption', () => {
    test('replicas that follow their load have no number of their own', () => {
      expect(bucket.at('Deployment', NAME, 'spec')).not.toHaveProperty('replicas');
      expect(bucket.at('HorizontalPodAutoscaler', NAME, 'spec')).toMatchObject({
        scaleTargetRef: { kind: 'Deployment', name: NAME },
        minReplicas: 2,
        maxReplicas: 8,
      });
      expect(minimal.names('HorizontalPodAutoscaler')).toEqual([]);
    });

    test('a drain takes one at a time, and none while Redis is away and no replica is ready', () => {
      expect(minimal.at('PodDisruptionBudget', NAME, 'spec')).toEqual({
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'IfHealthyBudget',
        selector: { matchLabels: selectorOf('service') },
      });
      const allowing = Rendered.with({
        'podDisruptionBudget.unhealthyPodEvictionPolicy': 'AlwaysAllow',
      });
      expect(allowing.at('PodDisruptionBudget', NAME, 'spec.unhealthyPodEvictionPolicy')).toBe('AlwaysAllow');
      expect(Rendered.with({ 'podDisruptionBudget.enabled': false }).names('PodDisruptionBudget')).toEqual(
        [],
      );
    });

    test('KEDA scales the sample workers, or what you name', () => {
      const target = (name: string): unknown => everything.at('ScaledObject', name, 'spec.scaleTargetRef');
      expect(target('ml-cpu')).toEqual({ kind: 'Deployment', name: 'ml-worker' });
      expect(target('ml-a100')).toEqual({ kind: 'StatefulSet', name: 'trainers' });
      expect(everything.at('Deployment', 'ml-worker', 'spec')).not.toHaveProperty('replicas');
      expect(trial.at('Deployment', `${NAME}-worker`, 'spec.replicas')).toBe(3);
    });

    test('KEDA sends what of its authentication you say', () => {
      const path = 'spec.triggers.0';
      expect(everything.at('ScaledObject', 'ml-cpu', path)).toMatchObject({
        metadata: { authModes: 'bearer' },
        authenticationRef: { name: 'prometheus' },
      });
      const other = (sets: object): unknown =>
        Rendered.with({ ...sets }, 'everything-values.yaml').at('ScaledObject', 'ml-cpu', path);
      expect(other({ 'keda.authModes': 'tls,basic' })).toMatchObject({
        metadata: { authModes: 'tls,basic' },
      });
      for (const sets of [{ 'keda.authModes': '' }, { 'keda.authentication': '' }]) {
        expect(other(sets)).not.toHaveProperty('metadata.authModes');
      }
    });
  });

  describe('NetworkPolicies', () => {
    const peers = (rendered: Rendered, name: string): unknown =>
      rendered.at('NetworkPolicy', name, 'spec.ingress.0.from');

    test('the API takes everybody, until you say whom', () => {
      expect(peers(minimal, NAME)).toBeUndefined();
      expect(peers(everything, 'ml')).toEqual([
        { namespaceSelector: { matchLabels: { team: 'ml' } } },
        { podSelector: { matchLabels: selectorOf('worker') } },
        { podSelector: { matchLabels: selectorOf('test') } },
      ]);
    });

    test('the Redis of the chart takes the service, its workers, and whom you say', () => {
      expect(peers(trial, `${NAME}-redis`)).toEqual([
        { podSelector: { matchLabels: selectorOf('service') } },
        { podSelector: { matchLabels: selectorOf('worker') } },
      ]);
      expect(peers(everything, 'ml-redis')).toHaveLength(3);
      expect(trial.at('NetworkPolicy', `${NAME}-redis`, 'spec.egress')).toEqual([]);
    });

    const ports = (rendered: Rendered, name = NAME): unknown[] =>
      (rendered.at('NetworkPolicy', name, 'spec.egress') as { ports: { port: number }[] }[]).map((rule) =>
        rule.ports.map(({ port }) => port),
      );

    test('the service reaches names, its Redis, its bucket, its collector, deliveries, and what you add', () => {
      expect(ports(minimal)).toEqual([[53, 53], [6379]]);
      expect(ports(bucket)).toEqual([[53, 53], [6379, 26379], [443], [443], [80]]);
      expect(ports(everything, 'ml')).toEqual([[53, 53], [6379], [9000], [4318], [443], [443]]);
      const deliveries = Rendered.with({
        'config.DELIVERY_ALLOWED_HOSTS': 'a.example:8443',
        'networkPolicy.deliveryPorts': [8443],
      });
      expect(ports(deliveries)[2]).toEqual([8443]);
    });

    test.each([
      ['redis://redis.data.svc', [6379]],
      ['rediss://:a%2Cb@cache.example.com:6380/0', [6380]],
      ['rediss://default:p@ss:7@db.example.com:25061?x=1', [25061]],
      ['redis://[fd00::1]:6390/0', [6390]],
      ['redis+sentinel://:secret@s1:26380,s2,s3:26380/mymaster/0', [6379, 26380, 26379]],
    ])('the Redis of %s is reached at %p', (url, wanted) => {
      expect(ports(Rendered.with({ 'redis.url': url }))[1]).toEqual(wanted);
      const own = Rendered.with({ 'redis.url': url, 'networkPolicy.redisPorts': [7000] });
      expect(ports(own)[1]).toEqual([7000]);
    });

    test.each([
      ['http://minio', 80],
      ['https://minio.example.com/', 443],
      ['https://minio.example.com:9443/', 9443],
    ])('the bucket and the collector at %s are reached at %i', (url, port) => {
      const keys = {
        'storage.s3.endpoint': url,
        'storage.s3.existingSecret': 'mine',
        'tracing.endpoint': url,
      };
      expect(ports(Rendered.with(keys, 's3-values.yaml')).slice(2)).toEqual([[port], [port]]);
    });

    test('there are none when they are not wanted', () => {
      expect(Rendered.with({ 'networkPolicy.enabled': false }).names('NetworkPolicy')).toEqual([]);
    });
  });
});
