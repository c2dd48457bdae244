// Every way in which the simulated hub misbehaves, from the request to the recorded outcome (docs/simulator.md). What the
// service says is compared with what the simulator has recorded: exactly once (I2), and never CONFIRMED of what is not (I4).
import type { OperationView } from '../../src/domain/report/report.js';
import type { Action } from '../../src/domain/hub/token-state.js';
import { misbehaviours } from '../../src/simulator/plan/misbehaviours.js';
import type { RequestEntry } from '../../src/simulator/cards/journal.js';
import type { Effect } from '../../src/simulator/cards/state.js';
import { until, withOutput } from '../support/processes/processes.js';
import type { NewToken, TokenSeen } from '../support/processes/simulator-client.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';

interface Row {
  /** The end of the token's name; empty for a hub in good health. */
  readonly suffix: string;
  /** SUSPEND by default. */
  readonly action?: Action;
  /** Another token on the same card: it decides how the card can be read. */
  readonly beside?: string;
  readonly softDeadlineSeconds?: number;
  readonly hardDeadlineSeconds?: number;
  /** How the operation ends. */
  readonly ends: Partial<OperationView>;
  /** Whether the token changes; by default it does when the operation is CONFIRMED. */
  readonly effects?: 0 | 1;
}

const byCallback = { status: 'CONFIRMED', effectiveStatus: 'CONFIRMED', evidence: 'CALLBACK' } as const;
const byReading = { status: 'CONFIRMED', effectiveStatus: 'CONFIRMED', evidence: 'READING' } as const;
/** A look has shown that the token can still pay. */
const exposed = { attention: 'TOKEN_EXPOSED' } as const;
const unknown = { status: 'UNKNOWN', evidence: 'NONE', attention: 'UNKNOWN_OUTCOME' } as const;
const rejected = (errorCode: number) => ({
  status: 'REJECTED' as const,
  evidence: 'ANSWER' as const,
  errorCode,
});
const failed = (errorCode: number) => ({
  status: 'FAILED' as const,
  evidence: 'CALLBACK' as const,
  errorCode,
});
/** Overdue soon, and over before the test loses its patience; but sent before, on a machine that has more to do than it can. */
const impatient = { softDeadlineSeconds: 2, hardDeadlineSeconds: 30 };

const ROWS: readonly Row[] = [
  { suffix: '', ends: { ...byCallback, attempts: 1 } },
  { suffix: '', action: 'RESUME', ends: byCallback },
  { suffix: '', action: 'DELETE', ends: byCallback },

  { suffix: '-lost', softDeadlineSeconds: 2, ends: byReading },
  { suffix: '-lost', action: 'RESUME', softDeadlineSeconds: 2, ends: byReading },
  { suffix: '-lost', action: 'DELETE', softDeadlineSeconds: 2, ends: byReading },
  { suffix: '-lost', beside: '-info-fails', ...impatient, ends: unknown, effects: 1 },
  { suffix: '-lost', action: 'DELETE', beside: '-info-empty', ...impatient, ends: unknown, effects: 1 },
  { suffix: '-silent', ...impatient, ends: { ...unknown, attempts: 1 } },
  { suffix: '-duplicate', ends: byCallback },
  { suffix: '-early', ends: { ...byCallback, attempts: 1 } },
  { suffix: '-slow', ends: byCallback },

  { suffix: '-never-accepted', ...impatient, ends: unknown },
  { suffix: '-unavailable-503', ...impatient, ends: unknown },
  { suffix: '-busy-321', ends: { ...byCallback, attempts: 3 } },
  { suffix: '-flaky-503', ends: { ...byCallback, attempts: 3 } },
  { suffix: '-limited-429', ends: { ...byCallback, attempts: 2 } },
  // On a slow machine the second attempt may be faster than the callback; then a reading decides.
  { suffix: '-timeout', ends: { status: 'CONFIRMED', effectiveStatus: 'CONFIRMED' } },
  { suffix: '-reset', ends: { status: 'CONFIRMED', effectiveStatus: 'CONFIRMED' } },

  { suffix: '-refused-119', ends: rejected(119) },
  { suffix: '-refused-432', ends: { ...rejected(432), ...exposed } },
  { suffix: '-refused-160', ends: { ...rejected(160), ...exposed } },
  { suffix: '-refused-403', ...impatient, ends: unknown },
  { suffix: '-ok-with-code-111', ends: rejected(111) },
  { suffix: '-ok-with-body', ends: byCallback },

  { suffix: '-page-200', ends: { ...byCallback, attempts: 3 } },
  { suffix: '-page-200-done', ends: { status: 'CONFIRMED', effectiveStatus: 'CONFIRMED' } },
  { suffix: '-redirected', ends: { ...byCallback, attempts: 2 } },
  { suffix: '-ingress-503', ends: { ...byCallback, attempts: 3 } },
  { suffix: '-ingress-404', ...impatient, ends: unknown },
  { suffix: '-gzip', ends: { ...byCallback, attempts: 1 } },
  { suffix: '-gzip-321', ends: { ...byCallback, attempts: 3 } },
  { suffix: '-gzip-119', ends: rejected(119) },
  { suffix: '-mislabelled', ends: { ...byCallback, attempts: 1 } },

  { suffix: '-unreachable-221', ends: { ...failed(221), ...exposed, device: 'NOT_REACHED' } },
  { suffix: '-unreachable-221-done', ends: { ...byReading, device: 'NOT_REACHED' } },
  { suffix: '-expired-322', ends: { ...failed(322), ...exposed } },
  { suffix: '-failed-911', ends: { ...failed(911), ...exposed } },
  { suffix: '-failed-231', ends: failed(231) },

  { suffix: '-contradicts', ends: { status: 'CONFIRMED', evidence: 'CALLBACK' } },
  // The reading that it causes may be faster than the right callback.
  { suffix: '-unexpected', ends: { status: 'CONFIRMED', attention: 'UNEXPECTED_CALLBACK' } },
  { suffix: '-stranger-turns', ends: byCallback },
  { suffix: '-other-suspender', action: 'RESUME', ends: { ...byCallback, attention: 'OTHER_SUSPENDER' } },
  { suffix: '-from-app', action: 'DELETE', ends: { ...byCallback, device: 'REMOVED' } },
  { suffix: '-string-code', ends: byCallback },
  { suffix: '-unknown-fields', ends: byCallback },
  { suffix: '-lost', beside: '-unknown-fields', softDeadlineSeconds: 2, ends: byReading },
  { suffix: '-info-fails', ends: byCallback },
  { suffix: '-info-fails', action: 'RESUME', ends: byCallback },
  { suffix: '-info-empty', ends: byCallback },
  { suffix: '-lost', beside: '-info-gzip', softDeadlineSeconds: 2, ends: byReading },
  { suffix: '-lost', beside: '-info-page', ...impatient, ends: unknown, effects: 1 },
];

/** What became of a row: the service's word and the simulator's. */
interface Outcome {
  readonly operation: OperationView;
  readonly token: TokenSeen;
  readonly effects: readonly Effect[];
  readonly updates: readonly RequestEntry[];
}

let stack: Stack;
let service: Service;
const outcomes = new Map<Row, Promise<Outcome>>();

// All of them at once: most of the time they wait.
beforeAll(async () => {
  stack = await startStack();
  service = await stack.service();
  for (const [index, row] of ROWS.entries()) {
    const outcome = run(row, index);
    outcome.catch(() => undefined); // Its own test reports it.
    outcomes.set(row, outcome);
  }
}, 120_000);
afterAll(async () => stack?.stop(), 120_000);
jest.setTimeout(240_000);

const cardOf = (index: number): string => `card-${index}`;
const tokenOf = ({ suffix }: Row, index: number): string => `${cardOf(index)}-token${suffix}`;

async function run(row: Row, index: number): Promise<Outcome> {
  const { action = 'SUSPEND', beside, softDeadlineSeconds = 40, hardDeadlineSeconds = 50 } = row;
  const issuerCardRefId = cardOf(index);
  const virtualCardId = tokenOf(row, index);
  const tokens: NewToken[] = [{ virtualCardId, status: action === 'RESUME' ? 'SUSPENDED' : 'RESUMED' }];
  if (beside !== undefined) tokens.push({ virtualCardId: `beside${beside}` });
  await stack.simulator.putCard(issuerCardRefId, tokens);
  const { operationId } = await service.start({
    action,
    issuerCardRefId,
    virtualCardId,
    softDeadlineSeconds,
    hardDeadlineSeconds,
  });
  const operation = await service.final(operationId);
  const [token, effects, updates] = await Promise.all([
    stack.simulator.token(issuerCardRefId, virtualCardId),
    stack.simulator.effects(operationId),
    stack.simulator.updates(operationId),
  ]);
  return { operation, token, effects, updates };
}

async function outcomeOf(row: Row): Promise<Outcome> {
  const outcome = outcomes.get(row);
  if (outcome === undefined) throw new Error('the row was not started');
  return outcome;
}

const WANTED = { SUSPEND: 'SUSPENDED', RESUME: 'RESUMED', DELETE: 'DELETED' } as const;

it('has a row for every misbehaviour of the simulator', () => {
  const covered = new Set(ROWS.flatMap(({ suffix, beside }) => [suffix, beside]));
  expect(Object.keys(misbehaviours).filter((suffix) => !covered.has(suffix))).toEqual([]);
});

const titled = ROWS.map((row) => {
  const { action = 'SUSPEND', suffix, beside, ends } = row;
  const token = suffix === '' ? 'a token that behaves' : `a token …${suffix}`;
  const name = `${action} of ${token}${beside === undefined ? '' : ` beside one …${beside}`}`;
  return { name, ends: `${ends.status}${ends.evidence === undefined ? '' : ` by ${ends.evidence}`}`, row };
});

it.each(titled)(
  'I2, I3, I4: ends $name as $ends',
  withOutput(async ({ row }) => {
    const { operation, token, effects, updates } = await outcomeOf(row);
    const { attempts = 0, ...told } = row.ends;
    expect(operation).toMatchObject({ final: true, ...told });
    // On a busy machine an answer may come too late: an attempt without one, and one more.
    expect(operation.attempts).toBeGreaterThanOrEqual(attempts);
    expect(operation.errorCode).toBe(row.ends.errorCode);
    expect(operation.device).toBe(row.ends.device);
    // A contradiction may have come by now; its own test looks at it.
    if (row.suffix !== '-contradicts') expect(operation.attention).toBe(row.ends.attention);

    // One that counts as possibly sent may have got no further than the connection.
    expect(updates.length).toBeLessThanOrEqual(operation.attempts);
    expect(updates.length).toBeGreaterThanOrEqual(attempts);
    expect(effects).toHaveLength(row.effects ?? (operation.status === 'CONFIRMED' ? 1 : 0));
    expectAgreement(operation, token);
  }),
);

/** What is recorded is so at the hub, unless it is recorded as not known. */
function expectAgreement({ action, status, attention }: OperationView, token: TokenSeen): void {
  if (attention === 'OTHER_SUSPENDER') {
    // The issuer's own suspension is lifted; the wallet's remains, and the attention says so.
    expect(token).toMatchObject({ status: 'SUSPENDED', suspenders: ['TOKEN_REQUESTOR'] });
  } else if (status === 'CONFIRMED') {
    expect(token.status).toBe(WANTED[action]);
  } else if (status !== 'UNKNOWN') {
    expect(token.status).not.toBe(WANTED[action]);
  }
}

function rowOf(wanted: string): Row {
  const row = ROWS.find(({ suffix }) => suffix === wanted);
  if (row === undefined) throw new Error(`no row for ${wanted}`);
  return row;
}

it(
  'I2: takes every copy of a repeated callback, and counts one more that comes after them',
  withOutput(async () => {
    const { operation } = await outcomeOf(rowOf('-duplicate'));
    const { operationId, virtualCardId } = operation;
    const copies = await until(
      async () => stack.simulator.callbacks(operationId),
      (entries) => entries.length === 3,
    );
    expect(copies.map(({ status }) => status)).toEqual([200, 200, 200]);
    const before = await service.operation(operationId);
    const copy = { virtualCardId, action: 'SUSPEND', source: 'ELSEWHERE' };
    expect(await service.callBack(operationId, copy)).toMatchObject({ status: 200, body: {} });
    const after = await until(
      async () => service.operation(operationId),
      ({ duplicates }) => duplicates > before.duplicates,
    );
    expect(after).toMatchObject({
      status: 'CONFIRMED',
      effectiveStatus: 'CONFIRMED',
      duplicates: before.duplicates + 1,
      conflicts: [],
    });
    expect([...new Set(after.late.map(({ kind }) => kind))]).toEqual(['duplicate']);
    expect(after.attention).toBeUndefined();
  }),
);

it(
  'I5: keeps the outcome and shows the second word when the hub contradicts itself',
  withOutput(async () => {
    const { operationId } = (await outcomeOf(rowOf('-contradicts'))).operation;
    const shown = await until(
      async () => service.operation(operationId),
      ({ attention }) => attention === 'CONFLICT',
    );
    expect(shown).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    const late = shown.late.filter(({ kind }) => kind === 'conflict').map(({ change }) => change);
    const contradicting = [...shown.conflicts, ...late];
    expect(contradicting).toEqual([expect.objectContaining({ errorCode: 231 })]);
    // What came too late for a reading to decide leaves it open; what a reading has decided stands.
    expect(shown.effectiveStatus).toBe(late.length > 0 ? 'UNKNOWN' : 'CONFIRMED');
  }),
);

it(
  'I5: keeps an unexpected action beside the outcome',
  withOutput(async () => {
    const { operation } = await outcomeOf(rowOf('-unexpected'));
    expect(operation.unexpected).toMatchObject([{ action: 'ACTIVATE' }]);
  }),
);
