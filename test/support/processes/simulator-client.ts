import { randomUUID } from 'node:crypto';

import type { CallbackEntry, RequestEntry } from '../../../src/simulator/cards/journal.js';
import type { PlanView } from '../../../src/simulator/plan/plan-words.js';
import type { CardRenewal, WantedRenewal } from '../../../src/simulator/callbacks/renewals.js';
import type { Effect } from '../../../src/simulator/cards/state.js';
import type { Suspender, TokenStatus } from '../../../src/simulator/cards/tokens.js';
import { call } from './http-client.js';

/** What the simulator has recorded: an independent word on what reached the hub. */
export interface SimulatorClient {
  readonly url: string;
  /** Makes a card with these tokens, RESUMED unless told otherwise. */
  putCard(issuerCardRefId: string, tokens: readonly NewToken[]): Promise<void>;
  token(issuerCardRefId: string, virtualCardId: string): Promise<TokenSeen>;
  /** Requests for `updateCardState` with this correlation id. */
  updates(correlationId: string): Promise<RequestEntry[]>;
  /** The same by token. */
  updatesOf(virtualCardId: string): Promise<RequestEntry[]>;
  effects(correlationId: string): Promise<Effect[]>;
  /** Whoever caused them. */
  effectsOn(virtualCardId: string): Promise<Effect[]>;
  callbacks(correlationId: string): Promise<CallbackEntry[]>;
  /** Every request for `updateCardState`, whoever's. */
  allUpdates(): Promise<RequestEntry[]>;
  effectsOnCard(issuerCardRefId: string): Promise<Effect[]>;
  /** The renewals of the token that succeeded. */
  renewalsOf(virtualCardId: string): Promise<Effect[]>;
  /** Makes the TSP renew a card, or only these tokens of it. */
  renew(issuerCardRefId: string, wanted?: WantedRenewal): Promise<CardRenewal>;
  /** Turns the hub's clock forward, and answers what became due. */
  advanceClock(advanceDays: number): Promise<CardRenewal[]>;
  /** One token more on a card, while whatever is under way goes on. */
  addToken(issuerCardRefId: string, token: NewToken): Promise<void>;
  removeToken(issuerCardRefId: string, virtualCardId: string): Promise<void>;
  /** What was planned under this correlation id: for a whole card first the answer, then each token. */
  plans(correlationId: string): Promise<PlanView[]>;
  /** From now on the hub answers 503 and does nothing. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** Makes the hub call back, now and until it is answered, that the SUSPEND of this token succeeded. */
  sendCallback(virtualCardId: string, correlationId: string): Promise<void>;
}

export interface TokenAddress {
  readonly issuerCardRefId: string;
  readonly virtualCardId: string;
}

export interface NewToken {
  readonly virtualCardId: string;
  readonly status?: TokenStatus;
  readonly walletProviderId?: string;
  readonly suspenders?: readonly Suspender[];
  /** When it is due for a renewal, by the hub's clock. */
  readonly renewsAt?: string;
}

export interface TokenSeen {
  readonly status: TokenStatus;
  readonly suspenders: readonly Suspender[];
}

export function createSimulatorClient(url: string): SimulatorClient {
  const control = `${url}/_simulator`;

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answered = await call(method, `${control}${path}`, body === undefined ? {} : { body });
    if (answered.status >= 300)
      throw new Error(`the simulator answers ${answered.status} to ${method} ${path}`);
    return answered.body as T;
  }
  async function list<T>(name: string, filter: Record<string, string>): Promise<T[]> {
    return (await ask<{ items: T[] }>('GET', `/${name}?${new URLSearchParams(filter).toString()}`)).items;
  }

  async function updatesBy(filter: Record<string, string>): Promise<RequestEntry[]> {
    const requests = await list<RequestEntry>('requests', filter);
    return requests.filter(({ operation }) => operation === 'updateCardState');
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
    updates: async (correlationId) => updatesBy({ correlationId }),
    updatesOf: async (virtualCardId) => updatesBy({ virtualCardId }),
    effects: async (correlationId) => list<Effect>('effects', { correlationId }),
    effectsOn: async (virtualCardId) => list<Effect>('effects', { virtualCardId }),
    allUpdates: async () => updatesBy({}),
    effectsOnCard: async (issuerCardRefId) => list<Effect>('effects', { issuerCardRefId }),
    renewalsOf: async (virtualCardId) =>
      (await list<Effect>('effects', { virtualCardId })).filter(({ action }) => action === 'RENEW'),
    renew: async (issuerCardRefId, wanted = {}) => ask('POST', `/cards/${issuerCardRefId}/renew`, wanted),
    advanceClock: async (advanceDays) =>
      (await ask<{ renewals: CardRenewal[] }>('POST', '/clock', { advanceDays })).renewals,
    async addToken(issuerCardRefId, token) {
      await ask('POST', `/cards/${issuerCardRefId}/tokens`, token);
    },
    async removeToken(issuerCardRefId, virtualCardId) {
      await ask('DELETE', `/cards/${issuerCardRefId}/tokens/${virtualCardId}`);
    },
    plans: async (correlationId) => list<PlanView>('plans', { correlationId }),
    goDown: async () => ask('POST', '/outage', { mode: '503' }),
    comeBack: async () => ask('DELETE', '/outage'),
    callbacks: async (correlationId) => list<CallbackEntry>('callbacks', { correlationId }),
    async sendCallback(virtualCardId, correlationId) {
      // A token that is suspended already does not change; the callback is sent all the same.
      const change = { action: 'SUSPEND', source: 'TSP', correlationId };
      await ask('POST', `/tokens/${virtualCardId}/change`, change);
    },
  };
}

/** A card of its own with one token, whose name ends as given. */
export async function aToken(simulator: SimulatorClient, suffix = ''): Promise<TokenAddress> {
  const issuerCardRefId = `card-${randomUUID().slice(0, 8)}`;
  const virtualCardId = `${issuerCardRefId}${suffix}`;
  await simulator.putCard(issuerCardRefId, [{ virtualCardId }]);
  return { issuerCardRefId, virtualCardId };
}
