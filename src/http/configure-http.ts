/** Everything between the socket and the routes, in the order in which a request meets it. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { authenticate } from '../auth/auth.middleware';
import { TokenBook } from '../auth/token-book';
import { configureServer } from './configure-server';
import { checkPath } from './path-hygiene';
import { ProblemFilter } from './problem.filter';
import { assignRequestId } from './request-id';

/**
 * For an app that was created with `bodyParser: false`; call it before `init` or `listen`, and before anything
 * else that mounts routes (OpenAPI, metrics), since what is mounted earlier is reached without a token.
 */
export function configureHttp(app: NestExpressApplication): void {
  // A weak ETag of a JSON body costs a hash of every answer, and a task record changes all the time.
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(assignRequestId);
  // Served over plain HTTP inside a network, pages must not fetch their scripts over HTTPS.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.use(authenticate(app.get(TokenBook)));
  app.use(checkPath);
  app.useGlobalFilters(new ProblemFilter());
  configureServer(app.getHttpServer());
}
