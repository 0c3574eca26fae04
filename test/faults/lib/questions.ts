/** What rows ask of a history once their round has ended. */
import { waitFor } from '../../helpers/wait';
import type { Cluster } from './cluster';
import type { EndedTask, ResultOnDisk } from './history';

export function taskRecord(cluster: Cluster, id: string): EndedTask {
  const record = cluster.history
    .of('ended')
    .at(-1)
    ?.tasks.find((task) => task.id === id);
  if (record === undefined) throw new Error(`there is no record of task ${id} at the end`);
  return record;
}

export function storedResult(cluster: Cluster, id: string): ResultOnDisk {
  const result = cluster.history.of('ended').at(-1)?.results[id];
  if (result === undefined) throw new Error(`there is no stored result of task ${id} at the end`);
  return result;
}

/** The replica that schedules, by the lease in Redis, which names a process; waits until there is one. */
export function leaderOf(cluster: Cluster): Promise<string> {
  return waitFor('a leader', async () => {
    const holder = await cluster.redis.client.hget('orch:leader', 'replica');
    const pid = Number(holder?.split(':').at(-1));
    return [...cluster.replicas.values()].find(({ service }) => service.pid === pid)?.name;
  });
}

/** Tasks that were counted as lost with their worker, however they ended. */
export async function lostTasks(cluster: Cluster, ids: readonly string[]): Promise<string[]> {
  const losses = await Promise.all(ids.map((id) => cluster.redis.client.hget(`orch:task:${id}`, 'losses')));
  return ids.filter((_, index) => Number(losses[index] ?? 0) > 0);
}
