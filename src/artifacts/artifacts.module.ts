/** Files of tasks: store, uploads, downloads; and the spool that results share. */
import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module';
import { ArtifactStore, LocalArtifactStore } from './artifact.store';
import { ArtifactsController } from './artifacts.controller';
import { FileUrls } from './file-urls';
import { Spool } from './spool';
import { TakeUpload } from './take-upload';
import { TaskMutex } from './task-mutex';

@Module({
  imports: [TasksModule],
  controllers: [ArtifactsController],
  providers: [
    Spool,
    TaskMutex,
    FileUrls,
    TakeUpload,
    { provide: ArtifactStore, useClass: LocalArtifactStore },
  ],
  exports: [Spool, TaskMutex, FileUrls, ArtifactStore],
})
export class ArtifactsModule {}
