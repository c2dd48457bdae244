import type {
  HubCallback,
  HubEffect,
  HubRequest,
  Records,
  ShownOperation,
  ShownRenewals,
  ShownTokenRenewals,
  StoredCallback,
  Told,
} from './records.js';
import type { PlannedOperation, PlannedToken, Workload } from './workload.js';

export const OPERATION = 'op-1';
const CARD = 'card-1';
const TOKEN = 'card-1-t';
const START = Date.parse('2026-01-01T10:00:00.000Z');

/** The instant so many milliseconds after the beginning of the record. */
export function at(ms: number): string {
  return new Date(START + ms).toISOString();
}

export function aRequest(given: Partial<HubRequest> = {}): HubRequest {
  const of = { correlationId: OPERATION, issuerCardRefId: CARD, virtualCardId: TOKEN };
  const asked = { operation: 'updateCardState', ...of };
  return { ...asked, at: at(100), action: 'SUSPEND', status: 200, ended: 'answered', ...given };
}

export function aReading(given: Partial<HubRequest> = {}): HubRequest {
  const asked = { operation: 'getCardInfo', correlationId: OPERATION };
  const listed = { listed: ['SUSPENDED'], listedIds: [TOKEN] };
  return { ...asked, at: at(500), status: 200, ...listed, ended: 'answered', ...given };
}

export function anEffect(given: Partial<HubEffect> = {}): HubEffect {
  const done = { correlationId: OPERATION, virtualCardId: TOKEN, action: 'SUSPEND', source: 'ISSUER' };
  return { ...done, at: at(200), from: 'RESUMED', to: 'SUSPENDED', ...given };
}

export function aCallback(given: Partial<HubCallback> = {}): HubCallback {
  const said = { correlationId: OPERATION, issuerCardRefId: CARD, virtualCardId: TOKEN, isPrimary: true };
  return { ...said, action: 'SUSPEND', at: at(300), status: 200, ...given };
}

export function aStored({ change, ...given }: Partial<StoredCallback> = {}): StoredCallback {
  return {
    workflowId: `lcm/ISSUER1234/${OPERATION}`,
    workflowType: 'tokenOperation',
    change: { correlationId: OPERATION, virtualCardId: TOKEN, action: 'SUSPEND', ...change },
    ...given,
  };
}

export function aShown(given: Partial<ShownOperation> = {}): ShownOperation {
  return {
    operationId: OPERATION,
    scope: 'TOKEN',
    action: 'SUSPEND',
    issuerCardRefId: CARD,
    virtualCardId: TOKEN,
    status: 'CONFIRMED',
    effectiveStatus: 'CONFIRMED',
    final: true,
    evidence: 'CALLBACK',
    outcomes: [],
    exposed: [],
    attempts: 1,
    duplicates: 0,
    conflicts: [],
    unexpected: [],
    late: [],
    requestedAt: at(0),
    settledAt: at(310),
    hardDeadlineAt: at(20_000),
    ...given,
  };
}

/** The same for all tokens of the card. */
export function aCardOperation(given: Partial<ShownOperation> = {}): ShownOperation {
  const { virtualCardId: _virtualCardId, ...operation } = aShown();
  return { ...operation, scope: 'CARD', ...given };
}

/** The renewals of a card, by default of its token, as the first process shows them. */
export function aRenewalsView(
  renewals: readonly Partial<ShownTokenRenewals['renewals'][number]>[],
  attention?: string,
): ShownRenewals {
  const told = {
    correlationId: 'renewal-1',
    result: 'RENEWED',
    firstAt: at(300),
    lastAt: at(300),
    repeats: 0,
  };
  const token = {
    virtualCardId: TOKEN,
    expected: true,
    renewals: renewals.map((given) => ({ ...told, ...given })),
  };
  const body = { tokens: [token], open: false, ...(attention !== undefined && { attention }) };
  return { issuerCardRefId: CARD, api: 0, status: 200, body };
}

/** What a client was told, by default the operation as it is shown in the end. */
export function aTold(given: Partial<Omit<Told, 'sentAt' | 'answeredAt'>> & { ms?: number } = {}): Told {
  const { ms = 1_000, ...rest } = given;
  const asked = { key: 'key-1', call: 'get', api: 0, status: 200, body: aShown() } as const;
  return { ...asked, sentAt: START + ms, answeredAt: START + ms + 10, ...rest };
}

/** A post that was answered with an operation that had just begun. */
export function aPost(given: Parameters<typeof aTold>[0] = {}): Told {
  const { settledAt: _settledAt, ...begun } = aShown({ status: 'REQUESTED', final: false, evidence: 'NONE' });
  return aTold({ call: 'post', status: 202, ms: 0, body: begun, ...given });
}

export function aPlanned(given: Partial<PlannedOperation> = {}): PlannedOperation {
  const deadlines = { softDeadlineSeconds: 5, hardDeadlineSeconds: 20 };
  return {
    kind: 'operation',
    key: 'key-1',
    body: { action: 'SUSPEND', issuerCardRefId: CARD, virtualCardId: TOKEN, ...deadlines },
    posts: [],
    acts: [],
    next: 'when final',
    ...given,
  };
}

function aWorkload(planned: readonly PlannedOperation[], tokens: readonly PlannedToken[]): Workload {
  const card = { issuerCardRefId: CARD, tokens } as const;
  return { seed: 7, lanes: [{ card, startsAfterMs: 0, steps: planned }] };
}

export interface Parts {
  readonly tokens?: readonly PlannedToken[];
  readonly planned?: readonly PlannedOperation[];
  readonly told?: readonly Told[];
  readonly requests?: readonly HubRequest[];
  readonly effects?: readonly HubEffect[];
  readonly callbacks?: readonly HubCallback[];
  readonly operations?: readonly ShownOperation[];
  readonly stored?: readonly StoredCallback[];
  readonly foreign?: Records['foreign'];
  readonly looks?: Records['looks'];
  readonly starts?: Records['starts'];
  readonly renewals?: Records['renewals'];
  readonly comings?: Records['comings'];
  readonly outages?: Records['outages'];
  readonly mishaps?: readonly string[];
}

/** Three records that agree: one token was suspended, as was asked. Parts of them replace what is there. */
export function aRecord(parts: Parts = {}): Records {
  const operations = parts.operations ?? [aShown()];
  const [shown] = operations;
  return {
    workload: aWorkload(
      parts.planned ?? [aPlanned()],
      parts.tokens ?? [{ virtualCardId: TOKEN, status: 'RESUMED' }],
    ),
    told: parts.told ?? [aPost(), aTold({ body: shown })],
    hub: {
      requests: parts.requests ?? [aRequest()],
      effects: parts.effects ?? [anEffect()],
      callbacks: parts.callbacks ?? [aCallback()],
      plans: [],
    },
    operations: new Map(operations.map((operation) => [operation.operationId, operation])),
    stored: parts.stored ?? [aStored()],
    // By default in the instant of the request.
    starts:
      parts.starts ??
      new Map(operations.map(({ operationId, requestedAt }) => [operationId, Date.parse(requestedAt)])),
    foreign: parts.foreign ?? new Map(),
    looks: parts.looks ?? [
      { correlationId: OPERATION, scheduledAt: START, endedAt: START + 60_000, afterSending: true },
    ],
    renewals: parts.renewals ?? [],
    comings: parts.comings ?? [],
    outages: parts.outages ?? [],
    mishaps: parts.mishaps ?? [],
  };
}
