/**
 * A task's result where it is kept: staged until the task has taken it, then in its final place. Both steps can be done
 * again, by whichever replica.
 */
import type { SpoolFile } from '../artifacts/spool-file';
import { ProblemError } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import type { Grave } from './grave';
import type { EnvelopeFile } from './open-envelope';
import type { ResultRecord } from './result-record';
import type { StagedResult } from './staged-results';

export const RESULT_FILE = 'responses.json';

/** What is in a task's place before a result comes. */
export interface Ground {
  /** Of the result that the task has taken, once; null when there is none, or another file in its place. */
  record: ResultRecord | null;
  /** Something of the task's files is there, or was. */
  hasFiles: boolean;
  /** Where the result belongs, something else is in the way. */
  isBlocked: boolean;
  /** It was made here for this result. */
  isNew: boolean;
  /** Of a result that was deleted. */
  grave: Grave | null;
}

export abstract class ResultFiles {
  /**
   * The same as `survey` for a task that waits for a result: its place is made, and nothing is in one that is new. 409
   * where it cannot be.
   */
  abstract prepare(id: TaskId): Promise<Ground>;
  abstract survey(id: TaskId): Promise<Ground>;
  /**
   * Brings a file to where it waits for the task's word before the task is held for it, where that takes long; null: that is
   * left to `stage`. Whoever looks for what is staged can take it from then on.
   * @param asked as what it is to be staged, as things are; null: not at all
   */
  abstract stageAhead(
    id: TaskId,
    file: SpoolFile,
    asked: () => Promise<StagedResult | null>,
  ): Promise<StagedResult | null>;
  /**
   * Brings a file to where it waits for the task's word. 409 where it could not be put in place later.
   * @param ground as it was when the task was asked what it has
   */
  abstract stage(id: TaskId, file: SpoolFile, staged: StagedResult, ground: Ground): Promise<void>;
  /** What is staged, in no order. */
  abstract staged(id: TaskId): Promise<StagedResult[]>;
  /** Whether a staged result of which the task has not spoken is whole. */
  abstract isWhole(id: TaskId, staged: StagedResult): Promise<boolean>;
  /** A staged result as one that has just come, to be staged once more. */
  abstract asReceived(id: TaskId, staged: StagedResult): SpoolFile;
  /** For reading; null when it is not staged any more. */
  abstract openStaged(id: TaskId, staged: StagedResult): Promise<EnvelopeFile | null>;
  /** The record of the result that the task has taken, once; null when there is none, or another file in its place. */
  abstract committed(id: TaskId): Promise<ResultRecord | null>;
  /** The same result for reading. */
  abstract openCommitted(id: TaskId): Promise<EnvelopeFile | null>;
  /**
   * The task has taken this one: puts it in place. false: it is neither staged nor in place.
   * @param isNew the task's place was made for it
   */
  abstract promote(
    id: TaskId,
    staged: StagedResult,
    winner: AttemptId | null,
    isNew?: boolean,
  ): Promise<boolean>;
  /** Removes the staged results that are left: the task has taken another one. */
  abstract tidy(id: TaskId): Promise<void>;
  /** Tasks of results that have been staged for an hour and more. */
  abstract leftStaged(): Promise<TaskId[]>;
  /** Leaves word, in the task's empty place, that its result was deleted. */
  abstract bury(id: TaskId, grave: Grave): Promise<void>;
  /** The result that was deleted is to be made once more. */
  abstract unbury(id: TaskId, grave: Grave): Promise<void>;
  /** Whatever is named like a task, of which something may be here. */
  abstract tasks(): AsyncIterable<TaskId>;
  /** Whether what is here under this name is of a task. */
  abstract hasTask(id: TaskId): Promise<boolean>;

  async stagedAs(id: TaskId, resultId: string): Promise<StagedResult | null> {
    return (await this.staged(id)).find((staged) => staged.resultId === resultId) ?? null;
  }
}

export const inTheWay = (): ProblemError =>
  new ProblemError('conflict', `Where ${RESULT_FILE} belongs, something else is in the way.`);
