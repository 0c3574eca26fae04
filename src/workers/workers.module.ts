/** Workers: who is there, what they have, whether they live. */
import { Module } from '@nestjs/common';
import { HeartbeatSweeper } from './heartbeat-sweeper';
import { WorkerPresence } from './worker-presence';
import { WorkerRegistry } from './worker-registry';
import { WorkersController } from './workers.controller';

@Module({
  controllers: [WorkersController],
  providers: [WorkerRegistry, WorkerPresence, HeartbeatSweeper],
  exports: [WorkerRegistry, WorkerPresence, HeartbeatSweeper],
})
export class WorkersModule {}
