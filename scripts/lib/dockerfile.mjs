// Takes the steps of a Dockerfile without Docker: each stage becomes a folder that stands for its root. Knows the
// instructions that ours uses, and refuses any other. Bases are filled by whoever calls.
import { chownSync, cpSync, linkSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { run } from './processes.mjs';

const LARGE_BYTES = 16 * 1024 * 1024;

/** `[{name, base, steps: [{verb, text}]}]`, in their order. */
export function readStages(file) {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line));
  const steps = lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map(readStep);
  const stages = [];
  for (const step of steps) {
    if (step.verb === 'FROM') {
      const [base, , name] = step.text.split(/\s+/);
      stages.push({ name, base: base.replace(/\$\{\w+\}$/, ''), steps: [] });
    } else stages.at(-1)?.steps.push(step);
  }
  return stages;
}

const readStep = (line) => {
  const [, verb, text] = /^(\w+)\s+(.*)$/.exec(line);
  return { verb: verb.toUpperCase(), text };
};

/** What `.dockerignore` lets through, copied into `folder`. It is a list of what is allowed, with `**`/`*.x` taken out again. */
export function copyContext(from, folder) {
  const rules = readFileSync(join(from, '.dockerignore'), 'utf8').split('\n');
  const endings = rules.filter((rule) => rule.startsWith('**/*')).map((rule) => rule.slice(4));
  const filter = (path) => !endings.some((ending) => path.endsWith(ending));
  for (const rule of rules.filter((each) => each.startsWith('!'))) {
    cpSync(join(from, rule.slice(1)), join(folder, rule.slice(1)), { recursive: true, filter });
  }
}

/** Builds stages as they are asked for. `provide(image, root)` fills a root that no stage makes; `env` is that of RUN. */
export class ImageBuilder {
  #stages;
  #context;
  #folder;
  #provide;
  #env;
  #say;
  #built = new Map();

  constructor({ stages, context, folder, provide, env, say }) {
    this.#stages = stages;
    this.#context = context;
    this.#folder = folder;
    this.#provide = provide;
    this.#env = env;
    this.#say = say;
  }

  /** `{root, workdir, env, user, labels, command, healthcheck, volumes}` of a stage. */
  build(name) {
    if (!this.#built.has(name)) this.#built.set(name, this.#take(name));
    return this.#built.get(name);
  }

  async #take(name) {
    const stage = this.#stages.find((each) => each.name === name);
    if (!stage) throw new Error(`the Dockerfile has no stage ${name}`);
    const root = join(this.#folder, name);
    mkdirSync(root, { recursive: true });
    let image = { root, workdir: '/', env: {}, user: '0:0', labels: {}, command: [], volumes: [] };
    if (this.#stages.some((each) => each.name === stage.base)) {
      const base = await this.build(stage.base);
      copy(base.root, root);
      image = { ...structuredClone(base), root };
    } else await this.#provide(stage.base, root);
    for (const step of stage.steps) await this.#step(image, step);
    return image;
  }

  async #step(image, { verb, text }) {
    switch (verb) {
      case 'ARG': {
        const [key, value = ''] = text.split('=');
        image.args = { ...image.args, [key]: value };
        return;
      }
      case 'WORKDIR':
        image.workdir = posix.resolve(image.workdir, text);
        mkdirSync(join(image.root, image.workdir), { recursive: true });
        return;
      case 'ENV':
        Object.assign(image.env, readPairs(text, image.args));
        return;
      case 'LABEL':
        Object.assign(image.labels, readPairs(text, image.args));
        return;
      case 'USER':
        image.user = text;
        return;
      case 'VOLUME':
        image.volumes.push(text);
        return;
      case 'CMD':
        image.command = JSON.parse(text);
        return;
      case 'HEALTHCHECK':
        image.healthcheck = text === 'NONE' ? null : JSON.parse(/CMD (\[.*)$/.exec(text)[1]);
        return;
      case 'EXPOSE':
        return;
      case 'COPY':
        return this.#copy(image, text);
      case 'RUN':
        return this.#run(image, text);
      default:
        throw new Error(`${verb} is not known here`);
    }
  }

  async #copy(image, text) {
    const words = text.split(/\s+/);
    const flags = Object.fromEntries(
      words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=')),
    );
    const paths = words.filter((word) => !word.startsWith('--'));
    const target = paths.pop();
    const source = flags.from ? (await this.build(flags.from)).root : this.#context;
    const place = join(image.root, posix.resolve(image.workdir, target));
    for (const path of paths) {
      const from = join(source, path);
      const intoFolder = target.endsWith('/') && !statSync(from).isDirectory();
      const to = intoFolder ? join(place, basename(path)) : place;
      copy(from, to);
      if (flags.chown && process.getuid() === 0) own(to, flags.chown.split(':').map(Number));
    }
  }

  async #run(image, command) {
    const fromMs = Date.now();
    const { code, output } = await run('sh', ['-ec', command], {
      cwd: join(image.root, image.workdir),
      env: { ...this.#env, ...image.env },
    });
    if (code !== 0) throw new Error(`RUN ${command} ended with ${code}:\n${output.trim()}`);
    this.#say(`RUN ${command} (${Math.round((Date.now() - fromMs) / 1000)} s)`);
  }
}

/** A large file, such as Node itself, is one file in all stages: nothing changes it. */
function copy(from, to) {
  const filter = (source, target) => {
    const stat = lstatSync(source);
    if (!stat.isFile() || stat.size < LARGE_BYTES) return true;
    rmSync(target, { force: true });
    mkdirSync(dirname(target), { recursive: true });
    linkSync(source, target);
    return false;
  };
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, force: true, filter });
}

function own(path, [user, group]) {
  chownSync(path, user, group);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) own(join(path, name), [user, group]);
}

/** `a=1 b="two words"`; `${NAME}` is the default of that ARG. */
function readPairs(text, args = {}) {
  const pairs = [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)];
  const filled = (value) => value.replaceAll(/\$\{(\w+)\}/g, (_match, name) => args[name] ?? '');
  return Object.fromEntries(pairs.map(([, key, quoted, bare]) => [key, filled(quoted ?? bare)]));
}

/** Removes everything that was built. */
export const removeImages = (folder) => rmSync(folder, { recursive: true, force: true });
