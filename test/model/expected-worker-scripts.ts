/** What each script on workers and on leadership is expected to answer, and what it makes of the model. */
import type { ScriptName } from '../../src/redis/script-contracts';
import { ANY, deposed, type Expect } from './expected-task-scripts';
import { workerOf, type Fields } from './model';

export const expectedWorkerScripts = {
  'register-worker': (model, args) => {
    const { lease } = workerOf(model, args.worker_id);
    const held = lease.task_id === undefined ? null : ([lease.task_id, lease.attempt_id!] as const);
    if (lease.started_at === args.started_at && lease.pid === args.pid) {
      return held !== null && lease.orphaned === held[1] ? ['replaced', ...held] : ['known'];
    }
    const { started_at, pid } = args;
    const isAnother =
      lease.started_at !== undefined &&
      (lease.started_at !== started_at || (lease.pid !== undefined && lease.pid !== pid));
    Object.assign(lease, { started_at, pid, proven: '0', rests: '0', stale: '0' });
    if (args.announced === '1') Object.assign(lease, { registered_at: 'recent', heard_at: 'recent' });
    for (const field of ['rest_until', 'muted_heartbeat', 'ended_task', 'ended_at', 'ended_heard']) {
      Reflect.deleteProperty(lease, field);
    }
    if (held === null || !isAnother) return ['registered'];
    lease.orphaned = held[1];
    return ['replaced', ...held];
  },

  'observe-worker': (model, args) => {
    const { lease, heartbeat } = workerOf(model, args.worker_id);
    const isNew = heartbeat !== null && heartbeat !== lease.heartbeat;
    if (isNew) lease.heartbeat = heartbeat;
    if (isNew || !('heard_at' in lease)) lease.heard_at = 'recent';
    const isSilent = heartbeat === null && lease.registered_at !== 'recent';
    if (lease.heard_at === 'old' || isSilent) {
      if (lease.stale === '1') return ['stale', ANY, '0'];
      if (args.excused === '1') return ['alive'];
      lease.stale = '1';
      return ['stale', ANY, '1'];
    }
    if (lease.stale !== '1') return ['alive'];
    lease.stale = '0';
    return ['returned'];
  },

  'remove-worker': (model, args) => {
    const worker = workerOf(model, args.worker_id);
    if (!worker.listed) return Object.keys(worker.kept).length > 0 ? ['removed'] : ['unknown'];
    const { lease, heartbeat } = worker;
    const heardOf = lease.heard_at === 'recent' || lease.registered_at === 'recent';
    const isAlive =
      heartbeat === null ? lease.registered_at === 'recent' : heardOf || heartbeat !== lease.heartbeat;
    if (isAlive) return ['alive'];
    worker.listed = false;
    if (Object.keys(worker.hash).length > 0) worker.kept = worker.hash;
    worker.hash = {};
    worker.heartbeat = null;
    return ['removed'];
  },

  'remember-worker': (model, args) => {
    const worker = workerOf(model, args.worker_id);
    if (worker.listed || Object.keys(worker.kept).length > 0) return ['known'];
    worker.kept = pairs(JSON.parse(args.hash_json) as string[]);
    return ['kept'];
  },

  'restore-worker': (model, args) => {
    const worker = workerOf(model, args.worker_id);
    if (worker.listed || worker.heartbeat === null) return ['unknown'];
    if (Object.keys(worker.kept).length === 0) return ['unknown'];
    Object.assign(worker, { listed: true, kept: {}, hash: { ...worker.kept, ...worker.hash } });
    Object.assign(worker.lease, { stale: '0', heard_at: 'recent', heartbeat: worker.heartbeat });
    return ['restored'];
  },

  'read-workers': () => ['read', ANY],

  lead: (model, { epoch, replica }) => {
    if (model.leader && model.leader.epoch !== epoch) {
      return ['following', model.leader.replica, ANY, model.pulse, model.dataset!];
    }
    if (!model.leader) {
      model.term += 1;
      model.leader = { epoch, replica, term: model.term };
    }
    model.pulse += 1;
    model.dataset ??= epoch;
    return ['leading', model.leader.term, model.pulse, model.dataset];
  },

  resign: (model, { epoch }) => {
    if (deposed(model, epoch)) return ['not_leader'];
    model.leader = null;
    return ['resigned'];
  },
} satisfies { [N in ScriptName]?: Expect<N> };

function pairs(flat: readonly string[]): Fields {
  const fields: Fields = {};
  for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
  return fields;
}
