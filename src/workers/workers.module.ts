/** Workers: who is there, what they have, whether they live. */
import { Module } from '@nestjs/common';
import { Grace } from './grace';
import { HeartbeatSweeper } from './heartbeat-sweeper';
import { WorkerPresence } from './worker-presence';
import { WorkerReader } from './worker-reader';
import { WorkerRegistry } from './worker-registry';
import { WorkersController } from './workers.controller';

@Module({
  controllers: [WorkersController],
  providers: [Grace, WorkerReader, WorkerRegistry, WorkerPresence, HeartbeatSweeper],
  exports: [Grace, WorkerReader, WorkerRegistry, WorkerPresence, HeartbeatSweeper],
})
export class WorkersModule {}
