/**
 * Requests and answers that are an application's from the start. Express gives each the prototype of the application when
 * it comes; an object whose prototype changes is no longer what V8 has compiled code for, and a young one outlives the
 * collection of garbage in which it should go: bare Express answers half as many requests a second.
 */
import type { ServerOptions } from 'node:http';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/** Classes for `createServer`, whose instances have the prototype already that `application` would give them. */
export function bornAs(application: Express): ServerOptions {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<T extends IncomingMessage = IncomingMessage> extends ServerResponse<T> {}
  Object.setPrototypeOf(ExpressRequest.prototype, application.request);
  Object.setPrototypeOf(ExpressResponse.prototype, application.response);
  Object.assign(application, { request: ExpressRequest.prototype, response: ExpressResponse.prototype });
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}
