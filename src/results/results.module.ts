/** Results: ingest, storage, reading back, and what is left to do after a crash. */
import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module';
import { chosenBy } from '../artifacts/chosen-by';
import { TasksModule } from '../tasks/tasks.module';
import { IngestResult } from './ingest-result';
import { ResultDeletion } from './result-deletion';
import { ResultCommitter } from './result-committer';
import { ResultFigures } from './result-figures';
import { LeftReader } from './left-reader';
import { LeftResults, NothingLeft, SharedDirectory } from './left-results';
import { LocalResultFiles } from './local-result-files';
import { ResultFiles } from './result-files';
import { ResultIntake } from './result-intake';
import { ResultParts } from './result-parts';
import { ResultStore } from './result.store';
import { ResultsController } from './results.controller';
import { Retention } from './retention';
import { RetentionPreview } from './retention-preview';
import { S3ResultFiles } from './s3-result-files';
import { Settler } from './settler';
import { ShardMerge } from './shard-merge';
import { StagedResults } from './staged-results';
import { StoredBytes } from './stored-bytes';

@Module({
  imports: [TasksModule, ArtifactsModule],
  controllers: [ResultsController],
  providers: [
    StagedResults,
    LocalResultFiles,
    LeftReader,
    SharedDirectory,
    S3ResultFiles,
    NothingLeft,
    chosenBy(ResultFiles, LocalResultFiles, S3ResultFiles),
    chosenBy(LeftResults, SharedDirectory, NothingLeft),
    Settler,
    ResultStore,
    ResultFigures,
    ResultParts,
    ShardMerge,
    ResultDeletion,
    ResultCommitter,
    IngestResult,
    ResultIntake,
    StoredBytes,
    Retention,
    RetentionPreview,
  ],
  exports: [
    ResultStore,
    ResultFigures,
    ResultParts,
    ShardMerge,
    ResultCommitter,
    ResultDeletion,
    ResultIntake,
    Retention,
    RetentionPreview,
  ],
})
export class ResultsModule {}
