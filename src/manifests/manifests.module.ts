/** What there is of a task: its manifest, and all of it as one archive. */
import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module';
import { ResultsModule } from '../results/results.module';
import { TasksModule } from '../tasks/tasks.module';
import { Bundles } from './bundles';
import { ManifestWriter } from './manifest-writer';
import { Manifests } from './manifests';
import { ManifestsController } from './manifests.controller';

@Module({
  imports: [TasksModule, ArtifactsModule, ResultsModule],
  controllers: [ManifestsController],
  providers: [Manifests, ManifestWriter, Bundles],
})
export class ManifestsModule {}
