import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { call, type Answered } from './http-client.js';

/** Stands before the simulator: requests pass, answers wait while it is shut. For kills between a request and its answer. */
export interface HubGate {
  readonly url: string;
  /** From now on the answers to these requests are held back: those to `updateCardState` unless told otherwise. */
  shut(which?: (request: GateRequest) => boolean): void;
  /** Lets go what is held back, and everything from now on. */
  open(): void;
  /** How many answers wait here, of all or of those about this card. */
  held(issuerCardRefId?: string): number;
  /** Answers in the simulator's place when it has an answer; undefined lets the request pass. */
  answerInstead(answer: (request: GateRequest) => GateAnswer | undefined): void;
  close(): Promise<void>;
}

export interface GateRequest {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

export interface GateAnswer {
  readonly status: number;
  readonly body: unknown;
}

export async function startHubGate(hubUrl: string): Promise<HubGate> {
  let held: { readonly about: unknown; readonly letGo: () => void }[] = [];
  let isHeld: (request: GateRequest) => boolean = () => false;
  let instead: (request: GateRequest) => GateAnswer | undefined = () => undefined;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const body = await textOf(request);
    const asked: GateRequest = { path, body: JSON.parse(body) as Record<string, unknown> };
    const answer = instead(asked);
    if (answer !== undefined) return send(response, { ...answer, headers: {} });
    const answered = await call('POST', `${hubUrl}${path}`, { body, headers: hubHeaders(request) });
    if (isHeld(asked)) {
      await new Promise<void>((letGo) => held.push({ about: asked.body['issuerCardRefId'], letGo }));
    }
    send(response, answered);
  }

  const server = createServer((request, response) => {
    // The hub hangs up, or the caller has gone: then there is nobody to answer.
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut: (which = ({ path }) => path === '/updateCardState') => {
      isHeld = which;
    },
    open: () => {
      isHeld = () => false;
      held.forEach(({ letGo }) => letGo());
      held = [];
    },
    held: (issuerCardRefId) =>
      held.filter(({ about }) => issuerCardRefId === undefined || about === issuerCardRefId).length,
    answerInstead: (answer) => {
      instead = answer;
    },
    async close() {
      held.forEach(({ letGo }) => letGo());
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function hubHeaders(request: IncomingMessage): Record<string, string> {
  const names = ['x-correlation-id', 'x-issuer-id'];
  return Object.fromEntries(names.map((name) => [name, String(request.headers[name] ?? '')]));
}

function send(
  response: ServerResponse,
  { status, body }: Pick<Answered, 'status' | 'body' | 'headers'>,
): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === '' ? undefined : JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
