/** The least that takes documents: an Express handler that parses the YAML and writes one hash. `{redisUrl}` */
import { randomUUID } from 'node:crypto';
import express from 'express';
import { Redis } from 'ioredis';
import { parse } from 'yaml';
import { listen, serve, settings } from '../lib/steering.mjs';

const redis = new Redis(settings.redisUrl);
const app = express();

app.post('/tasks', express.text({ type: () => true, limit: '1mb' }), async (request, response) => {
  const document = parse(request.body);
  const id = randomUUID();
  await redis.hset(`task:${id}`, {
    name: document.metadata.name,
    status: 'PENDING',
    submitted_at: new Date().toISOString(),
    document: JSON.stringify(document),
  });
  response.status(201).json({ ok: true, count: 1, tasks: [{ task_id: id, status: 'PENDING' }] });
});

serve({ url: await listen(app) });
