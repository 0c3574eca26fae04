/**
 * What Kubernetes does with the pods of the chart, in the small and with real processes: addresses come and go behind
 * two Services, one that follows readiness and one that publishes all; a pod that is deleted is told so late.
 */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchService, type Service } from '../../helpers/service';

/** From a change of a pod to the last node that heard of it. */
const NEWS_TRAVEL_MS = 400;
const PROBE_EVERY_MS = 100;

interface Pod {
  service: Service;
  address: string;
}

export interface PodSettings {
  redisUrl: string;
  resultsDir: string;
  port: number;
  preStopMs: number;
  env: Readonly<Record<string, string>>;
}

export class Pods {
  private readonly pods = new Map<string, Pod>();
  private readonly deleted = new Set<Pod>();
  private started = 0;
  /** Addresses as clients see them. */
  readonly ready = new Set<string>();
  readonly all = new Set<string>();

  constructor(private readonly settings: PodSettings) {}

  /** A new pod has a new address, and is behind the API's Service once it is ready. */
  async start(name: string): Promise<void> {
    this.started += 1;
    const address = `127.0.0.${String(this.started + 1)}`;
    const { redisUrl, resultsDir, port, env } = this.settings;
    const service = await launchService({ redisUrl, resultsDir, port, host: address, env });
    const pod = { service, address };
    this.pods.set(name, pod);
    this.all.add(address);
    void this.probe(pod);
    await service.untilReady();
    while (!this.ready.has(address)) await sleep(PROBE_EVERY_MS);
  }

  /** It leaves the API's Service, waits as its preStop hook says, gets SIGTERM, ends, and leaves the other Service late. */
  async delete(name: string): Promise<void> {
    const pod = this.pods.get(name);
    if (!pod) throw new Error(`there is no pod ${name}`);
    this.deleted.add(pod);
    const unlisted = sleep(NEWS_TRAVEL_MS).then(() => this.ready.delete(pod.address));
    await sleep(this.settings.preStopMs);
    await pod.service.stop();
    await unlisted;
    await sleep(NEWS_TRAVEL_MS);
    this.all.delete(pod.address);
    this.pods.delete(name);
  }

  async stop(): Promise<void> {
    for (const { service } of this.pods.values()) await service.stop();
  }

  /** Whether each process still runs: nobody restarted any. */
  allRun(): boolean {
    return [...this.pods.values()].every(({ service }) => service.isRunning());
  }

  private async probe(pod: Pod): Promise<void> {
    while (!this.deleted.has(pod) && pod.service.isRunning()) {
      const answer = await fetch(`${pod.service.url}/readyz`).catch(() => null);
      await answer?.arrayBuffer();
      // From its deletion on, what its probe says counts no more.
      if (this.deleted.has(pod)) return;
      if (answer?.status === 200) this.ready.add(pod.address);
      else this.ready.delete(pod.address);
      await sleep(PROBE_EVERY_MS);
    }
  }
}

export interface Call {
  method: string;
  path: string;
  body: Buffer | string;
  headers?: Record<string, string>;
}

/** One request on a connection of its own. @returns the status, or the code of what kept it from being answered */
export function send(call: Call, addresses: readonly string[], port: number): Promise<number | string> {
  const { method, path, body, headers = {} } = call;
  const records = shuffled(addresses).map((address) => ({ address, family: 4 }));
  if (records.length === 0) return Promise.resolve('no endpoint');
  return new Promise((resolve) => {
    const sent = request(
      {
        host: 'orchestrator.test',
        port,
        method,
        path,
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
        agent: false,
        // The name stands for these addresses: one that refuses is passed over for the next, as clients of several addresses do.
        lookup: (_name, _options, found) => {
          (found as (error: null, records: object[]) => void)(null, records);
        },
      },
      (response) => {
        response.resume();
        response.once('end', () => {
          resolve(response.statusCode ?? 0);
        });
        response.once('error', ({ message }) => {
          resolve(message);
        });
      },
    );
    sent.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    sent.end(body);
  });
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value): [number, T] => [Math.random(), value])
    .sort(([left], [right]) => left - right)
    .map(([, value]) => value);
}

/** Does the same again and again until it is stopped; one at a time. */
export function meanwhile(everyMs: number, act: () => Promise<void>): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await act();
      await sleep(everyMs);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
