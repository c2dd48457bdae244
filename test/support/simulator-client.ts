import type { CallbackEntry, RequestEntry } from '../../src/simulator/journal.js';
import type { Effect } from '../../src/simulator/state.js';
import type { Suspender, TokenStatus } from '../../src/simulator/tokens.js';
import { call } from './http-client.js';

/** What the simulator has recorded: an independent word on what reached the hub. */
export interface SimulatorClient {
  readonly url: string;
  /** Makes a card with these tokens, RESUMED unless told otherwise. */
  putCard(issuerCardRefId: string, tokens: readonly NewToken[]): Promise<void>;
  token(issuerCardRefId: string, virtualCardId: string): Promise<TokenSeen>;
  /** Requests for `updateCardState` with this correlation id. */
  updates(correlationId: string): Promise<RequestEntry[]>;
  effects(correlationId: string): Promise<Effect[]>;
  callbacks(correlationId: string): Promise<CallbackEntry[]>;
  beginOutage(mode: 'refuse' | '503'): Promise<void>;
  endOutage(): Promise<void>;
}

export interface NewToken {
  readonly virtualCardId: string;
  readonly status?: TokenStatus;
  readonly walletProviderId?: string;
}

export interface TokenSeen {
  readonly status: TokenStatus;
  readonly suspenders: readonly Suspender[];
}

export function createSimulatorClient(url: string): SimulatorClient {
  const control = `${url}/_simulator`;

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answered = await call(method, `${control}${path}`, body === undefined ? {} : { body });
    if (answered.status >= 300) throw new Error(`the simulator answers ${answered.status} to ${method} ${path}`);
    return answered.body as T;
  }
  async function list<T>(name: string, correlationId: string): Promise<T[]> {
    const query = `correlationId=${encodeURIComponent(correlationId)}`;
    return (await ask<{ items: T[] }>('GET', `/${name}?${query}`)).items;
  }

  return {
    url,
    async putCard(issuerCardRefId, tokens) {
      await ask('PUT', `/cards/${issuerCardRefId}`, { tokens });
    },
    async token(issuerCardRefId, virtualCardId) {
      const { tokens } = await ask<{ tokens: (TokenSeen & { virtualCardId: string })[] }>(
        'GET',
        `/cards/${issuerCardRefId}`,
      );
      const token = tokens.find((candidate) => candidate.virtualCardId === virtualCardId);
      if (token === undefined) throw new Error(`the simulator has no token ${virtualCardId}`);
      return token;
    },
    async updates(correlationId) {
      const requests = await list<RequestEntry>('requests', correlationId);
      return requests.filter(({ operation }) => operation === 'updateCardState');
    },
    effects: async (correlationId) => list<Effect>('effects', correlationId),
    callbacks: async (correlationId) => list<CallbackEntry>('callbacks', correlationId),
    beginOutage: async (mode) => ask('POST', '/outage', { mode }),
    endOutage: async () => ask('DELETE', '/outage'),
  };
}
