/** Posts over HTTP/1.1, on connections that stay open: only what the service's answers to a result need. */
import { once } from 'node:events';
import { connect } from 'node:net';

const HEAD_END = '\r\n\r\n';

/** @type {Map<string, import('node:net').Socket[]>} by host, those on which nothing is under way */
const idle = new Map();

/** @returns {Promise<{ status: number, text: string }>} of an answer that says its length */
export async function post(url, headers, body) {
  const { host, hostname, port, pathname } = new URL(url);
  if (!idle.has(host)) idle.set(host, []);
  const free = idle.get(host);
  const socket = free.pop() ?? (await opened(hostname, Number(port), free));
  const lines = [`POST ${pathname} HTTP/1.1`, `host: ${host}`, `content-length: ${Buffer.byteLength(body)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  socket.write(lines.join('\r\n') + HEAD_END + body);
  const answer = await answerOn(socket);
  if (answer.stays) free.push(socket);
  else socket.destroy();
  return answer;
}

async function opened(host, port, free) {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  // The service may end one on which nothing is under way.
  socket.on('error', () => undefined);
  socket.on('close', () => free.includes(socket) && free.splice(free.indexOf(socket), 1));
  return socket;
}

function answerOn(socket) {
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0);
    const hear = (bytes) => {
      heard = heard.length === 0 ? bytes : Buffer.concat([heard, bytes]);
      const answer = answerIn(heard);
      if (answer !== undefined) settle(resolve, answer);
    };
    const fail = (error) => settle(reject, error ?? new Error('the connection ended before the answer'));
    const settle = (how, value) => {
      socket.off('data', hear).off('error', fail).off('end', fail);
      how(value);
    };
    socket.on('data', hear).on('error', fail).on('end', fail);
  });
}

/** undefined as long as it is not whole. */
function answerIn(bytes) {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const head = bytes.latin1Slice(0, end).toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without its length: ${head}`);
  const body = bytes.subarray(end + HEAD_END.length);
  if (body.length < Number(length)) return undefined;
  return {
    status: Number(head.slice('http/1.1 '.length, 'http/1.1 '.length + 3)),
    text: body.toString(),
    stays: !head.includes('\r\nconnection: close'),
  };
}
