import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with one request; `hang-up` cuts the connection, `silence` never answers. */
export type Script =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | 'hang-up'
  | 'silence';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  close(): void;
}

/** Answers the n-th request by the n-th line of a script, and all later ones by the last. */
export async function startScriptedServer(...script: readonly Script[]): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') });
      const step = script[Math.min(requests.length, script.length) - 1];
      if (step === undefined || step === 'silence') return;
      if (step === 'hang-up') {
        request.socket.destroy();
        return;
      }
      const body = typeof step.body === 'string' ? step.body : JSON.stringify(step.body ?? {});
      response.writeHead(step.status, { 'content-type': 'application/json', ...step.headers }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
