/** The chart with whole files of values: helm's own lint, Kubernetes' schemas, and everything as it was. */
import { join } from 'node:path';
import { CHART, Rendered, renderText, VALUE_FILES } from './lib/chart';
import { describeWith, runTool, SCHEMAS } from './lib/tools';

jest.setTimeout(60_000);
const minimal = 'minimal-values.yaml';

describeWith(['helm'], 'the rendered chart', () => {
  test.each(VALUE_FILES)('helm finds nothing to say about %s', (file) => {
    const { code, output } = runTool('helm', [
      'lint',
      '--strict',
      CHART,
      '--values',
      join(CHART, 'ci', file),
    ]);
    expect(output).not.toMatch(/WARNING|ERROR/);
    expect(code).toBe(0);
  });

  test.each(VALUE_FILES)('%s renders what it rendered before', (file) => {
    // A dashboard is read as a picture, not as a difference.
    const text = renderText(file).replace(/(\.json: \|-\n)(?: {4}.*\n)+/, '$1    (the dashboard)\n');
    expect(text).toMatchSnapshot();
  });

  test('names are as long as Kubernetes takes them, however long that of the release', () => {
    const long = 'a-name-that-somebody-chose-long-ago-for-reasons-that-nobody-remembers';
    const rendered = Rendered.with({ fullnameOverride: long }, 'trial-values.yaml');
    // A pod of a StatefulSet has a label of its name and eleven characters more, of 63 in all.
    const bound = (kind: string): number => (kind === 'StatefulSet' ? 52 : 63);
    const beyond = rendered.objects.filter(({ kind, metadata }) => metadata.name.length > bound(kind));
    expect(rendered.names('StatefulSet')).toHaveLength(1);
    expect(beyond.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([]);
  });

  test.each([
    ['a Redis', { 'redis.url': '' }, 'set redis.url, redis.enabled, or existingSecret'],
    ['one Redis and not two', { 'redis.enabled': true }, 'set one of the two'],
    ['a bucket', { 'storage.kind': 's3' }, 'set storage.s3.url'],
    ['one replica for what cannot be shared', { 'storage.kind': 'ephemeral' }, 'set replicaCount to 1'],
    [
      'a volume that can be shared',
      { 'storage.volume.accessModes': ['ReadWriteOnce'] },
      'set storage.volume.accessModes to [ReadWriteMany]',
    ],
    [
      'the claim where it belongs',
      { 'storage.spool.existingClaim': 'mine' },
      'with volume it is storage.volume.existingClaim',
    ],
    ['a host', { 'ingress.enabled': true }, 'set ingress.host'],
    ['a Prometheus', { 'keda.enabled': true }, 'set keda.prometheusUrl'],
    [
      'somebody to scale',
      {
        'keda.enabled': true,
        'keda.prometheusUrl': 'http://prometheus:9090',
        'keda.pools': [{ name: 'a', maxReplicas: 1 }],
      },
      'the pool a of keda names no target',
    ],
    [
      'a range of replicas',
      { 'autoscaling.enabled': true, 'autoscaling.minReplicas': 9 },
      'autoscaling.minReplicas is more than autoscaling.maxReplicas',
    ],
    [
      'a range of workers',
      { 'keda.pools': [{ name: 'a', target: 'b', minReplicas: 2, maxReplicas: 1 }] },
      'the pool a of keda has more minReplicas than maxReplicas',
    ],
    ['settings where they belong', { 'config.REDIS_URL': 'redis://x' }, 'use redis.url'],
  ])('it asks for %s, and says how', (_what, sets, says) => {
    expect(() => renderText(minimal, sets)).toThrow(says);
  });

  test.each([
    ['a name that no value has', { replicas: 3 }],
    ['a text for a number', { replicaCount: 'two' }],
    ['a Redis that is no Redis', { 'redis.url': 'http://redis:6379' }],
    ['a store that is not known', { 'storage.kind': 'nfs' }],
    ['a short secret', { 'auth.urlSigningSecret': 'short' }],
    ['a digest without its kind', { 'image.digest': 'abc' }],
    ['a setting that no variable can be', { 'config.log-level': 'INFO' }],
    ['a pool without a bound', { 'keda.pools': [{ name: 'a', target: 'b' }] }],
    ['a stop without a moment for load balancers', { 'shutdown.preStopSec': 0 }],
    ['a setting that there is not', { 'config.LOG_LEVLE': 'DEBUG' }],
  ])('its schema refuses %s', (_what, sets) => {
    expect(() => renderText(minimal, sets)).toThrow(/values don't meet the specifications of the schema/);
  });
});

describeWith(['helm', 'kubeconform'], 'the objects of the chart', () => {
  const all = (): string => VALUE_FILES.map((file) => renderText(file)).join('\n---\n');

  // The oldest version that the chart is for, and the newest there are schemas of.
  test.each(['v1.30.0', 'v1.37.0'])('are what Kubernetes %s and the operators know', (version) => {
    const { code, output } = conforms(all(), version);
    expect(output).toMatch(/Valid: \d\d, Invalid: 0, Errors: 0, Skipped: 0/);
    expect(code).toBe(0);
  });

  test('a field that is misspelled would be seen, in objects of Kubernetes and in custom ones', () => {
    const text = renderText('everything-values.yaml')
      .replace('readOnlyRootFilesystem', 'readOnlyRootFileSystem')
      .replace('minReplicaCount', 'minReplicas');
    expect(conforms(text, 'v1.37.0').output).toMatch(/Invalid: 2,/);
  });
});

function conforms(text: string, version: string): { code: number | null; output: string } {
  const locations = [version, 'custom'].flatMap((folder) => [
    '-schema-location',
    join(SCHEMAS, folder, '{{.ResourceKind}}{{.KindSuffix}}.json'),
  ]);
  return runTool('kubeconform', ['-strict', '-summary', ...locations], text);
}
