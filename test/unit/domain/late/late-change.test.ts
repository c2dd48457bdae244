import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import {
  closingTime,
  recordLateChange,
  recordLateDecision,
  recordLateReading,
} from '../../../../src/domain/late/arrivals.js';
import {
  isDecidedSo,
  beginLateArrivals,
  beginLateCase,
  evolveLate,
  lateAgendaOf,
  receiveLate,
  standingOf,
  beginStanding,
  standingAfter,
  toLateDetails,
  toSubject,
  toView,
  type LateArrival,
  type LateArrivals,
  type LateBasis,
  type LateCase,
} from '../../../../src/domain/late/index.js';
import { decisionFault, toReport, evolve } from '../../../../src/domain/token/index.js';
import type { Reading } from '../../../../src/domain/hub/reading.js';
import type { OperationReport } from '../../../../src/domain/report/report.js';
import type { FinalStatus } from '../../../../src/domain/report/status.js';
import {
  aChange,
  anOperation,
  aReading,
  aReport,
  EMPTY_LIST,
  FAILED_READING,
  LIST_WITHOUT_THE_TOKEN,
  SECOND,
} from '../../../support/builders.js';

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

/** How many callbacks an arrival stands for. */
const countOf = (arrival: LateArrival): number => {
  if (arrival.kind === 'word') return 1 + arrival.repeats;
  return arrival.kind === 'overflow' ? arrival.count : 0;
};

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
  it('is kept in order, each word with its repeats; what comes after another word on the same token is the next one', () => {
    const later = { ...success, receivedAt: 'later' };
    const late = arrivalsOf([success, failure, later, later]);
    expect(late.arrivals).toEqual([
      { kind: 'word', change: success, repeats: 0, lastAt: success.receivedAt },
      { kind: 'word', change: failure, repeats: 0, lastAt: failure.receivedAt },
      { kind: 'word', change: later, repeats: 1, lastAt: 'later' },
    ]);
    expect(late.lastArrivalAt).toBe(4_000);
  });

  it('keeps room for new words however often two others take turns', () => {
    const turns = Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? success : failure));
    const late = arrivalsOf([...turns, notReached]);
    expect(late.arrivals).toHaveLength(101);
    expect(late.arrivals.reduce((sum, arrival) => sum + countOf(arrival), 0)).toBe(1_001);
  });

  it('is kept up to 150 different words; a decision does not take the place of one', () => {
    const words = Array.from({ length: 152 }, (_, index) => aChange({ errorCode: index + 1 }));
    const decision = { status: 'FAILED', note: 'seen', by: 'jo' } as const;
    const begun = recordLateDecision(beginLateArrivals('ISSUER1234', 'op-1', 0), decision, 0);
    const late = words.reduce((sofar, word) => recordLateChange(sofar, word, 1_000), begun);
    expect(late.arrivals).toHaveLength(1 + 150 + 1);
    expect(late.arrivals.at(-1)).toEqual({ kind: 'overflow', count: 2, firstAt: words[150]?.receivedAt });
    const view = toView(aReport({ status: 'CONFIRMED', evidence: 'CALLBACK' }), late.arrivals);
    expect(view.omitted).toBe(2);
    expect(view.late.at(-1)).toEqual({
      kind: 'conflict',
      at: words[150]?.receivedAt,
      note: '2 more callbacks than are kept; see the history of the late workflow',
    });
    expect(viewOf(CONFIRMED, success)).not.toHaveProperty('omitted');
    expect(viewOf(aReport({ status: 'CONFIRMED', omitted: 7 }), success).omitted).toBe(7);
  });

  it('is known again up to 300 different words', () => {
    const codes = (from: number, count: number) =>
      arrivalsOf(Array.from({ length: count }, (_, index) => aChange({ errorCode: from + index }))).arrivals;
    const subject = toSubject(UNKNOWN);
    const standing = [codes(1, 100), codes(101, 100), codes(201, 101)].reduce(
      (before, arrivals) => standingAfter(before, arrivals, subject),
      beginStanding(UNKNOWN),
    );
    expect(standing.heard).toHaveLength(300);
    expect(standingAfter(standing, codes(300, 1), subject).duplicates).toBe(1);
    expect(standingAfter(standing, codes(301, 1), subject).duplicates).toBe(0);
  });

  it('stays bounded under 1,000 different words, and what is left out is counted', () => {
    const words = Array.from({ length: 1_000 }, (_, index) =>
      aChange({ errorCode: index + 1, virtualCardId: 'x'.repeat(255), source: 'y'.repeat(64) }),
    );
    const late = arrivalsOf(words);
    const kept = late.arrivals.filter(({ kind }) => kind === 'word').length;
    expect(kept).toBe(150);
    expect(late.arrivals.at(-1)).toMatchObject({ kind: 'overflow', count: 850 });
    expect(toView(UNKNOWN, late.arrivals)).toMatchObject({
      effectiveStatus: 'UNKNOWN',
      attention: 'CONFLICT',
    });
    expect(toView(UNKNOWN, late.arrivals).late.at(-1)).toMatchObject({
      kind: 'conflict',
      note: expect.stringMatching(/^850 more/),
    });
    expect(JSON.stringify(late).length).toBeLessThan(500_000);
    expect(JSON.parse(JSON.stringify(late))).toEqual(late);
    const operation = aReport({ status: 'CONFIRMED', evidence: 'CALLBACK', omitted: 7 });
    expect(toView(operation, late.arrivals).omitted).toBe(850 + 7);
  });
});

it('I1, I3: takes as many arrivals as one run can hold in far less time than a workflow task has', () => {
  const longest = '\u0001'.repeat(250);
  const words = Array.from({ length: 10_000 }, (_, index) =>
    aChange({ virtualCardId: `${longest}${index % 2_000}`, source: longest.slice(0, 64) }),
  );
  const startedAt = performance.now();
  const late = arrivalsOf(words);
  // The task has 5 s in the worker and 10 s at the server, and what takes longer is tried again for ever.
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(late.arrivals.reduce((sum, arrival) => sum + countOf(arrival), 0)).toBe(10_000);
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

  it('is not what somebody else does again after another word: a person has to look again', () => {
    const theirs = (action: string) => ({ ...aChange(), action });
    const resume = theirs('RESUME');
    const view = viewOf(CONFIRMED, resume, theirs('DELETE'), resume);
    expect(kindsOf(view)).toEqual(['unexpected', 'unexpected', 'unexpected']);
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

  it('by a code that proves nothing leaves the gap a reason to look', () => {
    expect(viewOf(UNKNOWN, aChange({ errorCode: 322 })).attention).toBe('UNKNOWN_OUTCOME');
  });

  it('by another code that proves nothing leaves a provisional failure FAILED, and open to a success', () => {
    const other = aChange({ errorCode: 322 });
    expect(viewOf(FAILED_PROVISIONALLY, other).effectiveStatus).toBe('FAILED');
    expect(viewOf(FAILED_PROVISIONALLY, other, success).effectiveStatus).toBe('CONFIRMED');
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

  it('of a DELETE is its own success, which says nothing of the device', () => {
    const view = viewOf(aReport({ action: 'DELETE', status: 'UNKNOWN' }), aChange({ action: 'DELETE' }));
    expect(view).toMatchObject({ effectiveStatus: 'CONFIRMED' });
    expect(view.device).toBeUndefined();
  });

  it('is the removal from the wallet application after a DELETE, which sets the device only', () => {
    const deleted = aReport({ action: 'DELETE', status: 'CONFIRMED', evidence: 'CALLBACK' });
    const view = viewOf(deleted, aChange({ action: 'DELETE_FROM_APP' }));
    expect(view).toMatchObject({ effectiveStatus: 'CONFIRMED', device: 'REMOVED' });
    expect(kindsOf(view)).toEqual(['amendment']);
    expect(view.attention).toBeUndefined();
  });

  it.each([
    ['the code of a failure', FAILED, { ...failure, isPrimary: false }],
    [
      'a success where only a reading had shown it',
      aReport({ status: 'CONFIRMED', evidence: 'READING' }),
      success,
    ],
  ])('is a word that agrees (%s), and it worries nobody', (_what, report, word) => {
    const view = viewOf(report, word);
    expect(view).toMatchObject({ effectiveStatus: report.status, evidence: report.evidence });
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

  it('agrees with a provisional failure, and worries nobody', () => {
    const view = viewOf(FAILED_PROVISIONALLY, notReached);
    expect(view).toMatchObject({ effectiveStatus: 'FAILED', late: [{ kind: 'amendment' }] });
    expect(view.attention).toBeUndefined();
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
    const report = toReport(evolve(anOperation(), { kind: 'resolve', decision: DECISION }, SECOND));
    expect(toView(report)).toMatchObject({
      status: 'FAILED',
      evidence: 'PERSON',
      late: [{ kind: 'decision', note: 'seen in the portal', by: 'jo', at: '1970-01-01T00:00:01.000Z' }],
    });
  });

  it.each([
    [undefined, /object/],
    [
      { ...DECISION, status: 'confirmed' },
      /^status: one of CONFIRMED, FAILED, REJECTED, UNKNOWN, CANCELLED$/,
    ],
    [{ ...DECISION, status: 'PARTIALLY_CONFIRMED' }, /^status/],
    [{ ...DECISION, status: 'SUPERSEDED' }, /^status/],
    [null, /object/],
    [{ ...DECISION, note: ' ' }, /^note/],
    [{ ...DECISION, note: 7 }, /^note/],
    [{ ...DECISION, by: ' ' }, /^by/],
    [{ ...DECISION, by: '' }, /^by/],
    [{ ...DECISION, by: 7 }, /^by/],
    [{ ...DECISION, note: 'card 4111 1111 1111 1111' }, /no card number/],
    [{ ...DECISION, note: 'n'.repeat(501) }, /at most 500/],
    [{ ...DECISION, by: 'b'.repeat(501) }, /at most 500/],
  ])('is refused with the field and the rule: %j', (value, fault) => {
    expect(decisionFault(value)).toMatch(fault);
  });

  it('is taken when it is complete', () => {
    expect(decisionFault(DECISION)).toBeUndefined();
    expect(decisionFault({ status: 'FAILED', note: 'seen in the portal' })).toBeUndefined();
    expect(decisionFault({ ...DECISION, note: 'n'.repeat(500), by: 'b'.repeat(500) })).toBeUndefined();
  });
});

/** A person's look at the hub, and a person's decision, after the end. */
function begin(): LateArrivals {
  return beginLateArrivals('ISSUER1234', 'op-1', 0);
}
const look = (late: LateArrivals, reading: Reading, report = CONFIRMED): LateArrivals =>
  recordLateReading(late, { reading, subject: toSubject(report) }, 5_000);
const FIVE = '1970-01-01T00:00:05.000Z';

describe('a reading that a person asks for after the end', () => {
  const contradicted = arrivalsOf([failure]);

  it('I5: decides a conflict when it shows the wanted state, and clears the attention', () => {
    const view = toView(CONFIRMED, look(contradicted, aReading('SUSPENDED')).arrivals);
    expect(view).toMatchObject({ status: 'CONFIRMED', effectiveStatus: 'CONFIRMED' });
    expect(view.late[1]).toEqual({
      kind: 'reading',
      at: FIVE,
      note: 'the hub lists the token as SUSPENDED, as wanted',
    });
    expect(view.attention).toBeUndefined();
  });

  it.each([
    ['another state', aReading('RESUMED'), 'the hub lists the token as RESUMED'],
    ['a list without the token', LIST_WITHOUT_THE_TOKEN, 'the hub does not list the token'],
    ['an empty list', EMPTY_LIST, 'the hub did not answer with a list'],
    ['no answer', FAILED_READING, 'the hub did not answer with a list'],
  ])('decides nothing when it shows %s, and is shown', (_what, reading, note) => {
    const view = toView(CONFIRMED, look(contradicted, reading).arrivals);
    expect(view).toMatchObject({ effectiveStatus: 'UNKNOWN', attention: 'CONFLICT' });
    expect(view.late[1]).toMatchObject({ kind: 'reading', note });
  });

  it.each([UNKNOWN, FAILED_PROVISIONALLY, REJECTED_PROVISIONALLY])(
    'fills a gap when it shows the wanted state (%#)',
    (report) => {
      const view = toView(report, look(begin(), aReading('SUSPENDED'), report).arrivals);
      expect(view).toMatchObject({ status: report.status, effectiveStatus: 'CONFIRMED' });
      expect(view.attention).toBeUndefined();
    },
  );

  it('does not hide that somebody ended the operation by force', () => {
    const view = toView(TERMINATED, look(begin(), aReading('SUSPENDED')).arrivals);
    expect(view).toMatchObject({ effectiveStatus: 'CONFIRMED', attention: 'TERMINATED' });
  });

  it.each([CANCELLED, SUPERSEDED])(
    'I4: is no proof for an operation of which nothing had left: the wanted state is somebody else’s doing (%#)',
    (report) => {
      const view = toView(report, look(begin(), aReading('SUSPENDED'), report).arrivals);
      expect(view.effectiveStatus).toBe(report.status);
    },
  );

  it.each([FAILED, REJECTED, NEVER_SENT])(
    'does not overrule a final word: somebody else may have changed the token since (%#)',
    (report) => {
      const view = toView(report, look(begin(), aReading('SUSPENDED'), report).arrivals);
      expect(view.effectiveStatus).toBe(report.status);
    },
  );
});

describe('a decision of a person after the end', () => {
  const decide = (late: LateArrivals, status: FinalStatus, note = 'seen in the portal'): LateArrivals =>
    recordLateDecision(late, { status, note, by: 'jo' }, 5_000);

  it('I5: decides a conflict and clears the attention; the recorded status stays', () => {
    const view = toView(CONFIRMED, decide(arrivalsOf([failure]), 'FAILED').arrivals);
    expect(view).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', effectiveStatus: 'FAILED' });
    expect(view.late[1]).toEqual({
      kind: 'decision',
      at: FIVE,
      status: 'FAILED',
      note: 'seen in the portal',
      by: 'jo',
    });
    expect(view.attention).toBeUndefined();
  });

  it.each([UNKNOWN, TERMINATED, NEVER_SENT, aReport({ attention: 'UNEXPECTED_CALLBACK' })])(
    'clears whatever attention there was (%#)',
    (report) => {
      const view = toView(report, decide(begin(), 'CONFIRMED').arrivals);
      expect(view.effectiveStatus).toBe('CONFIRMED');
      expect(view.attention).toBeUndefined();
    },
  );

  it('I5: is contradicted by a new word, which raises attention again; a copy of an old one is a duplicate', () => {
    const decided = decide(arrivalsOf([failure]), 'CONFIRMED');
    const copied = recordLateChange(decided, failure, 6_000);
    expect(toView(CONFIRMED, copied.arrivals)).toMatchObject({ effectiveStatus: 'CONFIRMED', duplicates: 1 });
    const other = recordLateChange(decided, aChange({ errorCode: 232 }), 6_000);
    expect(toView(CONFIRMED, other.arrivals)).toMatchObject({
      effectiveStatus: 'UNKNOWN',
      attention: 'CONFLICT',
      late: [{ kind: 'conflict' }, { kind: 'decision' }, { kind: 'conflict' }],
    });
  });

  it.each([
    ['nothing came since', [], true],
    ['only a copy came since', [failure], true],
    ['another word came since', [aChange({ errorCode: 232 })], false],
    ['a word about something else came since', [aChange({ action: 'DELETE' })], false],
  ] as const)('is known for the one that stands when %s', (_what, changes, isKnown) => {
    let late = decide(arrivalsOf([failure]), 'FAILED');
    for (const change of changes) late = recordLateChange(late, change, 6_000);
    const view = toView(CONFIRMED, late.arrivals);
    const decided = { status: 'FAILED', note: 'seen in the portal', by: 'jo' } as const;
    expect(isDecidedSo(view, decided)).toBe(isKnown);
    expect(isDecidedSo({ ...view, partial: true }, decided)).toBe(false);
    expect(isDecidedSo(view, { ...decided, note: 'another' })).toBe(false);
    expect(isDecidedSo(view, { status: 'FAILED', note: 'seen in the portal' })).toBe(false);
    expect(isDecidedSo(view, { ...decided, status: 'CONFIRMED' })).toBe(false);
  });

  it('is not known for one that stands when there is none', () => {
    expect(isDecidedSo(toView(CONFIRMED, []), { status: 'CONFIRMED', note: 'n' })).toBe(false);
  });

  it('is kept once when the request is repeated, and again when something came in between', () => {
    const once = decide(decide(begin(), 'FAILED'), 'FAILED');
    expect(once.arrivals).toHaveLength(1);
    expect(decide(once, 'CONFIRMED').arrivals).toHaveLength(2);
    const other = { status: 'FAILED', note: 'seen in the portal', by: 'max' } as const;
    expect(recordLateDecision(once, other, 6_000).arrivals).toHaveLength(2);
    expect(decide(once, 'FAILED', 'seen again').arrivals).toHaveLength(2);
    expect(decide(recordLateChange(once, success, 6_000), 'FAILED').arrivals).toHaveLength(3);
  });

  it('is kept also when there are more words than are kept', () => {
    const flooded = arrivalsOf(
      Array.from({ length: 300 }, (_, index) => aChange({ errorCode: 1_000 + index })),
    );
    const view = toView(CONFIRMED, decide(flooded, 'CONFIRMED').arrivals);
    expect(view.effectiveStatus).toBe('CONFIRMED');
    expect(view.attention).toBeUndefined();
  });
});

describe('whether a conflict is open', () => {
  const standingOf = (late: LateArrivals, report = CONFIRMED) =>
    standingAfter(beginStanding(report), late.arrivals, toSubject(report));
  const torn = arrivalsOf([failure]);
  const decision = { status: 'CONFIRMED', note: 'seen', by: 'jo' } as const;

  it('is what a late word makes it, until a reading of the wanted state or a person decides', () => {
    expect(standingOf(torn).conflictOpen).toBe(true);
    expect(standingOf(look(torn, aReading('RESUMED'))).conflictOpen).toBe(true);
    expect(standingOf(look(torn, aReading('SUSPENDED'))).conflictOpen).toBe(false);
    expect(standingOf(recordLateDecision(torn, decision, 5_000)).conflictOpen).toBe(false);
  });

  it('begins as the operation closed: one that was decided before is closed', () => {
    const decided = aReport({ status: 'CONFIRMED', attention: 'CONFLICT' });
    expect(beginStanding(decided).conflictOpen).toBe(false);
    expect(beginStanding({ ...decided, effectiveStatus: 'UNKNOWN' }).conflictOpen).toBe(true);
  });

  it.each([
    ['a reading', look(arrivalsOf([failure]), aReading('SUSPENDED'))],
    [
      'a person',
      recordLateDecision(arrivalsOf([failure]), { status: 'CONFIRMED', note: 'n', by: 'jo' }, 5_000),
    ],
  ])('after %s has decided: not by a word that agrees, again by one that does not', (_who, decided) => {
    const agreed = recordLateChange(decided, success, 6_000);
    expect(standingOf(agreed)).toMatchObject({ conflictOpen: false, effectiveStatus: 'CONFIRMED' });
    const again = recordLateChange(agreed, aChange({ errorCode: 232 }), 7_000);
    expect(standingOf(again)).toMatchObject({ conflictOpen: true, effectiveStatus: 'UNKNOWN' });
  });

  it('is no question while the operation runs', () => {
    expect(() => beginStanding(aReport({ status: 'OVERDUE' }))).toThrow(
      'only a closed operation can be amended',
    );
  });

  it('is asked of the token that the operation names, or of all tokens of its card', () => {
    const { action, issuerCardRefId, virtualCardId, ...rest } = CONFIRMED;
    expect(toSubject(CONFIRMED)).toEqual({ action, issuerCardRefId, virtualCardId });
    expect(toSubject({ ...rest, action, issuerCardRefId })).toEqual({ action, issuerCardRefId });
  });
});

describe('how it stands after several runs of lateChange', () => {
  it.each([
    [[failure], [success], 'a word that agrees with the record'],
    [[success], [failure], 'a copy and a failure'],
    [[notReached, failure], [failure], 'a copy of a conflict'],
  ])('is the same as after one (%#: %s)', (first, second) => {
    for (const report of [CONFIRMED, FAILED, UNKNOWN, CANCELLED, FAILED_PROVISIONALLY]) {
      const subject = toSubject(report);
      const runs = [arrivalsOf(first), arrivalsOf(second)];
      const inTwo = runs.reduce(
        (standing, { arrivals }) =>
          standingAfter(JSON.parse(JSON.stringify(standing)) as typeof standing, arrivals, subject),
        beginStanding(report),
      );
      const view = toView(
        report,
        runs.flatMap(({ arrivals }) => arrivals),
      );
      expect(inTwo.effectiveStatus).toBe(view.effectiveStatus);
      expect(inTwo.duplicates).toBe(view.duplicates);
    }
  });

  it('stays bounded under words without end', () => {
    const words = Array.from({ length: 20 }, (_, run) =>
      arrivalsOf(
        Array.from({ length: 150 }, (_ignored, index) => aChange({ errorCode: 1 + run * 150 + index })),
      ),
    );
    const standing = words.reduce(
      (before, { arrivals }) => standingAfter(before, arrivals, toSubject(UNKNOWN)),
      beginStanding(UNKNOWN),
    );
    expect(standing.heard).toHaveLength(300);
  });

  it('fits, with the arrivals of a run, into one message of Temporal, whatever references are made of', () => {
    // JSON writes each of these as six characters, and a key is JSON within JSON.
    const longest = '\u0001'.repeat(250);
    const words = Array.from({ length: 400 }, (_, index) =>
      aChange({
        virtualCardId: `${longest}${index}`,
        issuerCardRefId: longest,
        walletProviderId: longest,
        source: longest.slice(0, 64),
        action: longest.slice(0, 64),
      }),
    );
    let late = arrivalsOf(words);
    const remark = { by: '\u0001'.repeat(500), note: '\u0001'.repeat(500) };
    for (let asked = 0; asked < 400; asked += 1) {
      late = recordLateReading(
        late,
        { reading: aReading('RESUMED'), subject: toSubject(UNKNOWN), remark },
        5_000,
      );
    }
    const standing = standingAfter(beginStanding(UNKNOWN), arrivalsOf(words).arrivals, toSubject(UNKNOWN));
    const more = arrivalsOf(words.map((word) => ({ ...word, action: 'OTHER' })));
    const full = standingAfter(standing, more.arrivals, toSubject(UNKNOWN));
    expect(Buffer.byteLength(JSON.stringify({ late, basis: full }))).toBeLessThan(2 * 1024 * 1024);
  });
});

it('tells a tired person how it stands and that somebody has to decide', () => {
  const late = arrivalsOf([failure]);
  const standing = standingAfter(beginStanding(CONFIRMED), late.arrivals, toSubject(CONFIRMED));
  expect(toLateDetails(late, standing)).toBe(
    [
      'Now **UNKNOWN** · attention **CONFLICT**',
      'What came late contradicts the outcome. Look at the token, then resolve the operation.',
      'Arrivals after the end: 1, last 1970-01-01T00:00:01.000Z.',
    ].join('\n\n'),
  );
  expect(toLateDetails(late, beginStanding(CONFIRMED))).toBe(
    'Now **CONFIRMED**\n\nArrivals after the end: 1, last 1970-01-01T00:00:01.000Z.',
  );
  expect(toLateDetails(late, undefined)).toBe('Arrivals after the end: 1, last 1970-01-01T00:00:01.000Z.');
});

describe('a run of lateChange', () => {
  const late = arrivalsOf([success, failure]);

  it('lingers after the last arrival, so that a storm of copies costs one run', () => {
    expect(closingTime(late, { waitsForSomebody: false, quietMs: 600_000 })).toBe(602_000);
    const copied = recordLateChange(late, success, 500_000);
    expect(closingTime(copied, { waitsForSomebody: false, quietMs: 600_000 })).toBe(1_100_000);
  });

  it('I3: with a conflict stays open until a person resolves it, at most 90 days', () => {
    const ninetyDays = 90 * 24 * 3_600_000;
    expect(closingTime(late, { waitsForSomebody: true, quietMs: 600_000 })).toBe(ninetyDays);
    const later = recordLateChange(late, aChange({ errorCode: 7 }), ninetyDays / 2);
    expect(closingTime(later, { waitsForSomebody: true, quietMs: 600_000 })).toBe(ninetyDays);
  });

  describe.each([
    ['a run', (known: LateCase): LateCase => known],
    [
      'the run after it',
      ({ late: arrivals, basis, quietMs }: LateCase): LateCase =>
        beginLateCase(JSON.parse(JSON.stringify(arrivals)) as LateArrivals, { basis, quietMs }),
    ],
  ])('%s', (_name, handedOver) => {
    const basis: LateBasis = {
      kind: 'operation',
      subject: toSubject(CONFIRMED),
      standing: beginStanding(CONFIRMED),
    };
    const begun = handedOver(beginLateCase(arrivalsOf([failure]), { basis, quietMs: 600_000 }));

    it('I3, I5: waits for a decision about what contradicts the outcome, and then for the quiet', () => {
      const agenda = lateAgendaOf(begun, 700_000);
      expect(agenda).toMatchObject({ isOver: false, wake: { reason: 'until somebody has decided' } });
      const decision = { status: 'CONFIRMED', note: 'seen at the hub' } as const;
      const decided = evolveLate(begun, { kind: 'resolve', decision }, 700_000);
      expect(lateAgendaOf(decided, 700_000)).toMatchObject({ isOver: false, wake: { at: 1_300_000 } });
      expect(lateAgendaOf(decided, 1_300_000).isOver).toBe(true);
    });

    it('judges what comes by what has come before', () => {
      const heard = receiveLate(begun, [{ change: success, at: 2_000 }]);
      expect(standingOf(heard)).toEqual(
        standingAfter(beginStanding(CONFIRMED), heard.late.arrivals, toSubject(CONFIRMED)),
      );
    });
  });

  it('asks how the operation ended, once, and gives the question up when it hands over', () => {
    const unknown = beginLateCase(late, { basis: undefined, quietMs: 600_000 });
    expect(lateAgendaOf(unknown, 1)).toMatchObject({ learn: true, stop: false, isOver: false });
    const asking = evolveLate(unknown, { kind: 'begun', effect: 'learn' }, 1);
    expect(lateAgendaOf(asking, 1)).toMatchObject({ learn: false, stop: false });
    const handingOver = evolveLate(asking, { kind: 'handing-over' }, 2);
    expect(lateAgendaOf(handingOver, 2)).toMatchObject({ learn: false, stop: true });
    const givenUp = evolveLate(handingOver, { kind: 'basis', basis: undefined }, 3);
    expect(lateAgendaOf(givenUp, 3)).toMatchObject({ learn: false, stop: false, isOver: false });
    const none = evolveLate(asking, { kind: 'basis', basis: { kind: 'none' } }, 3);
    expect(lateAgendaOf(none, 3)).toMatchObject({
      learn: false,
      wake: { reason: 'until it has been quiet' },
    });
  });
});
