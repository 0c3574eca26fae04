/**
 * The state machine: from which status each event leads where. The Lua scripts compare and write, this table is the law.
 *
 * ```
 *            dispatch            start              succeed
 *  PENDING ───────────> DISPATCHED ─────> RUNNING ────────────> DONE
 *     ^  ^                  │  │             │ │
 *     │  └── undelivered ───┘  └── lost ─────┤ │ fail, retries left
 *     │                                      │ v
 *     └───────────── due ──────────────── WAITING        fail for good: FAILED · cancel: CANCELLED
 * ```
 * A result can complete a task in any status that is not terminal; terminal statuses absorb everything.
 */
import type { TaskStatus } from '../model';

export type TransitionKind =
  | 'dispatch'
  | 'split'
  | 'start'
  | 'succeed'
  | 'back_off'
  | 'due'
  | 'undelivered'
  | 'lost'
  | 'fail'
  | 'cancel';

export const TRANSITIONS: Readonly<
  Record<TransitionKind, Readonly<{ from: readonly TaskStatus[]; to: TaskStatus }>>
> = {
  dispatch: { from: ['PENDING'], to: 'DISPATCHED' },
  split: { from: ['PENDING'], to: 'RUNNING' },
  start: { from: ['DISPATCHED'], to: 'RUNNING' },
  succeed: { from: ['PENDING', 'WAITING', 'DISPATCHED', 'RUNNING'], to: 'DONE' },
  back_off: { from: ['DISPATCHED', 'RUNNING'], to: 'WAITING' },
  due: { from: ['WAITING'], to: 'PENDING' },
  undelivered: { from: ['DISPATCHED'], to: 'PENDING' },
  lost: { from: ['DISPATCHED', 'RUNNING'], to: 'PENDING' },
  fail: { from: ['PENDING', 'WAITING', 'DISPATCHED', 'RUNNING'], to: 'FAILED' },
  cancel: { from: ['PENDING', 'WAITING', 'DISPATCHED', 'RUNNING'], to: 'CANCELLED' },
};

export function isLegal(kind: TransitionKind, from: TaskStatus): boolean {
  return TRANSITIONS[kind].from.includes(from);
}
