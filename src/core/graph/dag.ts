/** Questions about a graph of tasks by index; all linear in nodes and edges, none recursive. */

/** For each node, the nodes that it depends on. Edges to nodes that do not exist are ignored. */
export type Graph = readonly (readonly number[])[];

/** For each node, the nodes that depend on it. */
export function dependentsOf(graph: Graph): number[][] {
  const dependents: number[][] = graph.map(() => []);
  for (const [node, dependencies] of graph.entries()) {
    for (const dependency of new Set(dependencies)) dependents[dependency]?.push(node);
  }
  return dependents;
}

/** An order in which each node comes after all it depends on, the lowest index first; null if there is a cycle. */
export function topologicalOrder(graph: Graph): number[] | null {
  const dependents = dependentsOf(graph);
  const open = graph.map((dependencies) => [...new Set(dependencies)].filter((d) => d in graph).length);
  const order = [...open.keys()].filter((node) => open[node] === 0);
  // Lists that grow while they are walked are queues: iteration takes what is pushed meanwhile.
  for (const node of order) {
    for (const dependent of dependents[node] ?? []) {
      const left = (open[dependent] ?? 0) - 1;
      open[dependent] = left;
      if (left === 0) order.push(dependent);
    }
  }
  return order.length === graph.length ? order : null;
}

/** All nodes that `starts` lead to along the edges, themselves included only if an edge leads back to them. */
export function reachableFrom(starts: Iterable<number>, edges: Graph): Set<number> {
  const reached = new Set<number>();
  const queue = [...starts];
  for (const node of queue) {
    for (const next of edges[node] ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      queue.push(next);
    }
  }
  return reached;
}

/**
 * One cycle for each group of nodes that depend on one another, as the indices along it: `[0, 2]` means that 0
 * depends on 2 and 2 on 0. It begins with the group's lowest index and is the shortest through it.
 */
export function findCycles(graph: Graph): number[][] {
  const cycles: number[][] = [];
  for (const group of cyclicGroups(graph)) {
    const start = group.reduce((a, b) => Math.min(a, b));
    cycles.push(shortestCycle(graph, start, new Set(group)));
  }
  return cycles.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

/** Strongly connected components that contain a cycle (Tarjan's algorithm with a stack of its own). */
function cyclicGroups(graph: Graph): number[][] {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const onPath = new Set<number>();
  const path: number[] = [];
  const groups: number[][] = [];

  for (const root of graph.keys()) {
    if (order.has(root)) continue;
    const work: { node: number; next: number }[] = [{ node: root, next: 0 }];
    for (let frame = work.at(-1); frame; frame = work.at(-1)) {
      const { node } = frame;
      if (frame.next === 0) {
        order.set(node, order.size);
        low.set(node, order.size - 1);
        path.push(node);
        onPath.add(node);
      }
      const child = graph[node]?.[frame.next];
      frame.next += 1;
      if (child !== undefined) {
        if (!(child in graph)) continue;
        if (!order.has(child)) work.push({ node: child, next: 0 });
        else if (onPath.has(child)) lower(low, node, order.get(child));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) lower(low, parent.node, low.get(node));
      if (low.get(node) !== order.get(node)) continue;
      const group: number[] = [];
      for (let member = path.pop(); member !== undefined; member = member === node ? undefined : path.pop()) {
        onPath.delete(member);
        group.push(member);
      }
      if (group.length > 1 || graph[node]?.includes(node)) groups.push(group);
    }
  }
  return groups;
}

function lower(low: Map<number, number>, node: number, value: number | undefined): void {
  low.set(node, Math.min(low.get(node) ?? Infinity, value ?? Infinity));
}

function shortestCycle(graph: Graph, start: number, group: ReadonlySet<number>): number[] {
  const cameFrom = new Map<number, number>();
  const queue = [start];
  for (const node of queue) {
    for (const dependency of graph[node] ?? []) {
      if (dependency === start) {
        const cycle = [node];
        for (let at = node; at !== start;) {
          at = cameFrom.get(at) ?? start;
          cycle.push(at);
        }
        return cycle.reverse();
      }
      if (!group.has(dependency) || cameFrom.has(dependency)) continue;
      cameFrom.set(dependency, node);
      queue.push(dependency);
    }
  }
  return [start];
}
