/** Files of tasks: store, uploads, downloads; and the spool and the inbox that results share. */
import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module';
import { ArtifactStore, LocalArtifactStore } from './artifact.store';
import { ArtifactsController } from './artifacts.controller';
import { AttemptFiles, LocalAttemptFiles } from './attempt-files';
import { FileRecords } from './file-records';
import { FileUrls } from './file-urls';
import { Inbox } from './inbox';
import { Spool } from './spool';
import { TakeUpload } from './take-upload';
import { TaskMutex } from './task-mutex';
import { Trash } from './trash';
import { Unfinished } from './unfinished';
import { VolumeClock } from './volume-clock';
import { VolumeFigures } from './volume-figures';

@Module({
  imports: [TasksModule],
  controllers: [ArtifactsController],
  providers: [
    Spool,
    TaskMutex,
    FileUrls,
    VolumeClock,
    FileRecords,
    Unfinished,
    LocalAttemptFiles,
    { provide: AttemptFiles, useExisting: LocalAttemptFiles },
    Inbox,
    TakeUpload,
    Trash,
    VolumeFigures,
    { provide: ArtifactStore, useClass: LocalArtifactStore },
  ],
  exports: [Spool, TaskMutex, FileUrls, AttemptFiles, Inbox, TakeUpload, ArtifactStore],
})
export class ArtifactsModule {}
