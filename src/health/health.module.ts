/** The two probes, on Terminus. */
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller';
import { Readiness } from './readiness';
import { VolumeProbe } from './volume-probe';

@Module({
  // A probe that fails every second is no line in the log each time.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [Readiness, VolumeProbe],
})
export class HealthModule {}
