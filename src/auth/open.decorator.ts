/** Marks a route that needs no token. The middleware lets only a few paths through, so this alone opens nothing. */
import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const OPEN_ROUTE = 'orchestrator:open';

export const Open = (): CustomDecorator => SetMetadata(OPEN_ROUTE, true);
