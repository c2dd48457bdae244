// What comes late for an operation on all tokens of a card: each word is judged by its token's outcome, the card by all of them.
import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import {
  recordLateChange,
  recordLateDecision,
  recordLateReading,
} from '../../../../src/domain/late/arrivals.js';
import { tokensToLookFor } from '../../../../src/domain/late/card-standing.js';
import {
  beginLateArrivals,
  beginStanding,
  standingAfter,
  toSubject,
  toView,
  type LateArrivals,
} from '../../../../src/domain/late/index.js';
import type { Reading } from '../../../../src/domain/hub/reading.js';
import type { OperationReport, TokenOutcome } from '../../../../src/domain/report/report.js';
import { aChange, aReport, EMPTY_LIST, FAILED_READING } from '../../../support/builders.js';

const OUTCOMES: Readonly<Record<string, Omit<TokenOutcome, 'virtualCardId'>>> = {
  confirmed: { result: 'CONFIRMED', expected: true, evidence: 'CALLBACK' },
  failed: { result: 'FAILED', expected: true, evidence: 'CALLBACK', errorCode: 231 },
  unreached: { result: 'FAILED', expected: true, evidence: 'CALLBACK', errorCode: 221, provisional: true },
  silent: { result: 'SILENT', expected: true, evidence: 'NONE' },
  appeared: { result: 'CONFIRMED', expected: false, evidence: 'CALLBACK' },
  unasked: { result: 'SILENT', expected: false, evidence: 'NONE' },
  ineligible: { result: 'NOT_ELIGIBLE', expected: false, evidence: 'NONE' },
  disputed: { result: 'CONFIRMED', expected: true, evidence: 'CALLBACK', disputed: true },
};

/** The report of a closed operation on a card; each token by what became of it, and named so. */
function aCardReport(
  tokens: readonly string[],
  overrides: Partial<Omit<OperationReport, 'heard'>> & { readonly heard?: readonly VirtualCardChange[] } = {},
): OperationReport {
  const { virtualCardId: _none, ...report } = aReport({
    scope: 'CARD',
    status: 'PARTIALLY_CONFIRMED',
    evidence: 'CALLBACK',
    ...overrides,
  });
  const outcomes = tokens.map((name): TokenOutcome => {
    const outcome = OUTCOMES[name.replace(/-\d$/, '')];
    if (outcome === undefined) throw new Error(`no outcome is called ${name}`);
    return { virtualCardId: name, ...outcome };
  });
  return { ...report, outcomes };
}

type Step = (late: LateArrivals, report: OperationReport) => LateArrivals;

const word =
  (virtualCardId: string, overrides: Partial<VirtualCardChange> = {}): Step =>
  (late) =>
    recordLateChange(late, aChange({ virtualCardId, ...overrides }), 1_000);

/** A look, as `lateChange` makes it: what it can say something of follows from what came before. */
const look =
  (reading: Reading | Readonly<Record<string, string>>): Step =>
  (late, report) => {
    const subject = toSubject(report);
    const { card } = standingAfter(beginStanding(report), late.arrivals, subject);
    const lookedFor = card === undefined ? [] : tokensToLookFor(card);
    const seen: Reading = isReading(reading)
      ? reading
      : {
          kind: 'listed',
          tokens: Object.entries(reading).map(([virtualCardId, status]) => ({ virtualCardId, status })),
        };
    return recordLateReading(late, { reading: seen, subject, lookedFor }, 1_000);
  };

function isReading(value: object): value is Reading {
  return 'kind' in value;
}

const decide =
  (status: 'CONFIRMED' | 'PARTIALLY_CONFIRMED' | 'FAILED'): Step =>
  (late) =>
    recordLateDecision(late, { status, note: 'seen', by: 'jo' }, 1_000);

function after(report: OperationReport, ...steps: readonly Step[]) {
  const late = steps.reduce(
    (arrived, step) => step(arrived, report),
    beginLateArrivals('ISSUER1234', 'op-1', 0),
  );
  return toView(report, late.arrivals);
}

const kindsOf = ({ late }: ReturnType<typeof after>) => late.map(({ kind }) => kind);

const HALF = aCardReport(['confirmed', 'silent'], { attention: 'UNKNOWN_OUTCOME' });
const ALL = aCardReport(['confirmed-1', 'confirmed-2'], { status: 'CONFIRMED' });

describe('a late word on one token of a card', () => {
  it('that was counted before is a duplicate, and changes nothing', () => {
    const report = aCardReport(['confirmed', 'silent'], { heard: [aChange({ virtualCardId: 'confirmed' })] });
    const view = after(report, word('confirmed'), word('confirmed'));
    expect(kindsOf(view)).toEqual(['duplicate']);
    expect(view).toMatchObject({ effectiveStatus: 'PARTIALLY_CONFIRMED', duplicates: 2 });
  });

  it.each([
    ['a success of the silent one: all are confirmed', HALF, word('silent'), 'CONFIRMED'],
    [
      'a failure of the silent one: something is',
      HALF,
      word('silent', { errorCode: 231 }),
      'PARTIALLY_CONFIRMED',
    ],
    [
      'a success of one that was not reached',
      aCardReport(['confirmed', 'unreached']),
      word('unreached'),
      'CONFIRMED',
    ],
    [
      'a failure of the only one, which was silent',
      aCardReport(['silent'], { status: 'UNKNOWN' }),
      word('silent', { errorCode: 231 }),
      'FAILED',
    ],
    [
      'a success after UNKNOWN with another silent one: something is',
      aCardReport(['silent-1', 'silent-2'], { status: 'UNKNOWN' }),
      word('silent-1'),
      'PARTIALLY_CONFIRMED',
    ],
    [
      'an error that proves nothing on the silent one: as before',
      HALF,
      word('silent', { errorCode: 911 }),
      'PARTIALLY_CONFIRMED',
    ],
    [
      'a success of one that nobody knew does not make the others confirmed',
      HALF,
      word('stranger'),
      'PARTIALLY_CONFIRMED',
    ],
    [
      'a success of one that nobody knew, when nothing else is known',
      aCardReport(['silent'], { status: 'UNKNOWN' }),
      word('stranger'),
      'PARTIALLY_CONFIRMED',
    ],
    [
      'a success after CANCELLED',
      aCardReport(['silent'], { status: 'CANCELLED', evidence: 'NONE' }),
      word('silent'),
      'CONFIRMED',
    ],
  ])('amends: %s', (_what, report, step, effectiveStatus) => {
    const view = after(report, step);
    expect(kindsOf(view)).toEqual(['amendment']);
    expect(view).toMatchObject({ status: report.status, effectiveStatus, attention: expect.any(String) });
  });

  it('that agrees with what is known is no reason to look', () => {
    const view = after(
      ALL,
      word('confirmed-1', { isPrimary: false }),
      word('confirmed-1', { errorCode: 221 }),
    );
    expect(kindsOf(view)).toEqual(['amendment', 'amendment']);
    expect(view.effectiveStatus).toBe('CONFIRMED');
    expect(view.attention).toBeUndefined();
  });

  it('I5: that contradicts its token is a conflict, and the card is UNKNOWN until somebody decides', () => {
    const view = after(ALL, word('confirmed-1', { errorCode: 231 }));
    expect(kindsOf(view)).toEqual(['conflict']);
    expect(view).toMatchObject({
      status: 'CONFIRMED',
      effectiveStatus: 'UNKNOWN',
      attention: 'CONFLICT',
      late: [{ change: { virtualCardId: 'confirmed-1', errorCode: 231 } }],
    });
    expect(after(HALF, word('confirmed', { errorCode: 231 }), word('silent'))).toMatchObject({
      effectiveStatus: 'UNKNOWN',
      attention: 'CONFLICT',
    });
  });

  it('of another action is unexpected, also of a token that nobody knows', () => {
    const view = after(
      ALL,
      word('confirmed-1', { action: 'RESUME' }),
      word('stranger', { action: 'DELETE' }),
    );
    expect(kindsOf(view)).toEqual(['unexpected', 'unexpected']);
    expect(view).toMatchObject({ effectiveStatus: 'CONFIRMED', attention: 'UNEXPECTED_CALLBACK' });
  });

  it('of its removal from the application on a DELETE is normal', () => {
    const report = aCardReport(['confirmed'], { status: 'CONFIRMED', action: 'DELETE' });
    const view = after(report, word('confirmed', { action: 'DELETE_FROM_APP' }));
    expect(kindsOf(view)).toEqual(['amendment']);
    expect(view.attention).toBeUndefined();
  });

  it('of success means that it can no longer pay: the list shrinks, and with the last one the attention goes', () => {
    const report = aCardReport(['confirmed', 'silent-1', 'silent-2'], {
      exposed: ['silent-1', 'silent-2'],
      attention: 'TOKEN_EXPOSED',
    });
    expect(after(report, word('silent-1'))).toMatchObject({
      effectiveStatus: 'PARTIALLY_CONFIRMED',
      attention: 'TOKEN_EXPOSED',
    });
    expect(after(report, word('silent-1'), word('silent-2'))).toMatchObject({
      effectiveStatus: 'CONFIRMED',
      attention: 'LATE_AMENDMENT',
      // What was recorded at the end stays as it was.
      exposed: ['silent-1', 'silent-2'],
    });
  });

  it('I5: more of them than are kept leave a conflict that only a person can decide', () => {
    const many = Array.from({ length: 151 }, (_, index) => word(`stranger-${index}`));
    const view = after(ALL, ...many);
    expect(view).toMatchObject({ omitted: 1, effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
    const looked = after(ALL, ...many, look({ 'confirmed-1': 'SUSPENDED', 'confirmed-2': 'SUSPENDED' }));
    expect(looked).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
    const decided = after(ALL, ...many, decide('CONFIRMED'));
    expect(decided.effectiveStatus).toBe('CONFIRMED');
    expect(decided.attention).toBeUndefined();
  });
});

describe('a conflict that was open at the end', () => {
  const OPEN = aCardReport(['disputed', 'silent'], {
    status: 'PARTIALLY_CONFIRMED',
    effectiveStatus: 'UNKNOWN',
    attention: 'CONFLICT',
  });

  it('I5: stays one when another token is amended', () => {
    expect(after(OPEN, word('silent'))).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
  });

  it('is decided by a look that shows the token as it was wanted', () => {
    const view = after(OPEN, look({ disputed: 'SUSPENDED', silent: 'SUSPENDED' }));
    expect(view.effectiveStatus).toBe('CONFIRMED');
    expect(view.attention).toBeUndefined();
  });

  it('is not decided by a look that shows it elsewhere', () => {
    const view = after(OPEN, look({ disputed: 'RESUMED', silent: 'SUSPENDED' }));
    expect(view).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
  });
});

describe('a late look at the card', () => {
  it('confirms the silent ones that it shows as wanted, and says so', () => {
    const view = after(HALF, look({ confirmed: 'SUSPENDED', silent: 'SUSPENDED' }));
    expect(view).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      effectiveStatus: 'CONFIRMED',
      late: [{ kind: 'reading', note: 'the hub lists every token as wanted' }],
    });
    expect(view.attention).toBeUndefined();
  });

  it('names those that are elsewhere or not listed, and which can pay', () => {
    const report = aCardReport(['confirmed', 'silent-1', 'silent-2']);
    const view = after(report, look({ confirmed: 'SUSPENDED', 'silent-1': 'RESUMED' }));
    expect(view).toMatchObject({
      effectiveStatus: 'PARTIALLY_CONFIRMED',
      attention: 'TOKEN_EXPOSED',
      late: [{ note: 'not as wanted: silent-1 RESUMED, silent-2 not listed; can pay: silent-1' }],
    });
  });

  it('decides a conflict when the token is as it was wanted', () => {
    const view = after(
      ALL,
      word('confirmed-1', { errorCode: 231 }),
      look({ 'confirmed-1': 'SUSPENDED', 'confirmed-2': 'SUSPENDED' }),
    );
    expect(view.effectiveStatus).toBe('CONFIRMED');
    expect(view.attention).toBeUndefined();
  });

  it.each([
    ['is not answered', FAILED_READING],
    ['brings an empty list', EMPTY_LIST],
  ])('that %s changes nothing', (_what, reading) => {
    const view = after(HALF, look(reading));
    expect(view).toMatchObject({
      effectiveStatus: 'PARTIALLY_CONFIRMED',
      attention: 'UNKNOWN_OUTCOME',
      late: [{ kind: 'reading', note: 'the hub did not answer with a list' }],
    });
  });

  it('after a RESUME says nothing of tokens that can pay', () => {
    const report = aCardReport(['confirmed', 'silent'], { action: 'RESUME' });
    const view = after(report, look({ confirmed: 'RESUMED', silent: 'RESUMED' }));
    expect(view.effectiveStatus).toBe('CONFIRMED');
    expect(view.attention).toBeUndefined();
  });

  it('says nothing of tokens of which no outcome was expected', () => {
    const report = aCardReport(['failed', 'ineligible', 'unasked'], { action: 'RESUME', status: 'FAILED' });
    const view = after(report, look({ failed: 'SUSPENDED', ineligible: 'RESUMED', unasked: 'RESUMED' }));
    expect(view.effectiveStatus).toBe('FAILED');
    const card = beginStanding(report).card;
    expect(card && tokensToLookFor(card)).toEqual([]);
  });

  it('leaves no reason to look when all that was open is settled, whatever was not eligible', () => {
    const report = aCardReport(['silent', 'ineligible'], { status: 'UNKNOWN', attention: 'UNKNOWN_OUTCOME' });
    const view = after(report, look({ silent: 'SUSPENDED', ineligible: 'DELETED' }));
    expect(view.effectiveStatus).toBe('CONFIRMED');
    expect(view.attention).toBeUndefined();
  });

  it('does not take what somebody else did for ours: nothing had left before it was cancelled', () => {
    const report = aCardReport(['silent'], { status: 'CANCELLED', evidence: 'NONE' });
    expect(after(report, look({ silent: 'SUSPENDED' })).effectiveStatus).toBe('CANCELLED');
  });
});

describe('a late decision on a card', () => {
  it.each(['CONFIRMED', 'PARTIALLY_CONFIRMED', 'FAILED'] as const)(
    '%s stands, and no reason to look is left',
    (status) => {
      const view = after(HALF, word('confirmed', { errorCode: 231 }), decide(status));
      expect(view).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        effectiveStatus: status,
        late: [{ kind: 'conflict' }, { kind: 'decision', status, note: 'seen', by: 'jo' }],
      });
      expect(view.attention).toBeUndefined();
    },
  );

  it('I5: is contradicted by what comes after it', () => {
    const view = after(HALF, decide('FAILED'), word('silent'));
    expect(kindsOf(view)).toEqual(['decision', 'conflict']);
    expect(view).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
  });
});

it('shows nothing that is only for ourselves', () => {
  const view = after(
    aCardReport(['unreached', 'disputed'], {
      decision: { at: '2026-11-22T10:00:00.000Z', note: 'n', by: 'jo' },
    }),
  );
  expect(view).not.toHaveProperty('heard');
  expect(view).not.toHaveProperty('provisional');
  expect(view).not.toHaveProperty('decision');
  for (const outcome of view.outcomes) {
    expect(outcome).not.toHaveProperty('provisional');
    expect(outcome).not.toHaveProperty('disputed');
  }
  expect(view.late).toMatchObject([{ kind: 'decision', note: 'n', by: 'jo' }]);
});

it('a report of one token has no card to stand for', () => {
  expect(beginStanding(aReport()).card).toBeUndefined();
});
