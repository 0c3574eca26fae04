import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request, Response } from 'express';
import express from 'express';
import { bornAs } from './born-as';

describe('Requests and answers of an Express application', () => {
  const application = express();
  let server: Server;
  let url: string;
  /** Prototypes of the last request and its answer before Express has seen them. */
  let born: unknown[];
  /** What its handler was given. */
  let handled: { request: Request; response: Response } | undefined;

  beforeAll(async () => {
    application.get('/', (request, response) => {
      handled = { request, response };
      response.type('text').send(request.get('x-word') ?? '');
    });
    server = createServer(bornAs(application));
    server.on('request', (request, response) => {
      born = [request, response].map((each) => Object.getPrototypeOf(each));
    });
    server.on('request', application);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  });

  afterAll(() => server.close());

  it('keep the prototype with which they came', async () => {
    await fetch(url);
    const { request, response } = handled!;
    expect(Object.getPrototypeOf(request)).toBe(born[0]);
    expect(Object.getPrototypeOf(response)).toBe(born[1]);
    expect(request.app).toBe(application);
    expect(response.app).toBe(application);
  });

  it('have what Express adds to them', async () => {
    const response = await fetch(url, { headers: { 'x-word': 'here' } });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('here');
  });
});
