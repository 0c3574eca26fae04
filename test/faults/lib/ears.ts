/** Listens beside everybody else to what goes over Redis, and keeps what the checker needs of it. */
import type { Redis } from 'ioredis';
import type { History } from './history';

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export async function listen(ears: Redis, history: History, topic = 'tasks'): Promise<void> {
  ears.on('message', (channel: string, message: string) => {
    const said = parse(message);
    const taskId = text(said?.task_id);
    if (said === null || taskId === null) return;
    if (channel === topic) {
      history.add({
        kind: 'dispatched',
        taskId,
        worker: text(said.assigned_worker) ?? '',
        attempt: Number(said.attempt),
        attemptId: text(said.attempt_id) ?? '',
      });
    } else if (said.source === 'orchestrator') {
      history.add({
        kind: 'heard',
        type: text(said.type) ?? '',
        taskId,
        status: text(said.status),
        parentId: text(said.parent_task_id),
      });
    }
  });
  await ears.subscribe(topic, 'tasks.events');
}

function parse(message: string): Record<string, unknown> | null {
  if (!message.startsWith('{')) return null;
  try {
    return JSON.parse(message) as Record<string, unknown>;
  } catch {
    return null;
  }
}
