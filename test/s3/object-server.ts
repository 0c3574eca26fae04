/** Object storage of a suite's own: versitygw over a directory, a process on a loopback port, with one bucket. */
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type Child, endOf, freePort, start, tail } from '../helpers/processes';
import { waitFor } from '../helpers/wait';

const BINARY = resolve(__dirname, '../../.cache/bin/versitygw');
const KEY = 'orchestrator';
const SECRET = 'secret-of-the-suite';
const BUCKET = 'results';
const PREFIX = 'of/orchestrator/';
const AT_ONCE = 15;

export interface ObjectServer {
  /** What a service needs to use it. */
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  /** All keys below a prefix of ours. */
  keys(prefix?: string): Promise<string[]>;
  /** An object of nobody's. */
  put(key: string, body: string): Promise<void>;
  /** As if it had been written so long ago. */
  age(key: string, byMs: number): Promise<void>;
  /** As if all uploads in parts that are not finished had begun so long ago. */
  ageUploads(byMs: number): Promise<void>;
  /** Begins so many uploads in parts. */
  begin(count: number): Promise<void>;
  /** Uploads in parts that are not finished. */
  unfinished(): Promise<number>;
  crash(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startObjectServer(): Promise<ObjectServer> {
  const directory = await mkdtemp(join(tmpdir(), 'orchestrator-objects-'));
  const data = join(directory, 'data');
  await mkdir(data);
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const client = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: KEY, secretAccessKey: SECRET },
  });
  const launch = async (): Promise<Child> => {
    const args = ['--quiet', '--port', `127.0.0.1:${String(port)}`, 'posix', data];
    const env = { PATH: process.env.PATH, ROOT_ACCESS_KEY: KEY, ROOT_SECRET_KEY: SECRET };
    const child = start('versitygw', BINARY, args, { cwd: directory, env });
    const answers = (): Promise<boolean> =>
      fetch(url).then(
        () => true,
        () => false,
      );
    await waitFor('object storage', answers, { withinMs: 20_000, everyMs: 50 }, () => tail(child.output()));
    return child;
  };
  let server = await launch();
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const end = async (): Promise<void> => {
    server.signal('SIGKILL');
    await endOf(server, 5_000);
  };
  return {
    url,
    env: {
      ARTIFACT_STORE: `s3://${BUCKET}/of/orchestrator`,
      S3_ENDPOINT: url,
      S3_REGION: 'us-east-1',
      S3_FORCE_PATH_STYLE: 'true',
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
    },
    async keys(prefix = '') {
      const page = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: PREFIX + prefix }));
      return (page.Contents ?? []).map(({ Key = '' }) => Key.slice(PREFIX.length));
    },
    async put(key, body) {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: PREFIX + key, Body: body }));
    },
    async age(key, byMs) {
      const time = new Date(Date.now() - byMs);
      await utimes(join(data, BUCKET, PREFIX, key), time, time);
    },
    async ageUploads(byMs) {
      const time = new Date(Date.now() - byMs);
      const uploads = join(data, BUCKET, '.sgwtmp/multipart');
      for (const path of await readdir(uploads, { recursive: true }))
        await utimes(join(uploads, path), time, time);
    },
    async begin(count) {
      const one = (n: number): Promise<unknown> =>
        client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: `${PREFIX}begun/${String(n)}` }));
      for (let n = 0; n < count; n += AT_ONCE)
        await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, i) => one(n + i)));
    },
    async unfinished() {
      const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
      return (answer.Uploads ?? []).length;
    },
    crash: end,
    async restart() {
      server = await launch();
    },
    async stop() {
      client.destroy();
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
