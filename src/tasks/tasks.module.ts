/** Tasks: submission, state, records. */
import { Module } from '@nestjs/common';
import { SubmitTask } from './submit-task';
import { TaskLifecycle } from './task-lifecycle';
import { TaskRecords } from './task-records';
import { TaskStore } from './task.store';
import { TasksController } from './tasks.controller';

@Module({
  controllers: [TasksController],
  providers: [TaskStore, TaskLifecycle, SubmitTask, TaskRecords],
  exports: [TaskStore, TaskLifecycle],
})
export class TasksModule {}
