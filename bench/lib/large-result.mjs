/** A result that is too large to be held: as inference leaves it, a list of what was asked and what was answered. */
import { createHash } from 'node:crypto';
import { request } from 'undici';
import { MIB } from './numbers.mjs';

export const BYTES = { normal: 500 * MIB, small: 10 * MIB };
/** Where the result begins in the envelope of one that is large. */
const OPENING = Buffer.from('{"result":');
const PIECE_ITEMS = 256;

function itemOf(index) {
  const output = `The answer to question ${index}, "as it came", with its line\nbreaks. `.repeat(8);
  return JSON.stringify({ index, input: `question ${index}`, output, usage: { tokens: 96 + index } });
}

/** Its JSON, of some so many bytes or a little more, in pieces that are made before any time is taken. */
export function resultOf(bytes) {
  const items = Buffer.from(Array.from({ length: PIECE_ITEMS }, (_, index) => itemOf(index)).join(','));
  const pieces = [Buffer.from('[')];
  for (let length = 2; length < bytes; length += items.length + 1) {
    if (pieces.length > 1) pieces.push(Buffer.from(','));
    pieces.push(items);
  }
  return [...pieces, Buffer.from(']')];
}

export const lengthOf = (pieces) => pieces.reduce((length, piece) => length + piece.length, 0);

export function digestOf(pieces) {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** Posts it; throws unless it is taken. */
export async function post(url, pieces, { taskId, workerId, headers }) {
  const opening = Buffer.from(`{"task_id":"${taskId}","worker_id":"${workerId}","result":`);
  const body = [opening, ...pieces, Buffer.from('}')];
  const answer = await request(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': String(lengthOf(body)) },
    body: body.values(),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 201) throw new Error(`a large result was answered ${answer.statusCode}: ${text}`);
}

/** Reads what is served from `skip` on; throws unless the result is there, to the byte. */
export async function read(url, bytes, digest, skip = OPENING.length) {
  const answer = await request(url);
  if (answer.statusCode !== 200) throw new Error(`GET ${url} answered ${answer.statusCode}`);
  const hash = createHash('sha256');
  let at = 0;
  for await (const chunk of answer.body) {
    hash.update(chunk.subarray(Math.max(0, skip - at), Math.max(0, skip + bytes - at)));
    at += chunk.length;
  }
  if (hash.digest('hex') !== digest) throw new Error(`GET ${url} gave another result than was posted`);
}

/** The same to the bare handler, which takes a body for what it is. */
export async function putAsFile(url, pieces, digest) {
  const headers = { 'content-length': String(lengthOf(pieces)) };
  const answer = await request(url, { method: 'PUT', headers, body: pieces.values() });
  const { sha256 } = await answer.body.json();
  if (sha256 !== digest) throw new Error('the bare handler took other bytes than were sent');
}
