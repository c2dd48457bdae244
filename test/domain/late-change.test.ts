import type { VirtualCardChange } from '../../src/domain/change.js';
import {
  beginLateArrivals,
  recordLateChange,
  toView,
  type LateArrivals,
} from '../../src/domain/late-change.js';
import { decisionFault, recordDecision, toReport } from '../../src/domain/operation/index.js';
import type { OperationReport } from '../../src/domain/report.js';
import type { FinalStatus } from '../../src/domain/status.js';
import { aChange, anOperation, aReport, SECOND } from '../support/builders.js';

function arrivalsOf(changes: readonly VirtualCardChange[]): LateArrivals {
  return changes.reduce(
    (late, change, index) => recordLateChange(late, change, 1_000 * (index + 1)),
    beginLateArrivals('ISSUER1234', 'op-1', 0),
  );
}

/** The view of a closed operation after these changes came late. */
function viewOf(report: OperationReport, ...changes: VirtualCardChange[]) {
  return toView(report, arrivalsOf(changes).arrivals);
}

const kindsOf = (view: ReturnType<typeof viewOf>) => view.late.map(({ kind }) => kind);

const CONFIRMED = aReport({ status: 'CONFIRMED', evidence: 'CALLBACK' });
const FAILED = aReport({ status: 'FAILED', evidence: 'CALLBACK', errorCode: 231 });
const FAILED_PROVISIONALLY = aReport({
  status: 'FAILED',
  evidence: 'CALLBACK',
  errorCode: 221,
  provisional: true,
});
const REJECTED = aReport({ status: 'REJECTED', evidence: 'ANSWER', errorCode: 111 });
const REJECTED_PROVISIONALLY = aReport({
  status: 'REJECTED',
  evidence: 'ANSWER',
  errorCode: 432,
  provisional: true,
});
const NEVER_SENT = aReport({ status: 'FAILED', evidence: 'NONE', attention: 'NEVER_SENT' });
const UNKNOWN = aReport({ status: 'UNKNOWN', attention: 'UNKNOWN_OUTCOME' });
const TERMINATED = aReport({ status: 'UNKNOWN', attention: 'TERMINATED' });
const CANCELLED = aReport({ status: 'CANCELLED' });
const SUPERSEDED = aReport({ status: 'SUPERSEDED' });

const success = aChange();
const failure = aChange({ errorCode: 231 });
const notReached = aChange({ errorCode: 221 });

describe('what arrives after an operation has closed', () => {
  it('is kept in order, each different word once, with its repeats', () => {
    const late = arrivalsOf([success, failure, { ...success, receivedAt: 'later' }]);
    expect(late.arrivals).toEqual([
      { change: success, repeats: 1, lastAt: 'later' },
      { change: failure, repeats: 0, lastAt: failure.receivedAt },
    ]);
    expect(late.lastArrivalAt).toBe(3_000);
  });

  it('stays bounded under 1,000 different words, and what is left out is counted', () => {
    const words = Array.from({ length: 1_000 }, (_, index) =>
      aChange({ errorCode: index + 1, virtualCardId: 'x'.repeat(255), source: 'y'.repeat(64) }),
    );
    const late = arrivalsOf(words);
    expect(late.arrivals.length + late.omitted).toBe(1_000);
    expect(JSON.stringify(late).length).toBeLessThan(500_000);
    expect(JSON.parse(JSON.stringify(late))).toEqual(late);
  });
});

describe('I5: the recorded status', () => {
  const reports = [
    CONFIRMED,
    FAILED,
    FAILED_PROVISIONALLY,
    REJECTED,
    NEVER_SENT,
    UNKNOWN,
    CANCELLED,
    SUPERSEDED,
  ];
  const words = [
    success,
    failure,
    notReached,
    aChange({ action: 'RESUME' }),
    aChange({ virtualCardId: 'token-2' }),
  ];

  it.each(reports.flatMap((report) => words.map((word) => [report, word] as const)))(
    'never changes, and every arrival is shown (%#)',
    (report, word) => {
      const { status, evidence, errorCode } = report;
      const view = viewOf(report, word);
      expect(view).toMatchObject({ status, evidence, ...(errorCode !== undefined && { errorCode }) });
      expect(view.late).toMatchObject([
        { at: word.receivedAt, change: { virtualCardId: word.virtualCardId } },
      ]);
    },
  );

  it('is all there is to say while nothing came late', () => {
    const { heard: _heard, provisional: _provisional, ...shown } = UNKNOWN;
    expect(toView(UNKNOWN)).toEqual({ ...shown, late: [] });
  });

  it('has nothing late beside it while the operation runs', () => {
    const running = aReport({ status: 'OVERDUE', final: false, attention: 'OVERDUE' });
    expect(viewOf(running, success)).toMatchObject({ status: 'OVERDUE', attention: 'OVERDUE', late: [] });
  });
});

describe('a duplicate', () => {
  it('is a word that the operation has heard, in any spelling, and is counted with its repeats', () => {
    const heard = aReport({ status: 'CONFIRMED', heard: [success], duplicates: 2 });
    const view = viewOf(heard, { ...success, isPrimary: true }, { ...success, receivedAt: 'later' });
    expect(view).toMatchObject({ duplicates: 4, effectiveStatus: 'CONFIRMED' });
    expect(kindsOf(view)).toEqual(['duplicate']);
    expect(view.attention).toBeUndefined();
  });

  it('is also the repeat of a late word', () => {
    expect(viewOf(UNKNOWN, success, success, success)).toMatchObject({
      duplicates: 2,
      effectiveStatus: 'CONFIRMED',
    });
  });

  it('of a word that had been overruled changes nothing', () => {
    const heard = aReport({ status: 'CONFIRMED', heard: [success, failure], attention: 'CONFLICT' });
    expect(viewOf(heard, failure)).toMatchObject({
      effectiveStatus: 'CONFIRMED',
      late: [{ kind: 'duplicate' }],
    });
  });
});

describe('an amendment', () => {
  it.each([UNKNOWN, TERMINATED, CANCELLED, SUPERSEDED, FAILED_PROVISIONALLY, REJECTED_PROVISIONALLY])(
    'is a success that fills a gap (%#)',
    (report) => {
      const view = viewOf(report, success);
      expect(view.effectiveStatus).toBe('CONFIRMED');
      expect(kindsOf(view)).toEqual(['amendment']);
    },
  );

  it.each([UNKNOWN, TERMINATED, CANCELLED, SUPERSEDED, FAILED_PROVISIONALLY, REJECTED_PROVISIONALLY])(
    'is a failure that fills a gap (%#)',
    (report) => {
      const view = viewOf(report, failure);
      expect(view.effectiveStatus).toBe('FAILED');
      expect(kindsOf(view)).toEqual(['amendment']);
    },
  );

  it('raises attention instead of the gap that it fills', () => {
    expect(viewOf(UNKNOWN, success).attention).toBe('LATE_AMENDMENT');
    expect(viewOf(CANCELLED, success).attention).toBe('LATE_AMENDMENT');
  });

  it('does not hide that somebody ended the operation by force', () => {
    expect(viewOf(TERMINATED, success).attention).toBe('TERMINATED');
  });

  it.each<[FinalStatus, OperationReport]>([
    ['UNKNOWN', UNKNOWN],
    ['UNKNOWN', CANCELLED],
    ['UNKNOWN', REJECTED_PROVISIONALLY],
  ])('by a code that proves nothing leaves it %s (%#)', (effectiveStatus, report) => {
    const view = viewOf(report, notReached);
    expect(view).toMatchObject({ effectiveStatus, device: 'NOT_REACHED' });
    expect(kindsOf(view)).toEqual(['amendment']);
  });

  it('by another code that proves nothing leaves a provisional failure FAILED', () => {
    expect(viewOf(FAILED_PROVISIONALLY, aChange({ errorCode: 322 })).effectiveStatus).toBe('FAILED');
  });

  it.each([UNKNOWN, CANCELLED, REJECTED_PROVISIONALLY])(
    'by a code that proves nothing gives way to a success, whichever comes first (%#)',
    (report) => {
      for (const words of [
        [notReached, success],
        [success, notReached],
      ]) {
        const view = viewOf(report, ...words);
        expect(view).toMatchObject({ effectiveStatus: 'CONFIRMED', device: 'NOT_REACHED' });
        expect(kindsOf(view)).toEqual(['amendment', 'amendment']);
      }
    },
  );

  it('is a 221 after a success, which tells of the device only and worries nobody', () => {
    const view = viewOf(CONFIRMED, notReached);
    expect(view).toMatchObject({ effectiveStatus: 'CONFIRMED', device: 'NOT_REACHED' });
    expect(kindsOf(view)).toEqual(['amendment']);
    expect(view.attention).toBeUndefined();
  });

  it('is the removal from the wallet application after a DELETE, which sets the device only', () => {
    const deleted = aReport({ action: 'DELETE', status: 'CONFIRMED', evidence: 'CALLBACK' });
    const view = viewOf(deleted, aChange({ action: 'DELETE_FROM_APP' }));
    expect(view).toMatchObject({ effectiveStatus: 'CONFIRMED', device: 'REMOVED' });
    expect(kindsOf(view)).toEqual(['amendment']);
    expect(view.attention).toBeUndefined();
  });

  it('is a word that agrees, and it worries nobody', () => {
    const view = viewOf(FAILED, { ...failure, isPrimary: false });
    expect(view).toMatchObject({ effectiveStatus: 'FAILED' });
    expect(kindsOf(view)).toEqual(['amendment']);
    expect(view.attention).toBeUndefined();
  });
});

describe('a late failure with the code that an operation ended UNKNOWN with', () => {
  it('amends it when the code is final: the refusal before it may have been our own echo', () => {
    const report = aReport({ status: 'UNKNOWN', errorCode: 432, attention: 'UNKNOWN_OUTCOME' });
    expect(viewOf(report, aChange({ errorCode: 432 }))).toMatchObject({
      effectiveStatus: 'FAILED',
      attention: 'LATE_AMENDMENT',
    });
  });

  it('agrees with it when the code proves nothing', () => {
    const report = aReport({ status: 'UNKNOWN', errorCode: 221, attention: 'UNKNOWN_OUTCOME' });
    expect(viewOf(report, notReached)).toMatchObject({
      effectiveStatus: 'UNKNOWN',
      attention: 'UNKNOWN_OUTCOME',
    });
  });

  it('agrees with a refusal that was no echo', () => {
    expect(viewOf(REJECTED, aChange({ errorCode: 111 }))).toMatchObject({ effectiveStatus: 'REJECTED' });
    expect(viewOf(REJECTED, aChange({ errorCode: 111 })).attention).toBeUndefined();
  });
});

describe('I5: a conflict', () => {
  it.each([
    ['a failure after CONFIRMED', CONFIRMED, failure],
    ['an error that proves nothing, other than 221, after CONFIRMED', CONFIRMED, aChange({ errorCode: 322 })],
    ['a success after FAILED', FAILED, success],
    ['another code after FAILED', FAILED, aChange({ errorCode: 232 })],
    ['a success after a refusal', REJECTED, success],
    ['a success although nothing was ever sent', NEVER_SENT, success],
    ['a success after a person called it failed', aReport({ status: 'FAILED', evidence: 'PERSON' }), success],
  ])('is %s: the effective status is UNKNOWN, and it raises attention', (_what, report, word) => {
    const view = viewOf(report, word);
    expect(view).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
    expect(kindsOf(view)).toEqual(['conflict']);
  });

  it('arises between two late words too, each judged by what stood when it came', () => {
    const view = viewOf(UNKNOWN, success, failure);
    expect(kindsOf(view)).toEqual(['amendment', 'conflict']);
    expect(view).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
  });

  it('is not undone by a word that agrees with the recorded status', () => {
    const view = viewOf(CONFIRMED, failure, { ...success, isPrimary: false });
    expect(view).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
  });

  it('that the operation closed with stays open', () => {
    const open = aReport({ status: 'CONFIRMED', effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
    expect(viewOf(open, { ...success, isPrimary: false })).toMatchObject({ effectiveStatus: 'UNKNOWN' });
  });

  it('that the operation closed with is not decided by a late word that fills a gap', () => {
    const torn = aReport({ status: 'UNKNOWN', errorCode: 221, attention: 'CONFLICT' });
    for (const word of [success, failure]) {
      const view = viewOf(torn, word);
      expect(view).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
      expect(kindsOf(view)).toEqual(['amendment']);
    }
  });

  it('that a person has closed by calling the outcome unknown is open to an amendment', () => {
    const resolved = aReport({ status: 'UNKNOWN', evidence: 'PERSON', attention: 'CONFLICT' });
    expect(viewOf(resolved, success).effectiveStatus).toBe('CONFIRMED');
  });
});

describe('an unexpected late word', () => {
  it.each([
    ['another action', aChange({ action: 'RESUME' })],
    ['another token', aChange({ virtualCardId: 'token-2' })],
    ['no action', (({ action: _action, ...rest }) => rest)(aChange())],
    ['a removal from the application that nobody asked for', aChange({ action: 'DELETE_FROM_APP' })],
  ])('is %s: it is shown, and changes nothing', (_what, word) => {
    const view = viewOf(UNKNOWN, word);
    expect(kindsOf(view)).toEqual(['unexpected']);
    expect(view.effectiveStatus).toBe('UNKNOWN');
    expect(viewOf(CONFIRMED, word)).toMatchObject({
      effectiveStatus: 'CONFIRMED',
      attention: 'UNEXPECTED_CALLBACK',
    });
  });

  it('is a removal from the application that failed, after a DELETE', () => {
    const deleted = aReport({ action: 'DELETE', status: 'CONFIRMED' });
    expect(kindsOf(viewOf(deleted, aChange({ action: 'DELETE_FROM_APP', errorCode: 221 })))).toEqual([
      'unexpected',
    ]);
  });
});

it('I6: a late word whose reference had to be hashed raises attention', () => {
  expect(viewOf(CONFIRMED, { ...success, isPrimary: false, cardDataSeen: true }).attention).toBe(
    'CARD_DATA_SEEN',
  );
});

describe('a decision of a person', () => {
  const DECISION = { status: 'FAILED', note: 'seen in the portal', by: 'jo' } as const;

  it('I4: is kept with its note and name, before whatever came late', () => {
    const report = toReport(recordDecision(anOperation(), DECISION, SECOND));
    expect(toView(report)).toMatchObject({
      status: 'FAILED',
      evidence: 'PERSON',
      late: [{ kind: 'decision', note: 'seen in the portal', by: 'jo', at: '1970-01-01T00:00:01.000Z' }],
    });
  });

  it.each([
    [undefined, /object/],
    [{ ...DECISION, status: 'confirmed' }, /^status/],
    [{ ...DECISION, status: 'PARTIALLY_CONFIRMED' }, /^status/],
    [{ ...DECISION, status: 'SUPERSEDED' }, /^status/],
    [{ ...DECISION, note: ' ' }, /^note/],
    [{ ...DECISION, by: 7 }, /^by/],
    [{ ...DECISION, note: 'card 4111 1111 1111 1111' }, /no card number/],
  ])('is refused with the field and the rule: %j', (value, fault) => {
    expect(decisionFault(value)).toMatch(fault);
  });

  it('is taken when it is complete', () => {
    expect(decisionFault(DECISION)).toBeUndefined();
  });
});
