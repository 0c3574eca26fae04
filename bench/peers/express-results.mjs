/**
 * The least that a service does with a posted result: the JSON is parsed, written to a file, brought to disk and renamed
 * to its own name. Setting: the `directory`.
 */
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import express from 'express';
import { listen, serve, settings } from '../lib/steering.mjs';

const { directory } = settings;

const app = express();
app.use(express.json());
app.post('/', async (request, response) => {
  const path = join(directory, `${request.body.task_id}.json`);
  const file = await open(`${path}.part`, 'w');
  try {
    await file.writeFile(JSON.stringify(request.body));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  response.status(201).json({ ok: true, path });
});

serve({ url: await listen(app) });
