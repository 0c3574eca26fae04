// Makes one file of the built service, one each of what only some services load, and beside the first the code that V8
// compiles of it during a start. The last part of `npm run build:service`; needs no Redis.
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { freePort } from './lib/network.mjs';
import { at } from './lib/paths.mjs';

const BUNDLE = at('dist/service.bundle.js');

/** Each with the packages of its own: what sends traces, and what speaks to object storage. */
const APART = [
  {
    importer: 'dist/tracing/tracing.js',
    path: './otlp.js',
    entry: './tracing/otlp',
    bundle: at('dist/otlp.bundle.js'),
  },
  {
    importer: 'dist/artifacts/bucket.js',
    path: './s3-objects.js',
    entry: './artifacts/s3-objects',
    bundle: at('dist/s3.bundle.js'),
  },
];

/** They run or serve files of their own folder, and are found in node_modules when they are first needed. */
const OUTSIDE = ['piscina', 'swagger-ui-dist'];

/** Parts of Nest and what it could work with: asked for where they are used, and not installed here. */
const NOT_INSTALLED = [
  '@fastify/static',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  '@mikro-orm/core',
  '@nestjs/axios',
  '@nestjs/microservices',
  '@nestjs/mongoose',
  '@nestjs/sequelize',
  '@nestjs/typeorm',
  '@nestjs/websockets',
  'class-transformer/storage',
];

/** Every file finds what lies beside it, although its code now runs from another folder. */
const ownFolders = {
  name: 'own folders',
  setup({ onLoad }) {
    onLoad({ filter: /\.c?js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!/\b__dirname\b/.test(source)) return undefined;
      const folder = JSON.stringify(relative(dirname(BUNDLE), dirname(path)));
      return {
        contents: source.replace(/\b__dirname\b/g, `require("node:path").join(__dirname, ${folder})`),
      };
    });
  },
};

/** What only some services need is read where it is needed, from beside the file that asks for it. */
const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\// }, ({ path, importer }) => {
      const part = APART.find((each) => importer === at(each.importer) && path === each.path);
      return part === undefined ? undefined : { path: `./${basename(part.bundle)}`, external: true };
    });
  },
};

/** @param {string} entry below dist */
async function bundle(entry, outfile) {
  const { outputFiles, metafile } = await build({
    // Not the file itself: its strict mode would become that of every package.
    stdin: { contents: `module.exports = require('${entry}');`, resolveDir: at('dist') },
    outfile,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    metafile: true,
    // Names every function where it is made, arrow functions within others too: a tenth of what a document costs.
    keepNames: outfile !== BUNDLE,
    // Becomes `require`, as late: in code that was compiled before, Node 20 does not find whom to ask for a module.
    supported: { 'dynamic-import': false },
    external: [...OUTSIDE, ...NOT_INSTALLED],
    plugins: [ownFolders, apart],
    // The build of the DTOs writes some members twice; the last one counts, as it does without a bundle.
    logOverride: { 'duplicate-object-key': 'silent' },
  });
  const [{ text }] = outputFiles;
  await writeFile(outfile, escaped(outfile === BUNDLE ? withNames(text, await sourcesOf(metafile)) : text));
}

/**
 * Nest injects, logs and documents by the names of classes. The bundler has one that speaks of itself do so by a name with
 * an underscore, and might rename another that would hide a third.
 */
function withNames(bundled, sources) {
  const underscored = namesIn(bundled, /\bvar (\w+) = class _\1\b/g);
  const names = underscored.filter((name) => !sources.some(({ text }) => text.includes(`_${name}`)));
  const text = bundled.replace(new RegExp(`\\b_(${names.join('|')})\\b`, 'g'), '$1');
  const kept = new Set(namesIn(text, /\bclass (?!extends\b)(\w+)|\b(\w+) = class (?:extends\b|\{)/g));
  for (const source of sources.filter(goesByNames)) {
    const declared = namesIn(source.text, /^(?:let (?:\w+ = )+)?class (\w+)/gm);
    const lost = declared.filter((name) => !kept.has(name));
    if (lost.length > 0) throw new Error(`${source.path}: in the bundle, ${lost.join()} has another name`);
  }
  return text;
}

/** Path and text of each file that is in the bundle. */
const sourcesOf = ({ inputs }) =>
  Promise.all(
    Object.keys(inputs)
      .filter((path) => path !== '<stdin>')
      .map(async (path) => ({ path, text: await readFile(path, 'utf8') })),
  );

const goesByNames = ({ path }) => path.startsWith('dist/') || path.includes('/@nestjs/');
const namesIn = (text, declaration) =>
  [...text.matchAll(declaration)].map(([, name, other]) => name ?? other);

/**
 * V8 keeps a text in twice the memory, and reads it slower, for one character beyond Latin-1. Those that are left stand in
 * regular expressions and comments, where an escape means the same.
 */
const escaped = (text) =>
  text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** V8 compiles functions when they are first called, so the service is started once; without Redis, as it can be. */
async function compile() {
  const resultsDir = mkdtempSync(join(tmpdir(), 'orchestrator-build-'));
  const port = await freePort();
  process.env = {
    REDIS_URL: 'redis://127.0.0.1:1',
    ORCHESTRATOR_RESULTS_DIR: resultsDir,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_FILE: '',
    LOG_LEVEL: 'ERROR',
  };
  const { openBundle } = createRequire(import.meta.url)(at('dist/bundle.js'));
  const { exports: service, keepCompiled } = openBundle(BUNDLE);
  await service.serve();
  await answerOf(`http://127.0.0.1:${port}/readyz`);
  keepCompiled();
  rmSync(resultsDir, { recursive: true });
}

const answerOf = (url) =>
  new Promise((resolve, reject) => {
    get(url, (response) => response.resume().once('end', resolve)).once('error', reject);
  });

await bundle('./service.js', BUNDLE);
for (const part of APART) await bundle(part.entry, part.bundle);
await compile();
process.exit(0);
