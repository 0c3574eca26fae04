/** Results: ingest, storage, reading back. */
import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module';
import { TasksModule } from '../tasks/tasks.module';
import { IngestResult } from './ingest-result';
import { ResultStore } from './result.store';
import { ResultsController } from './results.controller';

@Module({
  imports: [TasksModule, ArtifactsModule],
  controllers: [ResultsController],
  providers: [ResultStore, IngestResult],
  exports: [ResultStore],
})
export class ResultsModule {}
