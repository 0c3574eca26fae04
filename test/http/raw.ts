/** Bytes over a socket, for requests that no client library would send. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Writes and waits until the other side closes; the answer may be cut. */
export async function sendRaw(port: number, text: string | Buffer, withinMs = 10_000): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  return parseAnswer(await closing(socket, withinMs));
}

/** Everything that comes until the connection is closed. */
export function closing(socket: Socket, withinMs = 10_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection stayed open; so far: ${text}`));
    }, withinMs);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

export function parseAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: rest.join('\r\n\r\n'),
  };
}

/** The JSON of an answer; a test knows what shape it has. */
export async function json(response: Response) {
  return JSON.parse(await response.text());
}
