/**
 * The least that a service does to show a page of records: as many hashes as the page has, read in one pipeline, as JSON.
 * The records are `record:0` and so on; `/?from=` says with which a page begins. Setting: the `redisUrl`.
 */
import express from 'express';
import { Redis } from 'ioredis';
import { listen, serve, settings } from '../lib/steering.mjs';

const { redisUrl } = settings;
const PAGE = 100;

const redis = new Redis(redisUrl);
const app = express();
app.get('/', async (request, response) => {
  const from = Number(request.query.from);
  const pipeline = redis.pipeline();
  for (let index = from; index < from + PAGE; index += 1) pipeline.hgetall(`record:${index}`);
  const answers = await pipeline.exec();
  response.json(
    answers.map(([error, record]) => {
      if (error !== null) throw error;
      return record;
    }),
  );
});

await redis.ping();
serve({ url: await listen(app) });
