/** How many shards a task becomes: idle workers shared out fairly over the tasks that compete for them. */

/**
 * The part of the idle workers that falls to one task. Those who can use less than an even part leave the rest to
 * the others; what cannot be divided goes to the task itself, since it is first in line.
 * @param idle fitting idle workers
 * @param own most workers that the task can use
 * @param others most workers that each competing task can use, in any order
 * @returns at least 1
 */
export function fairShare(idle: number, own: number, others: readonly number[]): number {
  let remaining = idle;
  let claimants = others.length + 1;
  for (const demand of others.toSorted((left, right) => left - right)) {
    if (demand * claimants > remaining) break;
    remaining -= demand;
    claimants -= 1;
  }
  return Math.max(1, Math.min(own, Math.ceil(remaining / claimants)));
}

/**
 * The number of shards, 1 for a task that runs whole.
 * @param share what `fairShare` gave
 * @param asked shards that the document asks for at least (`replicas`)
 * @param most cap by the document and its data
 * @param fitting registered workers that fit, idle or not
 */
export function shardCount(share: number, asked: number, most: number, fitting: number): number {
  const atLeast = Math.min(asked, most);
  return Math.max(1, Math.min(most, fitting >= atLeast ? Math.max(share, atLeast) : share));
}
