/** Everything between the socket and the routes, in the order in which a request meets it. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';
import { authenticate } from '../auth/auth.middleware';
import { TokenBook } from '../auth/token-book';
import { configureServer } from './configure-server';
import { inTurn } from './in-turn';
import { checkPath } from './path-hygiene';
import { ProblemFilter } from './problem.filter';
import { assignRequestId } from './request-id';
import { securityHeaders } from './security-headers';

/**
 * For an app that was created with `bodyParser: false`; call it before `init` or `listen`, and before anything
 * else that mounts routes (OpenAPI, metrics), since what is mounted earlier is reached without a token.
 * @param before middleware that sees every request, also those that are refused here
 */
export function configureHttp(app: NestExpressApplication, before: readonly RequestHandler[] = []): void {
  // A weak ETag of a JSON body costs a hash of every answer, and a task record changes all the time.
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.use(
    inTurn([...before, assignRequestId, securityHeaders(), authenticate(app.get(TokenBook)), checkPath]),
  );
  app.useGlobalFilters(new ProblemFilter());
  configureServer(app.getHttpServer());
}
