/** Global: what the border of the service shares with the parts behind it. */
import { Global, Module } from '@nestjs/common';
import { HttpDrain } from './drain';
import { ReadinessConditions } from './readiness-conditions';

@Global()
@Module({ providers: [HttpDrain, ReadinessConditions], exports: [HttpDrain, ReadinessConditions] })
export class HttpModule {}
