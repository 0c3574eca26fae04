/** Resumable uploads by the tus protocol. */
import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module';
import { TasksModule } from '../tasks/tasks.module';
import { FinishUpload } from './finish-upload';
import { RunningDigests } from './running-digests';
import { TusExchange } from './tus-exchange';
import { UploadFiles } from './upload-files';
import { UploadLocks } from './upload-locks';
import { UploadRoom } from './upload-room';
import { UploadSweeper } from './upload-sweeper';
import { UploadsController } from './uploads.controller';

@Module({
  imports: [TasksModule, ArtifactsModule],
  controllers: [UploadsController],
  providers: [UploadFiles, UploadRoom, UploadLocks, RunningDigests, FinishUpload, TusExchange, UploadSweeper],
})
export class UploadsModule {}
