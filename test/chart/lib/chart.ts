/** The chart as helm renders it: whole files of values, and single values on top of the least there can be. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../../helpers/programs';
import { runTool } from './tools';

export const CHART = join(ROOT, 'helm');
export const VALUE_FILES = readdirSync(join(CHART, 'ci'));
const RELEASE = ['rel', CHART, '--namespace', 'ml', '--kube-version', '1.37.0'];

/** What chooses the pods, or the Service, of a part of the release. */
export const selectorOf = (component: string): Record<string, string> => ({
  'app.kubernetes.io/name': 'orchestrator',
  'app.kubernetes.io/instance': 'rel',
  'app.kubernetes.io/component': component,
});

/** An object of Kubernetes, looked into by path. */
export interface KubernetesObject {
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** Renders the chart. @throws what helm says when it refuses. */
export function renderText(valueFile: string, sets: Readonly<Record<string, unknown>> = {}): string {
  const { code, stdout, output } = runTool('helm', [
    'template',
    ...RELEASE,
    '--values',
    join(CHART, 'ci', valueFile),
    ...Object.entries(sets).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`]),
  ]);
  if (code !== 0) throw new Error(output);
  return stdout;
}

export class Rendered {
  private constructor(readonly objects: readonly KubernetesObject[]) {}

  static with(sets: Readonly<Record<string, unknown>> = {}, valueFile = 'minimal-values.yaml'): Rendered {
    const documents = parseAllDocuments(renderText(valueFile, sets));
    return new Rendered(
      documents.map((document) => document.toJS() as KubernetesObject | null).filter((each) => each !== null),
    );
  }

  names(kind: string): string[] {
    return this.objects.filter((each) => each.kind === kind).map(({ metadata }) => metadata.name);
  }

  get(kind: string, name: string): KubernetesObject {
    const found = this.objects.find((each) => each.kind === kind && each.metadata.name === name);
    if (!found) throw new Error(`there is no ${kind} ${name}: ${this.names(kind).join(', ')}`);
    return found;
  }

  /** What stands at a path such as `spec.template.spec.containers.0.env`. */
  at(kind: string, name: string, path: string): unknown {
    return path
      .split('.')
      .reduce<unknown>(
        (value, key) => (value as Record<string, unknown> | undefined)?.[key],
        this.get(kind, name),
      );
  }

  /** The pods of all workloads, by the name of what makes them. */
  pods(): [name: string, spec: PodSpec][] {
    return this.objects.flatMap((each): [string, PodSpec][] => {
      if (each.kind === 'Pod') return [[each.metadata.name, each.spec as PodSpec]];
      const template = (each.spec as { template?: { spec: PodSpec } } | undefined)?.template;
      return template === undefined ? [] : [[`${each.kind} ${each.metadata.name}`, template.spec]];
    });
  }
}

export interface PodSpec {
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  securityContext: Record<string, unknown>;
  volumes?: Record<string, unknown>[];
  containers: {
    name: string;
    image: string;
    securityContext: Record<string, unknown>;
    resources: { requests?: unknown; limits?: unknown };
    env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
  }[];
}
