/** What browsers are told of every answer. It is the same each time, so helmet is asked once. */
import helmet from 'helmet';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

type Next = (error?: unknown) => void;

export function securityHeaders(): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  const headers = headersOfHelmet();
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

function headersOfHelmet(): [name: string, value: string][] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  // Served over plain HTTP inside a network, pages must not fetch their scripts over HTTPS.
  const tell = helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  tell(request, response, (error?: unknown) => {
    if (error instanceof Error) throw error;
  });
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]);
}
