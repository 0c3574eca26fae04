/** The scheduler: at the top, the only one who knows tasks, workers and results. */
import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module';
import { DeliveryModule } from '../delivery/delivery.module';
import { ResultsModule } from '../results/results.module';
import { TasksModule } from '../tasks/tasks.module';
import { WorkersModule } from '../workers/workers.module';
import { AcknowledgementWatch } from './acknowledgement-watch';
import { AdminController } from './admin.controller';
import { Admission } from './admission';
import { AttemptInspector } from './attempt-inspector';
import { DeadlineWatch } from './deadline-watch';
import { Dispatcher } from './dispatcher';
import { Doorbell } from './doorbell';
import { EventGate } from './event-gate';
import { FleetCleanup } from './fleet-cleanup';
import { FleetFigures } from './fleet-figures';
import { ParentAggregator } from './parent-aggregator';
import { RetentionTimer } from './retention-timer';
import { RetryTimer } from './retry-timer';
import { FreeFleet } from './free-fleet';
import { SchedulingLoop } from './scheduling-loop';
import { SchedulingState } from './scheduling-state';
import { Supervisor } from './supervisor';
import { TaskEventListener } from './task-event-listener';
import { TaskInputs } from './task-inputs';
import { TaskMessages } from './task-messages';
import { TaskSplitter } from './task-splitter';
import { UpstreamFiles } from './upstream-files';
import { UnplaceableReasons } from './unplaceable-reasons';
import { WorkerEventListener } from './worker-event-listener';

@Module({
  imports: [TasksModule, WorkersModule, ResultsModule, ArtifactsModule, DeliveryModule],
  controllers: [AdminController],
  providers: [
    // A task's way: admission, placement, dispatch, aggregation.
    Admission,
    TaskInputs,
    UpstreamFiles,
    FreeFleet,
    SchedulingLoop,
    SchedulingState,
    UnplaceableReasons,
    FleetFigures,
    TaskMessages,
    Dispatcher,
    TaskSplitter,
    ParentAggregator,
    // What is heard.
    EventGate,
    Doorbell,
    TaskEventListener,
    WorkerEventListener,
    // What is noticed when nothing is heard.
    AcknowledgementWatch,
    DeadlineWatch,
    RetryTimer,
    RetentionTimer,
    AttemptInspector,
    FleetCleanup,
    Supervisor,
  ],
})
export class SchedulerModule {}
