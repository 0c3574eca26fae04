// Makes one file of the built service, and beside it the code that V8 compiles of it during a start. The last part of
// `npm run build` for the service; needs no Redis.
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { freePort } from './lib/network.mjs';
import { at } from './lib/paths.mjs';

const BUNDLE = at('dist/service.bundle.js');

/**
 * They run or serve files of their own folder, or most services never need them: found in node_modules when they are first
 * needed.
 */
const OUTSIDE = [
  'piscina',
  'swagger-ui-dist',
  '@opentelemetry/core',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
];

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

async function bundle() {
  const { outputFiles } = await build({
    // Not the file itself: its strict mode would become that of every package.
    stdin: { contents: `module.exports = require('./service.js');`, resolveDir: at('dist') },
    outfile: BUNDLE,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    // Nest injects, logs and documents by the names of classes, some of which the bundler changes.
    keepNames: true,
    // Becomes `require`, as late: in code that was compiled before, Node 20 does not find whom to ask for a module.
    supported: { 'dynamic-import': false },
    external: [...OUTSIDE, ...NOT_INSTALLED],
    plugins: [ownFolders],
    // The build of the DTOs writes some members twice; the last one counts, as it does without a bundle.
    logOverride: { 'duplicate-object-key': 'silent' },
  });
  await writeFile(BUNDLE, escaped(outputFiles[0].text));
}

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

await bundle();
await compile();
process.exit(0);
