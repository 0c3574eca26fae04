/**
 * The least that a service does with files: what is put comes to disk with a SHA-256 on the way and is renamed to its own
 * name, what is got is left to `send`. Setting: the `directory`.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import express from 'express';
import send from 'send';
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

serve({ url: await listen(app) });
