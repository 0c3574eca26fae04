/**
 * The least that a service does with files: what is put comes to disk with a SHA-256 on the way and is renamed to its own
 * name, what is got is left to `send`, and a bundle is its file in a tar, gzipped on the way. Setting: the `directory`.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import express from 'express';
import send from 'send';
import { pack } from 'tar-stream';
import { listen, serve, settings } from '../lib/steering.mjs';

const { directory } = settings;

const app = express();
app.put('/:name', async (request, response) => {
  const path = join(directory, request.params.name);
  const hash = createHash('sha256');
  request.on('data', (chunk) => hash.update(chunk));
  // `flush`: it is on disk before the stream closes, as an uploaded file of ours is before it is answered.
  await pipeline(request, createWriteStream(`${path}.part`, { flush: true }));
  await rename(`${path}.part`, path);
  response.status(201).json({ sha256: hash.digest('hex') });
});
app.get('/:name', (request, response) => {
  send(request, `/${request.params.name}`, { root: directory }).pipe(response);
});
app.get('/:name/bundle', async (request, response) => {
  const { name } = request.params;
  const path = join(directory, name);
  const { size } = await stat(path);
  const archive = pack();
  const entry = archive.entry({ name: `bundle/${name}`, size }, () => archive.finalize());
  // As fast as gzip can, like ours.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  await Promise.all([pipeline(createReadStream(path), entry), pipeline(archive, gzip, response)]);
});

serve({ url: await listen(app) });
