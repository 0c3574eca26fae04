/** Hears one channel of Redis: nothing else comes on its connection once it listens. */
import { once } from 'node:events';
import { connect } from 'node:net';

const LINE_END = '\r\n';

/** Resolves when it listens. `hear` gets the text of each message. */
export async function listen(url, channel, hear) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  socket.write(`SUBSCRIBE ${channel}${LINE_END}`);
  const [answer] = await once(socket, 'data');
  const lead = `*3\r\n$7\r\nmessage\r\n$${Buffer.byteLength(channel)}\r\n${channel}\r\n$`;
  if (!answer.toString().startsWith('*3\r\n$9\r\nsubscribe\r\n'))
    throw new Error(`not subscribed: ${answer}`);
  let heard = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    heard = heard.length === 0 ? bytes : Buffer.concat([heard, bytes]);
    let at = 0;
    for (;;) {
      const lengthAt = at + lead.length;
      const textAt = heard.indexOf(LINE_END, lengthAt) + LINE_END.length;
      if (textAt < lengthAt) break;
      const end = textAt + Number(heard.latin1Slice(lengthAt, textAt));
      if (end + LINE_END.length > heard.length) break;
      hear(heard.utf8Slice(textAt, end));
      at = end + LINE_END.length;
    }
    heard = heard.subarray(at);
  });
}
