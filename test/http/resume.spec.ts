// Downloads that broke off go on with the tools that people have: curl and wget, of a result, an upload and a file on shared storage.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../helpers/command';
import { describeWithPrograms } from '../helpers/programs';
import { type HttpApp, startHttpApp } from './app';
import { postResult, uploadFile } from './requests';

jest.setTimeout(60_000);

const BYTES = randomBytes(1_000_000);
const HOUR_AGO = Date.now() / 1000 - 3600;

let app: HttpApp;
let directory: string;
beforeAll(async () => {
  app = await startHttpApp();
  directory = await mkdtemp(join(tmpdir(), 'orchestrator-resume-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await app.stop();
});

/** Each returns the path of what is to be downloaded, below that of its task. */
const KINDS: Readonly<Record<string, (id: string) => Promise<string>>> = {
  async 'an upload'(id) {
    expect((await uploadFile(app, id, 'model.bin', BYTES)).status).toBe(201);
    return '/files/model.bin';
  },
  async 'a file in a directory on shared storage'(id) {
    const path = join(app.resultsDir, id, 'checkpoint-1/model.bin');
    await mkdir(join(app.resultsDir, id, 'checkpoint-1'), { recursive: true });
    await writeFile(path, BYTES);
    await utimes(path, HOUR_AGO, HOUR_AGO);
    return '/files/checkpoint-1%2Fmodel.bin';
  },
  async 'a result'(id) {
    expect((await postResult(app, { task_id: id, result: BYTES.toString('hex') })).status).toBe(201);
    return '';
  },
  async 'a bare result on shared storage'(id) {
    await mkdir(join(app.resultsDir, id));
    await writeFile(join(app.resultsDir, id, 'responses.json'), JSON.stringify(BYTES.toString('hex')));
    return '';
  },
};

const TOOLS: readonly [program: string, args: (url: string, path: string) => string[]][] = [
  ['curl', (url, path) => ['--silent', '--show-error', '--continue-at', '-', '--output', path, url]],
  ['wget', (url, path) => ['--no-verbose', '--continue', '--output-document', path, url]],
];

describe.each(TOOLS)('by %s', (program, args) => {
  describeWithPrograms([program], 'a download', () => {
    test.each(Object.entries(KINDS))('of %s goes on, and is left alone when it is whole', async (_, make) => {
      const id = await app.submit();
      const url = `${app.url}/api/v1/results/${id}${await make(id)}`;
      const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
      const path = join(directory, `${program}-${id}`);
      await writeFile(path, whole.subarray(0, 300_000));
      for (let round = 0; round < 2; round += 1) {
        expect(await runCommand(program, args(url, path))).toMatchObject({ code: 0 });
        expect((await readFile(path)).equals(whole)).toBe(true);
      }
    });
  });
});
