/** The pod security standard `restricted`, as far as it speaks of what the chart makes. */
import type { PodSpec } from './chart';

/** What of a pod the level does not allow. */
export function notRestricted({ securityContext, containers, volumes = [], ...rest }: PodSpec): string[] {
  const allowed = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'secret', 'projected', 'ephemeral'];
  const rules: [string, boolean][] = [
    ['runs as root', securityContext.runAsNonRoot !== true || securityContext.runAsUser === 0],
    [
      'has no seccomp profile',
      (securityContext.seccompProfile as { type?: string } | undefined)?.type !== 'RuntimeDefault',
    ],
    ['shares what is the host`s', ['hostNetwork', 'hostPID', 'hostIPC'].some((name) => name in rest)],
    [
      'mounts what it may not',
      volumes.some((volume) => Object.keys(volume).some((key) => key !== 'name' && !allowed.includes(key))),
    ],
    ...containers.flatMap(({ name, securityContext: own }): [string, boolean][] => [
      [`${name} may gain rights`, own.allowPrivilegeEscalation !== false || own.privileged === true],
      [`${name} has capabilities`, JSON.stringify(own.capabilities) !== '{"drop":["ALL"]}'],
      [`${name} may write to its root`, own.readOnlyRootFilesystem !== true],
    ]),
  ];
  return rules.filter(([, broken]) => broken).map(([what]) => what);
}
