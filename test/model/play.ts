/** Tells a history: takes its steps one after the other. A step for which there is nobody is passed over. */
import { KEY } from '../../src/redis/keys';
import { LONG_AGO } from './observed';
import { workerOf, type ModelWorker } from './model';
import { aggregate, deliver, direct, dispatch, hear, result, settle, split, submit } from './play-tasks';
import { retention } from './play-retention';
import { pick, type Stage } from './stage';
import type { Step, Steps } from './steps';

const LEASE_MS = '86400000';
const KEEP_SEC = '86400';
const TTL_US = '86400000000';

const takers: { [K in keyof Steps]: (stage: Stage, step: Steps[K]) => Promise<unknown> } = {
  submit,
  dispatch,
  split,
  hear,
  hear_two_at_once: async (stage, { first, second }) => {
    stage.tell('at once:');
    const heard = await Promise.allSettled([hear(stage, first), hear(stage, second)]);
    for (const one of heard) if (one.status === 'rejected') throw one.reason;
  },
  result,
  aggregate,
  deliver,
  settle,
  retention,
  direct,
  worker: (stage, step) => playWorker(stage, step.does, pick(stage.workers, step.worker)!),
  pass,
  resend: async (stage, { script, back }) => {
    const latest = stage.world.calls.filter(({ name }) => name === script).toReversed();
    const call = pick(latest, back);
    if (!call) return;
    stage.tell('sent again, since its answer was lost:');
    await stage.world.again(call);
  },
  leadership,
  snapshot: async (stage) => {
    stage.tell('a snapshot is taken');
    await stage.world.takeSnapshot();
  },
  fail_over: async (stage) => {
    stage.tell('FAILOVER: everything is as it was at the snapshot, if there is one');
    await stage.world.failOver();
  },
};

/** How every history begins: one replica leads, and all workers but the last are there. */
export async function open(stage: Stage): Promise<void> {
  await leadership(stage, { does: 'stands', replica: 0 });
  for (const worker of stage.workers.slice(0, -1)) await playWorker(stage, 'starts', worker);
}

export async function tell(stage: Stage, history: readonly Step[]): Promise<void> {
  for (const step of history) {
    const take = takers[step.kind] as (stage: Stage, step: Step) => Promise<unknown>;
    await take(stage, step);
  }
}

async function leadership(stage: Stage, { does, replica: nth }: Steps['leadership']): Promise<void> {
  const { world } = stage;
  const replica = pick(stage.replicas, nth)!;
  stage.tell(`${replica.name} ${does}`);
  switch (does) {
    case 'stands': {
      const [standing] = await world.run('lead', {
        epoch: replica.epoch,
        replica: replica.name,
        lease_ms: LEASE_MS,
      });
      // It hears that its term is over, and stands with a new epoch the next time.
      if (standing === 'following') replica.epoch = stage.world.name('epoch');
      else await rebuild(stage);
      return;
    }
    case 'resigns':
      await world.run('resign', { epoch: replica.epoch });
      return;
    case 'loses its lease':
      if (world.model.leader?.epoch !== replica.epoch) return;
      world.model.leader = null;
      await world.outside(world.client.del(KEY.leader));
  }
}

/** What a scheduler starts from. */
async function rebuild(stage: Stage): Promise<void> {
  const ready: string[] = [];
  for await (const chunk of stage.store.ready(await stage.store.readyIds()))
    ready.push(...chunk.map(({ id }) => id));
  stage.world.mustAgree(stage.tasksThat(stage.isReady).toSorted(), ready.toSorted(), 'read as ready');
}

async function pass(stage: Stage, { what, of }: Steps['pass']): Promise<void> {
  const { model, client } = stage.world;
  if (what === 'backoff') {
    const id = pick(
      stage.tasksThat((task) => task.status === 'WAITING'),
      of,
    );
    if (id === undefined) return;
    stage.tell(`the backoff of ${id} is over`);
    model.tasks.get(id)!.retryAt = 'old';
    await stage.world.outside(
      client.hset(KEY.task + id, 'next_retry_at', LONG_AGO),
      client.zadd(KEY.retries, LONG_AGO, id),
    );
    return;
  }
  const field = what === 'rest' ? 'rest_until' : 'ended_at';
  const id = pick(
    stage.workers.filter((worker) => model.workers.get(worker)?.lease[field] !== undefined),
    of,
  );
  if (id === undefined) return;
  stage.tell(`the ${what} of ${id} is over`);
  await rewind(stage, id, [field]);
}

/** What was noted of a worker lies long back. */
async function rewind(
  stage: Stage,
  id: string,
  fields: readonly string[],
  ...meanwhile: readonly Promise<unknown>[]
): Promise<void> {
  const { lease } = workerOf(stage.world.model, id);
  const noted = fields.filter((field) => lease[field] !== undefined);
  for (const field of noted) lease[field] = 'old';
  const { client } = stage.world;
  await stage.world.outside(
    ...meanwhile,
    ...noted.map((field) => client.hset(KEY.lease + id, field, LONG_AGO)),
  );
}

async function playWorker(stage: Stage, does: Steps['worker']['does'], id: string): Promise<void> {
  const { world } = stage;
  const { client } = world;
  const worker = workerOf(world.model, id);
  const key = KEY.worker + id;
  const write = (fields: Record<string, string>): Promise<unknown> => {
    Object.assign(worker.hash, fields);
    return client.hset(key, fields);
  };
  const beat = (): Promise<unknown> => {
    worker.heartbeat = stage.world.name('beat');
    return client.set(key + KEY.heartbeatSuffix, worker.heartbeat);
  };
  const register = (announced: string): Promise<unknown> => {
    const { started_at = '', pid = '' } = worker.hash;
    return world.run('register-worker', { worker_id: id, started_at, pid, announced });
  };
  stage.tell(`${id} ${does}`);
  switch (does) {
    case 'starts':
      worker.listed = true;
      await world.outside(
        client.sadd(KEY.workerIds, id),
        write({ status: 'IDLE', started_at: stage.world.name('start'), pid: '1' }),
        beat(),
      );
      await register('1');
      return;
    case 'is seen again':
      if (worker.listed) await register('0');
      return;
    case 'stops':
      Object.assign(worker, { listed: false, hash: {}, heartbeat: null } satisfies Partial<ModelWorker>);
      await world.outside(client.srem(KEY.workerIds, id), client.del(key, key + KEY.heartbeatSuffix));
      return;
    case 'falls silent':
      worker.heartbeat = null;
      await rewind(stage, id, ['heard_at', 'registered_at'], client.del(key + KEY.heartbeatSuffix));
      return;
    case 'beats':
      // A worker whose hash was deleted writes this field alone.
      await world.outside(beat(), write({ last_seen: 'now' }));
      return;
    case 'says IDLE':
    case 'says RUNNING': {
      if (worker.hash.status === undefined) return;
      const task = worker.lease.task_id ?? worker.lease.ended_task ?? 'another';
      const said = does === 'says IDLE' ? { extra_last_task: task } : { extra_task_id: task };
      await world.outside(write({ status: does.slice('says '.length), ...said }));
      return;
    }
    case 'is observed':
    case 'is observed and excused': {
      const excused = does === 'is observed' ? '0' : '1';
      await world.run('observe-worker', { worker_id: id, heartbeat_ttl_us: TTL_US, excused });
      return;
    }
    case 'is removed':
      await world.run('remove-worker', { worker_id: id, heartbeat_ttl_us: TTL_US, keep_sec: KEEP_SEC });
      return;
    case 'is remembered': {
      const hash = ['status', 'IDLE', 'started_at', 'as remembered', 'pid', '1'];
      await world.run('remember-worker', {
        worker_id: id,
        hash_json: JSON.stringify(hash),
        keep_sec: KEEP_SEC,
      });
      return;
    }
    case 'is restored':
      await world.run('restore-worker', { worker_id: id });
  }
}
