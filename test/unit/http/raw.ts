import { connect } from 'node:net';

/** What a client reads until the server ends the connection. */
export async function untilClosed(port: number, sent: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(sent);
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Sends these bytes, and reads the one answer before the connection ends. */
export async function sendRaw(port: number, sent: string | Buffer): Promise<RawAnswer> {
  const answer = await untilClosed(port, sent);
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(': ');
      return [name.toLowerCase(), value.join(': ')];
    }),
  );
  const body = rest.join('\r\n\r\n');
  if (Number(headers['content-length']) !== Buffer.byteLength(body)) {
    throw new Error(`not exactly one answer: ${answer}`);
  }
  return { status: Number(statusLine.split(' ')[1]), headers, body: JSON.parse(body) };
}
