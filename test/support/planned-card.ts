// A card with many tokens at a hub of its own that keeps to a plan: what becomes of each token is known before anything happens.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { OperationView, TokenOutcome } from '../../src/domain/report/report.js';
import { createRandom, type Random } from '../reliability/random.js';
import { storm, type StormCallback } from './crowd.js';

/** What the hub does to one token, and says of it. */
export type Fate =
  /** Done, and the callback says so. */
  | 'done'
  /** Done, but the callback is lost. */
  | 'lost'
  /** Not done: the callback says 231. */
  | 'fails'
  /** Done, but the callback says 221: the device was not reached. */
  | 'not-reached';

export interface PlannedToken {
  readonly virtualCardId: string;
  readonly fate: Fate;
  /** The callback is sent twice. */
  readonly doubled: boolean;
  /** The callback comes before the hub's answer. */
  readonly early: boolean;
}

/** A callback under the operation's correlation id for a token that the card does not have. */
export interface PlannedStranger {
  readonly virtualCardId: string;
  readonly action: 'SUSPEND' | 'RESUME';
}

/** A SUSPEND of all tokens of this card. */
export interface CardPlan {
  readonly issuerCardRefId: string;
  readonly tokens: readonly PlannedToken[];
  readonly strangers: readonly PlannedStranger[];
  /** The order of the callbacks. */
  readonly random: Random;
}

/** What the hub saw and did; instants in milliseconds since 1970. */
export interface Played {
  /** Requests for `updateCardState`. */
  readonly updates: number;
  readonly looks: number;
  /** Callbacks that were sent until they were answered 200. */
  readonly callbacks: number;
  /** Answers 503 on the way there. */
  readonly postponed: number;
  /** When it got the request. */
  readonly beganAt: number;
  /** From the first callback to the last one's answer. */
  readonly callingBackMs: number;
  /** When the last of what decides the outcome was told: a callback that was answered, or a look that listed it. */
  readonly lastFactAt: number;
  /** Tokens that a look listed as done before their callback was answered: either may have been first. */
  readonly contested: ReadonlySet<string>;
}

export interface PlannedHub {
  readonly url: string;
  /** From now on the card is there, and what is asked for it is done as planned. */
  put(plan: CardPlan): void;
  /** Resolves once every planned callback has been answered 200. */
  calledBack(plan: CardPlan): Promise<void>;
  played(plan: CardPlan): Played;
  close(): Promise<void>;
}

const LOST = 0.05;
const DOUBLED = 0.2;
const EARLY = 0.1;
const FAILING = 0.02;
const NOT_REACHED = 0.02;
const STRANGERS = 0.02;
const CONNECTIONS = 20;

export function planCard(issuerCardRefId: string, count: number, seed: number | string): CardPlan {
  const random = createRandom(seed);
  const share = (part: number): number => Math.round(part * count);
  const fates: readonly Fate[] = shuffled(random, [
    ...repeated<Fate>('lost', share(LOST)),
    ...repeated<Fate>('fails', share(FAILING)),
    ...repeated<Fate>('not-reached', share(NOT_REACHED)),
  ]);
  const rest = repeated<Fate>('done', count - fates.length);
  const doubled = shuffled(random, [
    ...repeated(true, share(DOUBLED)),
    ...repeated(false, count - share(DOUBLED)),
  ]);
  const early = shuffled(random, [...repeated(true, share(EARLY)), ...repeated(false, count - share(EARLY))]);
  const tokens = shuffled(random, [...fates, ...rest]).map((fate, index) => ({
    virtualCardId: `${issuerCardRefId}-${index}`,
    fate,
    doubled: doubled[index] === true && fate !== 'lost',
    early: early[index] === true && fate !== 'lost',
  }));
  const strangers = Array.from({ length: share(STRANGERS) }, (_, index) => ({
    virtualCardId: `${issuerCardRefId}-stranger-${index}`,
    action: index % 2 === 0 ? ('SUSPEND' as const) : ('RESUME' as const),
  }));
  return { issuerCardRefId, tokens, strangers, random };
}

/** How the result differs from what was planned, a line for each difference; none when it is exact. */
export function differencesFrom(plan: CardPlan, played: Played, seen: OperationView): string[] {
  const expected = new Map([
    ...plan.tokens.map((token) => [token.virtualCardId, outcomeOf(token)] as const),
    ...plan.strangers
      .filter(({ action }) => action === 'SUSPEND')
      .map(({ virtualCardId }) => [virtualCardId, { ...byCallback, expected: false }] as const),
  ]);
  const shown = new Map(seen.outcomes.map((outcome) => [outcome.virtualCardId, outcome]));
  const tokens = [...expected].flatMap(([virtualCardId, planned]) => {
    const found = describe(shown.get(virtualCardId));
    const allowed = [describe(planned)];
    if (played.contested.has(virtualCardId)) allowed.push(describe({ ...planned, evidence: 'READING' }));
    return allowed.includes(found) ? [] : [`${virtualCardId}: ${found} instead of ${allowed.join(' or ')}`];
  });
  const surplus = [...shown.keys()].filter((virtualCardId) => !expected.has(virtualCardId));
  return [
    ...tokens,
    ...surplus.map((virtualCardId) => `${virtualCardId}: nobody planned it`),
    ...Object.entries(wholeOf(plan)).flatMap(([name, planned]) => {
      const found: unknown = name === 'unexpected' ? seen.unexpected.length : Reflect.get(seen, name);
      return JSON.stringify(found) === JSON.stringify(planned)
        ? []
        : [`${name}: ${JSON.stringify(found)} instead of ${JSON.stringify(planned)}`];
    }),
    ...(played.updates === 1 ? [] : [`${played.updates} requests for updateCardState instead of 1`]),
    // What was answered 503 may be stored a little later, beside its repetition; and a look can settle a token, and with it
    // the card, before its callback has come, which then agrees.
    ...seen.late
      .filter(({ kind }) => kind !== 'duplicate')
      .filter(({ kind, change }) => {
        const virtualCardId = change?.virtualCardId ?? '';
        const isOvertaken = shown.get(virtualCardId)?.evidence === 'READING';
        return !(kind === 'amendment' && played.contested.has(virtualCardId) && isOvertaken);
      })
      .map(({ kind, change }) => `late: ${kind} of ${change?.virtualCardId ?? 'nothing'}`),
    ...(seen.duplicates >= copiesIn(plan)
      ? []
      : [`${seen.duplicates} duplicates, fewer than ${copiesIn(plan)}`]),
  ];
}

const byCallback = { result: 'CONFIRMED', expected: true, evidence: 'CALLBACK' } as const;

function outcomeOf({
  fate,
}: PlannedToken): Pick<TokenOutcome, 'result' | 'expected' | 'evidence' | 'errorCode' | 'device'> {
  switch (fate) {
    case 'done':
      return byCallback;
    case 'lost':
      return { ...byCallback, evidence: 'READING' };
    case 'fails':
      return { ...byCallback, result: 'FAILED', errorCode: 231 };
    case 'not-reached':
      return { ...byCallback, evidence: 'READING', device: 'NOT_REACHED' };
  }
}

function describe(outcome: Partial<TokenOutcome> | undefined): string {
  if (outcome === undefined) return 'nothing';
  const { result, expected, evidence, errorCode = '', device = '' } = outcome;
  return `${result} ${evidence} ${expected === true ? 'expected' : 'not expected'} ${errorCode} ${device}`.trim();
}

/** What is planned of the card as a whole. */
function wholeOf({ tokens, strangers }: CardPlan): Partial<Record<keyof OperationView, unknown>> {
  const failing = tokens.filter(({ fate }) => fate === 'fails').map(({ virtualCardId }) => virtualCardId);
  const unexpected = strangers.filter(({ action }) => action === 'RESUME').length;
  const isPartial = failing.length > 0;
  const status = isPartial ? 'PARTIALLY_CONFIRMED' : 'CONFIRMED';
  return {
    status,
    effectiveStatus: status,
    final: true,
    attempts: 1,
    errorCode: isPartial ? 231 : undefined,
    exposed: failing,
    attention: isPartial ? 'TOKEN_EXPOSED' : unexpected > 0 ? 'UNEXPECTED_CALLBACK' : undefined,
    unexpected,
    conflicts: [],
  };
}

function copiesIn({ tokens }: CardPlan): number {
  return tokens.filter(({ doubled }) => doubled).length;
}

interface Play {
  readonly plan: CardPlan;
  readonly byId: ReadonlyMap<string, PlannedToken>;
  readonly suspended: Set<string>;
  readonly contested: Set<string>;
  /** When each token's fate became known to the service. */
  readonly toldAt: Map<string, number>;
  readonly done: Promise<void>;
  end(): void;
  updates: number;
  looks: number;
  callbacks: number;
  postponed: number;
  beganAt: number;
  endedAt: number;
}

/** @param callbackUrl where the service takes callbacks; asked for when the first is sent */
export async function startPlannedHub(callbackUrl: () => string): Promise<PlannedHub> {
  const plays = new Map<string, Play>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await textOf(request)) as { issuerCardRefId: string };
    const play = plays.get(body.issuerCardRefId);
    if (play === undefined) return send(response, 400, { responseCode: 116 });
    if (request.url === '/getCardInfo') return send(response, 200, { virtualCardList: look(play) });
    play.updates += 1;
    // Whoever asks again has not heard the answer; the plan is carried out once.
    if (play.updates > 1) return send(response, 200, {});
    const to = {
      correlationId: String(request.headers['x-correlation-id']),
      issuerId: String(request.headers['x-issuer-id']),
    };
    play.beganAt = Date.now();
    for (const { virtualCardId, fate } of play.plan.tokens) {
      if (fate === 'lost') play.suspended.add(virtualCardId);
    }
    const isEarly = ({ virtualCardId }: Call): boolean => play.byId.get(virtualCardId)?.early === true;
    const calls = callsOf(play.plan);
    await callBack(play, calls.filter(isEarly), to);
    send(response, 200, {});
    const last = calls.findLast((call) => isPlain(play.byId.get(call.virtualCardId)));
    await callBack(
      play,
      calls.filter((call) => call !== last && !isEarly(call)),
      to,
    );
    // Copies and strangers that came after the end would be late, which is another matter.
    if (last !== undefined) await callBack(play, [last], to);
    play.endedAt = Date.now();
    play.end();
  }

  async function callBack(
    play: Play,
    calls: readonly Call[],
    { correlationId, issuerId }: { correlationId: string; issuerId: string },
  ): Promise<void> {
    const callbacks = calls.map((call) => ({ correlationId, body: call }));
    const tokenOf = ({ body }: StormCallback): PlannedToken | undefined =>
      play.byId.get((body as Call).virtualCardId);
    const { stored, postponed } = await storm(callbackUrl(), callbacks, {
      issuerId,
      connections: CONNECTIONS,
      onSend: (callback) => {
        const token = tokenOf(callback);
        if (token !== undefined && token.fate !== 'fails') play.suspended.add(token.virtualCardId);
      },
      onStored: (callback) => {
        const token = tokenOf(callback);
        // What says 221 proves nothing; the look after it does.
        if (token !== undefined && token.fate !== 'not-reached') note(play, token.virtualCardId);
      },
    });
    play.callbacks += stored;
    play.postponed += postponed;
  }

  const server = createServer((request, response) => {
    // Whoever asked has gone.
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((begun) => server.listen(0, '127.0.0.1', begun));
  const playOf = ({ issuerCardRefId }: CardPlan): Play => {
    const play = plays.get(issuerCardRefId);
    if (play === undefined) throw new Error(`the hub has no card ${issuerCardRefId}`);
    return play;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    put: (plan) => plays.set(plan.issuerCardRefId, beginPlay(plan)),
    calledBack: async (plan) => playOf(plan).done,
    played(plan) {
      const { updates, looks, callbacks, postponed, contested, toldAt, beganAt, endedAt } = playOf(plan);
      return {
        updates,
        looks,
        callbacks,
        postponed,
        contested,
        beganAt,
        callingBackMs: endedAt - beganAt,
        lastFactAt: [...toldAt.values()].reduce((last, at) => Math.max(last, at), 0),
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function isPlain(token: PlannedToken | undefined): boolean {
  return token?.fate === 'done' && !token.doubled && !token.early;
}

function beginPlay(plan: CardPlan): Play {
  let end = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    plan,
    byId: new Map(plan.tokens.map((token) => [token.virtualCardId, token])),
    suspended: new Set(),
    contested: new Set(),
    toldAt: new Map(),
    done,
    end: () => end(),
    updates: 0,
    looks: 0,
    callbacks: 0,
    postponed: 0,
    beganAt: 0,
    endedAt: 0,
  };
}

/** The first telling counts: what comes after it changes nothing. */
function note({ toldAt }: Play, virtualCardId: string): void {
  if (!toldAt.has(virtualCardId)) toldAt.set(virtualCardId, Date.now());
}

function look(play: Play): object[] {
  play.looks += 1;
  for (const virtualCardId of play.suspended) {
    if (play.byId.get(virtualCardId)?.fate === 'done' && !play.toldAt.has(virtualCardId)) {
      play.contested.add(virtualCardId);
    }
    note(play, virtualCardId);
  }
  return play.plan.tokens.map(({ virtualCardId }) => ({
    virtualCardId,
    status: play.suspended.has(virtualCardId) ? 'SUSPENDED' : 'RESUMED',
    walletProviderId: 'APPLE_PAY',
  }));
}

interface Call {
  readonly virtualCardId: string;
  readonly action: string;
  readonly errorCode?: number;
  readonly source: string;
}

/** In random order; a copy differs in a field that decides nothing, or it would share a call. */
function callsOf({ tokens, strangers, random }: CardPlan): Call[] {
  const errors: Readonly<Record<Fate, { errorCode?: number }>> = {
    done: {},
    lost: {},
    fails: { errorCode: 231 },
    'not-reached': { errorCode: 221 },
  };
  const own = tokens
    .filter(({ fate }) => fate !== 'lost')
    .flatMap(({ virtualCardId, fate, doubled }) => {
      const call = { virtualCardId, action: 'SUSPEND', ...errors[fate], source: 'ISSUER' };
      return doubled ? [call, { ...call, source: 'COPY' }] : [call];
    });
  return shuffled(random, [...own, ...strangers.map((stranger) => ({ ...stranger, source: 'TSP' }))]);
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ item }) => item);
}

function repeated<T>(item: T, count: number): T[] {
  return Array.from({ length: count }, () => item);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
