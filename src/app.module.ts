/** The composition root: every module of the service, around one configuration and one log. */
import { Module, type DynamicModule } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ArtifactsModule } from './artifacts/artifacts.module';
import { AuthModule } from './auth/auth.module';
import type { AppConfig } from './config/app-config';
import { AppConfigModule } from './config/config.module';
import { HealthModule } from './health/health.module';
import { HttpModule } from './http/http.module';
import type { Log } from './logging/log';
import { LoggingModule } from './logging/logging.module';
import { ManifestsModule } from './manifests/manifests.module';
import { MetricsModule } from './metrics/metrics.module';
import { RedisModule } from './redis/redis.module';
import { ResultsModule } from './results/results.module';
import { SchedulerModule } from './scheduler/scheduler.module';
import { TasksModule } from './tasks/tasks.module';
import { TracingModule } from './tracing/tracing.module';
import { UploadsModule } from './uploads/uploads.module';
import { WorkersModule } from './workers/workers.module';

@Module({})
export class AppModule {
  static register(config: AppConfig, log: Log): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggingModule.register(log),
        AppConfigModule.register(config),
        EventEmitterModule.forRoot(),
        HttpModule,
        RedisModule,
        MetricsModule,
        TracingModule,
        AuthModule,
        HealthModule,
        TasksModule,
        WorkersModule,
        ArtifactsModule,
        UploadsModule,
        ResultsModule,
        ManifestsModule,
        SchedulerModule,
      ],
    };
  }
}
