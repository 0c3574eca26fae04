/** Where the chart keeps results and files, and what a pod asks its node for on that account. */
import { Rendered } from './lib/chart';
import { describeWith } from './lib/tools';

const NAME = 'rel-orchestrator';
const CONTAINER = 'spec.template.spec.containers.0';

describeWith(['helm'], 'the storage of the chart', () => {
  const minimal = Rendered.with();
  const trial = Rendered.with({}, 'trial-values.yaml');
  const bucket = Rendered.with({}, 's3-values.yaml');
  const everything = Rendered.with({}, 'everything-values.yaml');

  const volume = (rendered: Rendered, name: string): unknown =>
    rendered.at('Deployment', name, 'spec.template.spec.volumes.0');

  test('a volume is shared, and outlives the release', () => {
    expect(volume(minimal, NAME)).toEqual({ name: 'data', persistentVolumeClaim: { claimName: NAME } });
    expect(minimal.get('PersistentVolumeClaim', NAME)).toMatchObject({
      metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } },
      spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '100Gi' } } },
    });
  });

  test('a claim of your own is used as it is', () => {
    const own = Rendered.with({ 'storage.volume.existingClaim': 'shared' });
    expect(volume(own, NAME)).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'shared' } });
    expect(own.names('PersistentVolumeClaim')).toEqual([]);
  });

  test('a bucket needs no shared volume: bodies pass through one of the pod', () => {
    expect(bucket.names('PersistentVolumeClaim')).toEqual([]);
    expect(volume(bucket, NAME)).toEqual({ name: 'data', emptyDir: { sizeLimit: '50Gi' } });
    expect(bucket.at('ConfigMap', NAME, 'data')).toMatchObject({
      ARTIFACT_STORE: 's3://results/production',
      AWS_REGION: 'eu-central-1',
    });
  });

  test('what waits in a volume of the pod`s own is bounded so that it fits, and elsewhere as the claim is', () => {
    const GIB = 1024 ** 3;
    const bound = (rendered: Rendered, name: string, setting: string): number =>
      Number(rendered.at('ConfigMap', name, `data.${setting}`));
    const both = ['SPOOL_MAX_BYTES', 'OPEN_UPLOADS_MAX_BYTES'].map((each) => bound(bucket, NAME, each));
    expect(both).toEqual([20 * GIB, 20 * GIB]);
    expect(bound(everything, 'ml', 'OPEN_UPLOADS_MAX_BYTES')).toBeNaN();
    const own = Rendered.with({ 'config.OPEN_UPLOADS_MAX_BYTES': 7 }, 's3-values.yaml');
    expect(bound(own, NAME, 'OPEN_UPLOADS_MAX_BYTES')).toBe(7);
  });

  test('a volume of the pod`s own counts for its node, and a claim that replicas share does not', () => {
    const resources = (rendered: Rendered, name: string): unknown =>
      rendered.at('Deployment', name, `${CONTAINER}.resources`);
    expect(resources(bucket, NAME)).toEqual({
      requests: { cpu: '250m', memory: '512Mi', 'ephemeral-storage': '50Gi' },
      limits: { memory: '1Gi', 'ephemeral-storage': '52Gi' },
    });
    const more = { 'resources.requests': { 'ephemeral-storage': '80Gi' } };
    expect(resources(Rendered.with(more, 's3-values.yaml'), NAME)).toMatchObject({
      requests: { 'ephemeral-storage': '80Gi' },
    });
    expect(volume(everything, 'ml')).toEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'spool' },
    });
    for (const [rendered, name] of [
      [everything, 'ml'],
      [minimal, NAME],
    ] as const) {
      expect(JSON.stringify(resources(rendered, name))).not.toContain('ephemeral-storage');
    }
  });

  test('its credentials are those of the service account, or a Secret', () => {
    expect(bucket.at('ServiceAccount', NAME, 'metadata.annotations')).toHaveProperty([
      'eks.amazonaws.com/role-arn',
    ]);
    expect(JSON.stringify(bucket.get('Deployment', NAME))).not.toContain('AWS_SECRET_ACCESS_KEY');
    expect(everything.at('Secret', 'ml-s3', 'stringData')).toEqual({
      AWS_ACCESS_KEY_ID: 'key-id',
      AWS_SECRET_ACCESS_KEY: 'key',
    });
    const named = Rendered.with({ 'storage.s3.existingSecret': 'mine' }, 's3-values.yaml');
    expect(JSON.stringify(named.get('Deployment', NAME))).toContain(
      '{"name":"mine","key":"AWS_ACCESS_KEY_ID"}',
    );
  });

  test.each([
    [{}, 'false'],
    [{ 'storage.s3.endpoint': 'http://minio:9000' }, 'true'],
    [{ 'storage.s3.endpoint': 'http://minio:9000', 'storage.s3.forcePathStyle': false }, 'false'],
    [{ 'storage.s3.forcePathStyle': true }, 'true'],
  ])('with %p the bucket in the path is %s', (sets, wanted) => {
    const rendered = Rendered.with(sets, 's3-values.yaml');
    expect(rendered.at('ConfigMap', NAME, 'data.S3_FORCE_PATH_STYLE')).toBe(wanted);
  });

  test('for a trial nothing lasts', () => {
    expect(trial.names('PersistentVolumeClaim')).toEqual([]);
    expect(trial.at('Deployment', NAME, 'spec.replicas')).toBe(1);
  });
});
