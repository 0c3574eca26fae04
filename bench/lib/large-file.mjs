/**
 * A file that is too large to be held: made while it is sent, compared while it is read. It repeats a block of random
 * bytes, whose length is no multiple of what disks and sockets read at a time: a piece too much or too few shows.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { request } from 'undici';
import { MIB } from './numbers.mjs';

export const NAME = 'final_model.bin';
export const BYTES = { normal: 2048 * MIB, small: 32 * MIB };

const BLOCK = randomBytes(4 * MIB + 13);
const PIECE_BYTES = 256 * 1024;
/** Of a resumable upload, as its clients send them. */
const PART_BYTES = 64 * MIB;
const digests = new Map();

/** The file, or what lies between two places in it, piece by piece. */
export function* piecesOf(to, from = 0) {
  for (let at = from; at < to;) {
    const start = at % BLOCK.length;
    const piece = BLOCK.subarray(start, Math.min(start + PIECE_BYTES, start + to - at));
    yield piece;
    at += piece.length;
  }
}

/** SHA-256, hex; it is the same file in all rounds. */
export function digestOf(bytes) {
  let digest = digests.get(bytes);
  if (digest === undefined) {
    const hash = createHash('sha256');
    for (const piece of piecesOf(bytes)) hash.update(piece);
    digest = hash.digest('hex');
    digests.set(bytes, digest);
  }
  return digest;
}

/** How fast the work moves so many bytes. */
export async function megabytesPerSecond(bytes, work) {
  const from = performance.now();
  await work();
  return bytes / 1_000 / (performance.now() - from);
}

/** Sends the file as the whole body; throws unless it is created with the SHA-256 that it has. */
export async function put(url, bytes, headers) {
  await send(url, { method: 'PUT', body: piecesOf(bytes), length: bytes, headers }, bytes);
}

/** The same as `multipart/form-data`, in the field `file`. */
export async function upload(url, name, bytes, headers) {
  const boundary = 'a-boundary-that-random-bytes-do-not-have';
  const opening = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const closing = Buffer.from(`\r\n--${boundary}--\r\n`);
  function* body() {
    yield opening;
    yield* piecesOf(bytes);
    yield closing;
  }
  const length = opening.length + bytes + closing.length;
  const type = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  await send(url, { method: 'POST', body: body(), length, headers: { ...headers, ...type } }, bytes);
}

/** The same by the tus protocol: begun at `url`, then a PATCH for each part; who is named by the metadata checks it. */
export async function uploadInParts(url, metadata, bytes, headers) {
  const pairs = Object.entries({ ...metadata, sha256: digestOf(bytes) });
  const begun = await tus(url, 'POST', 201, {
    ...headers,
    'upload-length': String(bytes),
    'upload-metadata': pairs.map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join(),
  });
  const place = new URL(begun.headers.location, url);
  for (let from = 0; from < bytes; from += PART_BYTES) {
    const to = Math.min(bytes, from + PART_BYTES);
    const type = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(from) };
    await tus(place, 'PATCH', 204, { ...type, 'content-length': String(to - from) }, piecesOf(to, from));
  }
}

async function tus(url, method, expected, headers, body) {
  const answer = await request(url, { method, body, headers: { ...headers, 'tus-resumable': '1.0.0' } });
  const said = await answer.body.text();
  if (answer.statusCode !== expected)
    throw new Error(`${method} ${url} answered ${answer.statusCode}: ${said}`);
  return answer;
}

async function send(url, { method, body, length, headers }, bytes) {
  const sent = { ...headers, 'content-length': String(length) };
  const answer = await request(url, { method, body, headers: sent });
  const said = await answer.body.text();
  if (answer.statusCode !== 201) throw new Error(`${method} ${url} answered ${answer.statusCode}: ${said}`);
  const { sha256 } = JSON.parse(said);
  if (sha256 !== digestOf(bytes)) throw new Error(`${url} took other bytes than were sent: ${said}`);
}

/** Reads the file; throws unless it is this one, to the byte. */
export async function download(url, bytes) {
  await compare(url, await bodyOf(url), bytes);
}

/** The same where it is in a `.tar.gz`, beside others. */
export async function downloadBundle(url, name, bytes) {
  const archive = extract();
  const read = pipeline(await bodyOf(url), createGunzip({ chunkSize: PIECE_BYTES }), archive);
  let isThere = false;
  for await (const entry of archive) {
    if (entry.header.name.endsWith(`/${name}`)) {
      await compare(url, entry, bytes);
      isThere = true;
    } else await finished(entry.resume());
  }
  await read;
  if (!isThere) throw new Error(`${name} is not in what GET ${url} gave`);
}

/**
 * By Node's own client: where a body is read more slowly than it comes, as one that is unpacked here is, undici's puts what
 * it has not given out yet in front of what has come since, over and over, until it does nothing else.
 */
async function bodyOf(url) {
  const [answer] = await once(get(url), 'response');
  if (answer.statusCode === 200) return answer;
  throw new Error(`GET ${url} answered ${answer.statusCode}: ${await text(answer)}`);
}

async function compare(url, stream, bytes) {
  let at = 0;
  for await (const chunk of stream) {
    if (!isAt(at, chunk))
      throw new Error(`GET ${url} gave other bytes between ${at} and ${at + chunk.length}`);
    at += chunk.length;
  }
  if (at !== bytes) throw new Error(`GET ${url} gave ${at} bytes instead of ${bytes}`);
}

/** Whether these are the bytes that the file has there. */
function isAt(at, chunk) {
  for (let done = 0; done < chunk.length;) {
    const from = (at + done) % BLOCK.length;
    const length = Math.min(chunk.length - done, BLOCK.length - from);
    if (BLOCK.compare(chunk, done, done + length, from, from + length) !== 0) return false;
    done += length;
  }
  return true;
}
