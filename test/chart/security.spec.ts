/** The pods of the chart before the code by which Kubernetes admits pods to a namespace of the level `restricted`. */
import { type PodSpec, Rendered, VALUE_FILES } from './lib/chart';
import { describeWith, runTool } from './lib/tools';

/** What the level does not allow of them. */
function refused(pods: readonly (readonly [name: string, spec: unknown])[]): string[] {
  const input = JSON.stringify(pods.map(([name, spec]) => ({ metadata: { name }, spec })));
  const { code, output } = runTool('pod-security', [], input);
  expect([code, output]).toEqual([0, expect.any(String)]);
  return output.split('\n').filter((line) => line !== '');
}

describeWith(['helm', 'pod-security'], 'the pods of the chart', () => {
  test.each(VALUE_FILES)('of %s are admitted to the level `restricted`', (file) => {
    const pods = Rendered.with({}, file).pods();
    expect(pods.length).toBeGreaterThan(1);
    expect(refused(pods)).toEqual([]);
  });

  const changed = (change: (spec: PodSpec) => void): [string, PodSpec][] => {
    const [[name, spec] = []] = Rendered.with().pods();
    change(spec!);
    return [[name!, spec!]];
  };
  test.each<[string, (spec: PodSpec) => void, RegExp]>([
    ['that runs as root', (spec) => (spec.securityContext.runAsUser = 0), /runAsUser=0/],
    [
      'that keeps capabilities',
      ({ containers: [first] }) => delete first!.securityContext.capabilities,
      /capabil/,
    ],
    ['without a seccomp profile', (spec) => delete spec.securityContext.seccompProfile, /seccompProfile/],
    [
      'with a directory of its node',
      (spec) => spec.volumes?.push({ name: 'node', hostPath: { path: '/' } }),
      /hostPath/,
    ],
  ])('a pod %s would not be', (_what, change, why) => {
    expect(refused(changed(change))).toContainEqual(expect.stringMatching(why));
  });
});
