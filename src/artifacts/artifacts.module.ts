/** Files of tasks: store, uploads, downloads; and the spool and the inbox that results share. */
import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module';
import { ArrivingUploads } from './arriving-uploads';
import { ArtifactStore } from './artifact.store';
import { Bucket } from './bucket';
import { chosenBy } from './chosen-by';
import { ArtifactsController } from './artifacts.controller';
import { AttemptFiles, LocalAttemptFiles } from './attempt-files';
import { FileRecords } from './file-records';
import { FileUrls } from './file-urls';
import { Inbox } from './inbox';
import { LocalArtifactStore } from './local-artifact.store';
import { S3ArtifactStore } from './s3-artifact.store';
import { S3AttemptFiles } from './s3-attempt-files';
import { Spool } from './spool';
import { TakeUpload } from './take-upload';
import { UploadCommitter } from './upload-committer';
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
    Bucket,
    ArrivingUploads,
    LocalAttemptFiles,
    S3AttemptFiles,
    chosenBy(AttemptFiles, LocalAttemptFiles, S3AttemptFiles),
    Inbox,
    TakeUpload,
    UploadCommitter,
    Trash,
    VolumeFigures,
    LocalArtifactStore,
    S3ArtifactStore,
    chosenBy(ArtifactStore, LocalArtifactStore, S3ArtifactStore),
  ],
  exports: [Spool, TaskMutex, FileUrls, VolumeClock, AttemptFiles, Bucket, Inbox, TakeUpload, ArtifactStore],
})
export class ArtifactsModule {}
