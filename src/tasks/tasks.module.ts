/** Tasks: submission, state, records. */
import { Module } from '@nestjs/common';
import { ExpectedTasks } from './expected-tasks';
import { KnownTasks } from './known-tasks';
import { Preparations } from './preparations';
import { RequestTraces } from './request-traces';
import { SubmissionRate } from './submission-rate';
import { SubmitTask } from './submit-task';
import { LifecycleReport } from './lifecycle-report';
import { TaskCommits } from './task-commits';
import { TaskLifecycle } from './task-lifecycle';
import { TaskNotes } from './task-notes';
import { TaskRecords } from './task-records';
import { TaskRetention } from './task-retention';
import { TaskStore } from './task.store';
import { TaskTraces } from './task-traces';
import { TasksController } from './tasks.controller';

@Module({
  controllers: [TasksController],
  providers: [
    ExpectedTasks,
    KnownTasks,
    TaskStore,
    LifecycleReport,
    TaskCommits,
    TaskLifecycle,
    TaskNotes,
    TaskRetention,
    TaskTraces,
    RequestTraces,
    Preparations,
    SubmissionRate,
    SubmitTask,
    TaskRecords,
  ],
  exports: [
    ExpectedTasks,
    KnownTasks,
    TaskStore,
    TaskLifecycle,
    TaskNotes,
    TaskRetention,
    TaskTraces,
    RequestTraces,
  ],
})
export class TasksModule {}
