/**
 * Random histories of everything that may happen to tasks, workers and leaders, told to the real scripts on a real Redis
 * and to a model of the state machine, which have to agree after every step.
 * MODEL_RUNS and MODEL_SEED tell more of them, or others.
 */
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Metrics } from '../../src/metrics/metrics';
import { startRedis, type TestRedis } from '../helpers/redis';
import { open, tell } from './play';
import { Stage } from './stage';
import { histories } from './steps';
import { SOCKET, World } from './world';

const RUNS = Number(process.env.MODEL_RUNS ?? 3_000);
const SEED = Number(process.env.MODEL_SEED ?? 20_260_131);
/** However slow the machine is: what is not told by then is left out, and the count says so. */
const TELL_FOR_MS = process.env.MODEL_RUNS === undefined ? 60_000 : Infinity;
const TIMEOUT_MS = 30 * 60_000;

let redis: TestRedis;
let world: World;

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await startRedis({ unixsocket: SOCKET });
  world = await World.on(redis);
});
afterAll(() => {
  world.close();
  return redis.stop();
});

describe('the state machine in Redis', () => {
  it(
    'is what the model says after every step of any history',
    async () => {
      const metrics = new Metrics();
      const from = performance.now();
      let told = 0;
      let calls = 0;
      let hasFailed = false;
      const property = fc.asyncProperty(histories, async (history) => {
        if (!hasFailed && performance.now() - from > TELL_FOR_MS) return;
        told += 1;
        const stage = new Stage(world, metrics);
        try {
          await world.begin(() => open(stage));
          await tell(stage, history);
        } catch (error) {
          hasFailed = true;
          throw error;
        } finally {
          calls += world.calls.length;
        }
      });
      const outcome = await fc.check(property, { seed: SEED, numRuns: RUNS });
      process.stdout.write(
        `${String(told)} of ${String(RUNS)} histories, ${String(calls)} script calls (seed ${String(SEED)})\n`,
      );
      if (!outcome.failed) return;
      const { counterexamplePath, errorInstance } = outcome;
      const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
      throw new Error(`seed ${String(SEED)}, path ${String(counterexamplePath)}:\n${why}`);
    },
    TIMEOUT_MS,
  );
});
