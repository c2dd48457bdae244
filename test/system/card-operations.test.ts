// Operations on all tokens of a card, from the HTTP request to the recorded outcome, against a hub that misbehaves by the names
// of the card and of its tokens (docs/simulator.md). Every outcome is compared with what the simulator has recorded.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { OperationView, TokenOutcome } from '../../src/domain/report/report.js';
import type { Action } from '../../src/domain/hub/token-state.js';
import { createLanes } from '../../src/temporal/callbacks/lanes.js';
import { until, withOutput } from '../support/processes/processes.js';
import type { NewToken } from '../support/processes/simulator-client.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';

interface Row {
  readonly title: string;
  /** SUSPEND by default. */
  readonly action?: Action;
  /** The end of the card's reference: how the one request is answered, or how the card can be read. */
  readonly card?: string;
  readonly tokens: readonly Part[];
  readonly softDeadlineSeconds?: number;
  readonly hardDeadlineSeconds?: number;
  /** What happens once the hub has the request. */
  readonly meanwhile?: (started: Started) => Promise<void>;
  /** How the operation ends. */
  readonly ends: Partial<OperationView>;
  /** By the ends of their names; the same as those of the tokens unless told otherwise. */
  readonly exposed?: readonly string[];
}

interface Part extends Omit<NewToken, 'virtualCardId'> {
  /** The end of the token's name, which selects its misbehaviour. */
  readonly name: string;
  readonly ends: Partial<TokenOutcome>;
}

interface Started {
  readonly issuerCardRefId: string;
  readonly operationId: string;
}

const byCallback = { result: 'CONFIRMED', expected: true, evidence: 'CALLBACK' } as const;
const byReading = { result: 'CONFIRMED', expected: true, evidence: 'READING' } as const;
const silent = { result: 'SILENT', expected: true, evidence: 'NONE' } as const;
const notEligible = { result: 'NOT_ELIGIBLE', expected: false } as const;
const refused = { result: 'FAILED', expected: true, evidence: 'ANSWER' } as const;

const confirmed = { status: 'CONFIRMED', effectiveStatus: 'CONFIRMED', exposed: [] } as const;
const partial = { status: 'PARTIALLY_CONFIRMED', effectiveStatus: 'PARTIALLY_CONFIRMED' } as const;
const exposed = { ...partial, attention: 'TOKEN_EXPOSED' } as const;
/** Overdue soon, and over before the test loses its patience. */
const impatient = { softDeadlineSeconds: 4, hardDeadlineSeconds: 12 };
const SUSPENDED = { status: 'SUSPENDED', suspenders: ['ISSUER'] } as const;

const ROWS: readonly Row[] = [
  {
    title:
      'CONFIRMED by the callbacks of all tokens, repeated, early, with codes as texts and unknown fields',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-duplicate', ends: byCallback },
      { name: '-string-code', ends: byCallback },
      { name: '-slow', ends: byCallback },
    ],
    ends: { ...confirmed, evidence: 'CALLBACK', attempts: 1 },
  },
  {
    title: 'CONFIRMED by a reading when callbacks are lost or say that the device was not reached',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-lost', ends: byReading },
      { name: '-unreachable-221-done', ends: { ...byReading, device: 'NOT_REACHED' } },
    ],
    softDeadlineSeconds: 3,
    ends: { ...confirmed, evidence: 'READING', attempts: 1 },
  },
  {
    title: 'PARTIALLY_CONFIRMED with the tokens that can still pay when some fail, for good or without proof',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-failed-231', ends: { result: 'FAILED', evidence: 'CALLBACK', errorCode: 231 } },
      { name: '-expired-322', ends: { result: 'FAILED', evidence: 'CALLBACK', errorCode: 322 } },
    ],
    ends: { ...exposed, errorCode: 231, attempts: 1 },
    exposed: ['-failed-231', '-expired-322'],
  },
  {
    title: 'FAILED when every token fails',
    tokens: ['-1-failed-231', '-2-failed-231'].map((name) => ({
      name,
      ends: { result: 'FAILED', evidence: 'CALLBACK', errorCode: 231 },
    })),
    ends: { status: 'FAILED', evidence: 'CALLBACK', errorCode: 231, attention: 'TOKEN_EXPOSED' },
    exposed: ['-1-failed-231', '-2-failed-231'],
  },
  {
    title: 'PARTIALLY_CONFIRMED when one stays silent until the hard deadline',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-silent', ends: silent },
    ],
    ...impatient,
    ends: exposed,
    exposed: ['-silent'],
  },
  {
    title: 'UNKNOWN when all stay silent until the hard deadline',
    tokens: [{ name: '-silent', ends: silent }],
    ...impatient,
    ends: { status: 'UNKNOWN', evidence: 'NONE', attention: 'TOKEN_EXPOSED' },
    exposed: ['-silent'],
  },
  {
    title: 'I5: CONFIRMED by the first word and a reading when a second one contradicts it, which is shown',
    tokens: [
      { name: '-contradicts', ends: byCallback },
      // The look that the contradiction asks for may be faster than its callback.
      { name: '-slow', ends: { result: 'CONFIRMED', expected: true } },
    ],
    ends: { ...confirmed, attention: 'CONFLICT', conflicts: [expect.objectContaining({ errorCode: 231 })] },
  },
  {
    title: 'I7: CONFIRMED with attention when a token reports another action as well',
    tokens: [
      { name: '-unexpected', ends: { result: 'CONFIRMED', expected: true } },
      { name: '-slow', ends: { result: 'CONFIRMED', expected: true } },
    ],
    ends: { ...confirmed, attention: 'UNEXPECTED_CALLBACK' },
  },
  {
    title:
      'PARTIALLY_CONFIRMED in conflict with a list whose state of a token nobody knows: it counts as one that can pay',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-unknown-fields', ends: { result: 'CONFIRMED', expected: false, evidence: 'CALLBACK' } },
    ],
    ends: { ...exposed, effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' },
    exposed: ['-unknown-fields'],
  },
  {
    title:
      'PARTIALLY_CONFIRMED with a token that is not active yet: nothing is asked of it, and it may become able to pay',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-inactive', status: 'INACTIVE', ends: notEligible },
      { name: '-deleted', status: 'DELETED', ends: notEligible },
    ],
    ends: exposed,
    exposed: ['-inactive'],
  },

  {
    title: 'UNKNOWN with attention when the card has no tokens: the reference may be wrong',
    tokens: [],
    ends: { status: 'UNKNOWN', evidence: 'NONE', attention: 'UNKNOWN_OUTCOME', outcomes: [], exposed: [] },
  },
  {
    title: 'REJECTED with the code when the hub refuses the request for good',
    card: '-ok-with-code-111',
    tokens: [{ name: '-a', ends: refused }],
    ends: { status: 'REJECTED', evidence: 'ANSWER', errorCode: 111, attempts: 1 },
  },
  {
    title: 'I4: CONFIRMED, and not accepted by a page, when a firewall answers 200 in the place of the hub',
    card: '-page-200',
    tokens: [{ name: '-a', ends: byCallback }],
    ends: { ...confirmed, evidence: 'CALLBACK', attempts: 3 },
  },
  {
    title:
      'REJECTED with the tokens that can still pay when it is refused for a state that a reading does not show',
    card: '-refused-432',
    tokens: [
      { name: '-a', ends: refused },
      { name: '-b', ...SUSPENDED, ends: byReading },
    ],
    ends: { status: 'REJECTED', evidence: 'ANSWER', errorCode: 432, attention: 'TOKEN_EXPOSED' },
    exposed: ['-a'],
  },
  {
    title: 'CONFIRMED by a reading when it is refused because all is done already',
    tokens: [{ name: '-a', ...SUSPENDED, ends: byReading }],
    ends: { ...confirmed, evidence: 'READING', attempts: 1 },
  },
  ...(['-busy-321', '-flaky-503'] as const).map((card): Row => ({
    title: `I2: CONFIRMED at the third attempt when the hub turns two away (${card})`,
    card,
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-b', ends: byCallback },
    ],
    ends: { ...confirmed, evidence: 'CALLBACK', attempts: 3 },
  })),
  ...(['-timeout', '-reset', '-early'] as const).map((card): Row => ({
    title: `I2: CONFIRMED with one effect per token when the answer is lost or late (${card})`,
    card,
    tokens: [
      { name: '-a', ends: { result: 'CONFIRMED', expected: true } },
      { name: '-b', ends: { result: 'CONFIRMED', expected: true } },
    ],
    ends: confirmed,
  })),
  {
    title: 'PARTIALLY_CONFIRMED when a token vanishes before it has reported',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-silent', ends: silent },
    ],
    ...impatient,
    meanwhile: async ({ issuerCardRefId }) =>
      stack.simulator.removeToken(issuerCardRefId, `${issuerCardRefId}-silent`),
    // Nobody knows whether it was suspended before it went.
    ends: { ...partial, exposed: [], attention: 'UNKNOWN_OUTCOME' },
  },
  {
    title: 'CONFIRMED of a DELETE when a token vanishes: two complete lists lack it',
    action: 'DELETE',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-silent', ends: byReading },
    ],
    softDeadlineSeconds: 3,
    meanwhile: async ({ issuerCardRefId }) =>
      stack.simulator.removeToken(issuerCardRefId, `${issuerCardRefId}-silent`),
    ends: { ...confirmed, evidence: 'READING' },
  },
  {
    title: 'PARTIALLY_CONFIRMED when a token appears in between that can pay',
    tokens: [
      { name: '-a', ends: byCallback },
      { name: '-slow', ends: byCallback },
    ],
    meanwhile: async ({ issuerCardRefId }) =>
      stack.simulator.addToken(issuerCardRefId, { virtualCardId: `${issuerCardRefId}-new` }),
    ends: exposed,
    exposed: ['-new'],
  },
  {
    title:
      'CONFIRMED when a stranger reports under its correlation id, which is shown beside the tokens of the card',
    tokens: [{ name: '-slow', ends: byCallback }],
    meanwhile: async ({ issuerCardRefId, operationId }) => {
      const body = { virtualCardId: `${issuerCardRefId}-stranger`, action: 'SUSPEND' };
      expect(await service.callBack(operationId, body)).toMatchObject({ status: 200 });
    },
    ends: {
      ...confirmed,
      outcomes: expect.arrayContaining([
        expect.objectContaining({ result: 'CONFIRMED', expected: false }),
      ]) as OperationView['outcomes'],
    },
  },

  {
    title: 'CONFIRMED of a RESUME of the suspended tokens; of the others nothing is asked',
    action: 'RESUME',
    tokens: [
      { name: '-a', ...SUSPENDED, ends: byCallback },
      { name: '-lost', ...SUSPENDED, ends: byReading },
      { name: '-resumed', ends: notEligible },
    ],
    softDeadlineSeconds: 3,
    ends: { ...confirmed, evidence: 'READING' },
  },
  {
    title: 'CONFIRMED of a RESUME with attention when somebody else keeps a token suspended',
    action: 'RESUME',
    tokens: [
      { name: '-a', ...SUSPENDED, ends: byCallback },
      { name: '-other-suspender', ...SUSPENDED, ends: byCallback },
    ],
    ends: { ...confirmed, evidence: 'CALLBACK', attention: 'OTHER_SUSPENDER' },
  },
  {
    title: 'CONFIRMED of a DELETE of everything that is not deleted yet',
    action: 'DELETE',
    tokens: [
      { name: '-from-app', ends: { ...byCallback, device: 'REMOVED' } },
      { name: '-inactive', status: 'INACTIVE', ends: byCallback },
      { name: '-suspended', ...SUSPENDED, ends: byCallback },
      { name: '-deleted', status: 'DELETED', ends: notEligible },
    ],
    ends: { ...confirmed, evidence: 'CALLBACK' },
  },
];

/** A hub that does not answer opens the circuit of the process for all: these run when the others have ended. */
const SICK_ROWS: readonly Row[] = [
  {
    title: 'UNKNOWN when the hub never accepts and never says what became of the attempts',
    card: '-never-accepted',
    tokens: [{ name: '-a', ends: silent }],
    ...impatient,
    ends: { status: 'UNKNOWN', evidence: 'NONE', attention: 'TOKEN_EXPOSED' },
    exposed: ['-a'],
  },

  ...(['-info-fails', '-info-empty'] as const).map((card): Row => ({
    title: `I4: never CONFIRMED when the hub does not list the card (${card}): nobody knows whether a token can pay`,
    card,
    tokens: [{ name: '-a', ends: { result: 'CONFIRMED', expected: false, evidence: 'CALLBACK' } }],
    ...impatient,
    ends: { ...partial, attention: 'UNKNOWN_OUTCOME', attempts: 1, exposed: [] },
  })),
];

const AT_A_TIME = 6;

interface Outcome extends Started {
  readonly operation: OperationView;
}

let stack: Stack;
let service: Service;
const outcomes = new Map<Row, Promise<Outcome>>();

// Several at a time: most of the time they wait, but the list before the request has to come within two seconds.
beforeAll(async () => {
  stack = await startStack();
  service = await stack.service();
  const lanes = createLanes(AT_A_TIME);
  const start = (row: Row, after: Promise<unknown> = Promise.resolve()): void => {
    const outcome = after.then(async () => lanes.enter('rows', async () => run(row)));
    outcome.catch(() => undefined); // Its own test reports it.
    outcomes.set(row, outcome);
  };
  for (const row of ROWS) start(row);
  const ended = Promise.allSettled(outcomes.values());
  for (const row of SICK_ROWS) start(row, ended);
}, 120_000);
afterAll(async () => stack?.stop(), 120_000);
jest.setTimeout(240_000);

async function run(row: Row): Promise<Outcome> {
  const { action = 'SUSPEND', softDeadlineSeconds = 30, hardDeadlineSeconds = 60 } = row;
  const issuerCardRefId = `card-${randomUUID().slice(0, 8)}${row.card ?? ''}`;
  const tokens = row.tokens.map(({ name, ends: _ends, ...token }) => ({
    virtualCardId: `${issuerCardRefId}${name}`,
    ...token,
  }));
  await stack.simulator.putCard(issuerCardRefId, tokens);
  const body = { action, issuerCardRefId, softDeadlineSeconds, hardDeadlineSeconds };
  const { operationId } = await service.start(body);
  if (row.meanwhile !== undefined) {
    await until(
      async () => stack.simulator.updates(operationId),
      (updates) => updates.length > 0,
    );
    await row.meanwhile({ issuerCardRefId, operationId });
  }
  await service.final(operationId);
  // What comes after the last token's word belongs to the outcome too.
  await sleep(500);
  return { issuerCardRefId, operationId, operation: await service.operation(operationId) };
}

it.each([...ROWS, ...SICK_ROWS])(
  '$title',
  withOutput(async (row: Row) => {
    const outcome = await outcomes.get(row);
    if (outcome === undefined) throw new Error('was never started');
    const { operation, issuerCardRefId } = outcome;
    const { attempts = 0, ...ends } = row.ends;
    // On a busy machine an answer may come too late: an attempt without one, and one more.
    expect(operation.attempts).toBeGreaterThanOrEqual(attempts);
    expect(operation).toMatchObject({
      scope: 'CARD',
      final: true,
      issuerCardRefId,
      ...ends,
      ...(row.exposed !== undefined && { exposed: row.exposed.map((name) => `${issuerCardRefId}${name}`) }),
    });
    for (const { name, ends: told } of row.tokens) {
      const virtualCardId = `${issuerCardRefId}${name}`;
      expect(operation.outcomes).toContainEqual(expect.objectContaining({ virtualCardId, ...told }));
    }
    if (row.ends.attention === undefined) expect(operation.attention).toBeUndefined();
    await expectAgreement(operation);
  }),
);

/** I2 and I4, by the simulator's own records: at most one effect per token, and what is CONFIRMED is so. */
async function expectAgreement({ operationId, outcomes: parts, action }: OperationView): Promise<void> {
  const effects = await stack.simulator.effects(operationId);
  const changed = effects.map(({ virtualCardId }) => virtualCardId);
  expect(changed).toEqual([...new Set(changed)]);
  const wanted = { SUSPEND: 'SUSPENDED', RESUME: 'RESUMED', DELETE: 'DELETED' }[action];
  for (const { from, to } of effects) {
    // A token that somebody else suspends too stays suspended.
    if (action !== 'RESUME') expect([from, to]).toEqual([from, wanted]);
  }
  for (const { virtualCardId, result } of parts) {
    if (result === 'FAILED' || result === 'SILENT') expect(changed).not.toContain(virtualCardId);
  }
}

describe('the sample card of a SUSPEND', () => {
  it(
    'I4: says of each token what became of it, and names the one that can become able to pay',
    withOutput(async () => {
      const body = { action: 'SUSPEND', issuerCardRefId: 'card-7', softDeadlineSeconds: 3 } as const;
      const started = await service.start(body);
      const operation = await service.final(started.operationId);
      const seen = Object.fromEntries(
        operation.outcomes.map(({ virtualCardId, result, evidence, expected, device }) => [
          virtualCardId,
          { result, evidence, expected, ...(device !== undefined && { device }) },
        ]),
      );
      expect(seen).toEqual({
        'card-7-apple': byCallback,
        'card-7-watch-unreachable-221-done': { ...byReading, device: 'NOT_REACHED' },
        'card-7-ring-lost': byReading,
        'card-7-google': byReading,
        'card-7-samsung': { ...notEligible, evidence: 'NONE' },
      });
      expect(operation).toMatchObject({ ...exposed, exposed: ['card-7-samsung'], attempts: 1 });
      await expectAgreement(operation);
    }),
  );
});

it(
  'a card that the hub does not know is REJECTED with its code',
  withOutput(async () => {
    const issuerCardRefId = `card-${randomUUID().slice(0, 8)}`;
    const { operationId } = await service.start({ action: 'SUSPEND', issuerCardRefId });
    expect(await service.final(operationId)).toMatchObject({
      status: 'REJECTED',
      evidence: 'ANSWER',
      errorCode: 116,
      outcomes: [],
      attempts: 1,
    });
  }),
);

describe('while it runs', () => {
  /** A card of which one token reports, and the other keeps the operation open. */
  async function startOpen(other: string): Promise<Started & { first: string; second: string }> {
    const issuerCardRefId = `card-${randomUUID().slice(0, 8)}`;
    const [first, second] = [`${issuerCardRefId}-a`, `${issuerCardRefId}${other}`];
    await stack.simulator.putCard(issuerCardRefId, [{ virtualCardId: first }, { virtualCardId: second }]);
    const { operationId } = await service.start({ action: 'SUSPEND', issuerCardRefId });
    await until(
      async () => service.operation(operationId),
      ({ outcomes: parts, status }) =>
        status === 'AWAITING_CALLBACK' && parts.some(({ result }) => result === 'CONFIRMED'),
    );
    return { issuerCardRefId, operationId, first, second };
  }

  it(
    'GET shows which tokens have their outcome and which are awaited',
    withOutput(async () => {
      const { operationId, first, second } = await startOpen('-lost');
      expect(await service.operation(operationId)).toMatchObject({
        status: 'AWAITING_CALLBACK',
        final: false,
        attempts: 1,
        exposed: [],
        outcomes: [
          { virtualCardId: first, result: 'CONFIRMED', evidence: 'CALLBACK', expected: true },
          { virtualCardId: second, result: 'PENDING', evidence: 'NONE', expected: true },
        ],
      });
    }),
  );

  it(
    'a reading that was asked for over HTTP settles what it shows',
    withOutput(async () => {
      const { operationId, second } = await startOpen('-lost');
      expect(await service.act(operationId, 'read')).toMatchObject({ status: 200 });
      const operation = await service.final(operationId);
      expect(operation).toMatchObject({ ...confirmed, evidence: 'READING' });
      expect(operation.outcomes).toContainEqual(
        expect.objectContaining({ virtualCardId: second, ...byReading }),
      );
      await expectAgreement(operation);
    }),
  );

  it(
    'I4: a cancel over HTTP ends it by a reading, with what is known of each token',
    withOutput(async () => {
      const { operationId, second } = await startOpen('-silent');
      expect(await service.act(operationId, 'cancel')).toMatchObject({ status: 200 });
      const operation = await service.final(operationId);
      expect(operation).toMatchObject({ ...exposed, exposed: [second] });
      expect(operation.outcomes).toContainEqual(
        expect.objectContaining({ virtualCardId: second, ...silent }),
      );
      expect(await service.act(operationId, 'cancel')).toMatchObject({ status: 409 });
      await expectAgreement(operation);
    }),
  );
});
