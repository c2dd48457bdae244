import {
  attentionOfFanOut,
  purposeOfFanOutReading,
  statusOfFanOut,
  toCompact,
  toFanOutDetails,
  toFanOutReport,
  toProgress,
  type FanOut,
  evolveCard,
} from '../../../../src/domain/card/index.js';
import {
  aCardList,
  aChange,
  aFanOut,
  aPolicy,
  MINUTE,
  SECOND,
  senderEnded,
} from '../../../support/builders.js';
import {
  BOTH_DONE,
  fanOutOutcome,
  TWO_ACTIVE,
  TWO_SUSPENDED,
  word,
} from '../../../support/virtual/fan-out-outcome.js';
import { acrossTheWire } from '../../../support/virtual/run-fan-out.js';

const senderIdOf = (n: number): string => `the-child/${n}`;

const begun = (): FanOut => evolveCard(aFanOut(), { kind: 'snapshot', reading: TWO_ACTIVE }, 0);
const heard = (fanOut: FanOut, ...changes: ReturnType<typeof aChange>[]): FanOut =>
  changes.reduce((sofar, change) => evolveCard(sofar, { kind: 'callback', change: change }, SECOND), fanOut);

describe('the report of a fan-out', () => {
  it('says REQUESTED, AWAITING_CALLBACK and then how it ended, with the times of each', () => {
    expect(statusOfFanOut(begun())).toBe('REQUESTED');
    const accepted = evolveCard(begun(), senderEnded({ kind: 'accepted', at: 5 }), 10);
    expect(toFanOutReport(accepted)).toMatchObject({
      scope: 'CARD',
      status: 'AWAITING_CALLBACK',
      final: false,
      acceptedAt: '1970-01-01T00:00:00.005Z',
      exposed: [],
    });
    const { report } = fanOutOutcome({ changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(report).toMatchObject({ final: true, settledAt: '1970-01-01T00:00:01.010Z' });
    expect(report).not.toHaveProperty('virtualCardId');
  });

  it('is pending for each token that is still waited for, and for none in the end, also when a person decides', () => {
    const resultsOf = (fanOut: FanOut) => toFanOutReport(fanOut).outcomes.map(({ result }) => result);
    const one = heard(begun(), aChange());
    expect(resultsOf(one)).toEqual(['CONFIRMED', 'PENDING']);
    const decided = evolveCard(
      one,
      { kind: 'resolve', decision: { status: 'CONFIRMED', note: 'seen', by: 'Ada' } },
      MINUTE,
    );
    expect(resultsOf(decided)).toEqual(['CONFIRMED', 'SILENT']);
    expect(toFanOutReport(decided)).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'PERSON',
      decision: { by: 'Ada', note: 'seen' },
      exposed: [],
    });
    expect(attentionOfFanOut(decided)).toBeUndefined();
    expect(
      evolveCard(decided, { kind: 'resolve', decision: { status: 'FAILED', note: 'no', by: 'Bob' } }, MINUTE),
    ).toBe(decided);
  });

  it('shows what a stranger says of another action, once, and looks whether it explains something', () => {
    const odd = aChange({ virtualCardId: 'stranger', action: 'RESUME', cardDataSeen: true });
    const fanOut = heard(begun(), odd, odd);
    expect(toFanOutReport(fanOut)).toMatchObject({
      duplicates: 1,
      unexpected: [{ virtualCardId: 'stranger' }],
      attention: 'UNEXPECTED_CALLBACK',
    });
    expect(fanOut.attention).toContain('CARD_DATA_SEEN');
    expect(fanOut.readingRequestedAt).toBe(SECOND);
    const { outcomes } = toFanOutReport(fanOut);
    expect(outcomes).toHaveLength(2);
  });

  it('knows a copy of a word of a stranger also when its token has joined since', () => {
    const odd = aChange({ action: 'RESUME' });
    const fanOut = heard(
      evolveCard(heard(aFanOut(), odd), { kind: 'snapshot', reading: TWO_ACTIVE }, 0),
      odd,
    );
    expect(toFanOutReport(fanOut)).toMatchObject({ duplicates: 1, unexpected: [{ action: 'RESUME' }] });
  });

  it('I1: knows no copy of a word of a stranger behind another word on its token', () => {
    const odd = aChange({ virtualCardId: 'stranger', action: 'RESUME' });
    const fanOut = heard(begun(), odd, aChange({ virtualCardId: 'stranger' }), odd, odd);
    const unexpected = [{ action: 'RESUME' }, { action: 'RESUME' }];
    expect(toFanOutReport(fanOut)).toMatchObject({ duplicates: 1, unexpected });
  });

  it('notes the removal from the wallet application, and waits for the deletion at the network', () => {
    const deletion = evolveCard(aFanOut({ action: 'DELETE' }), { kind: 'snapshot', reading: TWO_ACTIVE }, 0);
    const fanOut = heard(deletion, aChange({ action: 'DELETE_FROM_APP' }));
    expect(toFanOutReport(fanOut).outcomes[0]).toMatchObject({ result: 'PENDING', device: 'REMOVED' });
    expect(toFanOutReport(fanOut)).toMatchObject({ unexpected: [], status: 'REQUESTED' });
  });

  it('I5: reopens in the time between its end and the end of its workflow for a word that says more, never in silence', () => {
    const done = fanOutOutcome({
      changes: [word('token-1', SECOND)],
      cancelAt: 2 * SECOND,
      card: () => TWO_ACTIVE,
    });
    expect(done.status).toBe('PARTIALLY_CONFIRMED');
    const after = evolveCard(
      done.fanOut,
      { kind: 'callback', change: aChange({ virtualCardId: 'token-2' }) },
      done.endedAt,
    );
    expect(toFanOutReport(after)).toMatchObject({ final: false });
    expect(attentionOfFanOut(after)).toBeDefined();
    const conflicting = evolveCard(
      done.fanOut,
      { kind: 'callback', change: aChange({ errorCode: 231 }) },
      done.endedAt,
    );
    expect(attentionOfFanOut(conflicting)).toBe('CONFLICT');
    const decided = evolveCard(
      begun(),
      { kind: 'resolve', decision: { status: 'FAILED', note: 'n', by: 'b' } },
      SECOND,
    );
    expect(toFanOutReport(heard(decided, aChange()))).toMatchObject({ status: 'FAILED', evidence: 'PERSON' });
  });

  it.each([1, 10, 100, 1_000])(
    'I1: keeps or counts every one of many words on %i tokens and on strangers',
    (size) => {
      const ids = Array.from({ length: size }, (_, index) => `token-${index}`);
      const card = evolveCard(
        aFanOut(),
        { kind: 'snapshot', reading: aCardList(Object.fromEntries(ids.map((id) => [id, 'RESUMED']))) },
        0,
      );
      const own = ids.flatMap((virtualCardId) => [
        aChange({ virtualCardId }),
        aChange({ virtualCardId }),
        aChange({ virtualCardId, errorCode: 231 }),
      ]);
      const strange = Array.from({ length: 300 }, (_, index) =>
        aChange({ virtualCardId: `stranger-${index}`, action: 'RESUME' }),
      );
      const fanOut = heard(card, ...own, ...strange);
      const { duplicates, conflicts, unexpected, omitted = 0 } = toFanOutReport(fanOut);
      expect(size + duplicates + conflicts.length + unexpected.length + omitted).toBe(
        own.length + strange.length,
      );
      expect(unexpected).toHaveLength(100);
      expect(attentionOfFanOut(fanOut)).toBe('CONFLICT');
    },
  );

  it('keeps at most 200 tokens that report without being on the card, and the words of the others as strange ones', () => {
    const many = Array.from({ length: 250 }, (_, index) => aChange({ virtualCardId: `other-${index}` }));
    const fanOut = heard(begun(), ...many);
    expect(toFanOutReport(fanOut).outcomes).toHaveLength(202);
    expect(toFanOutReport(fanOut).unexpected).toHaveLength(50);
  });
});

describe('a fan-out that continues as new', () => {
  it('is small: of a thousand tokens that nothing has been heard of it keeps the ids', () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `token-${index}`);
    const card = evolveCard(
      aFanOut(),
      { kind: 'snapshot', reading: aCardList(Object.fromEntries(ids.map((id) => [id, 'RESUMED']))) },
      0,
    );
    const half = heard(card, ...ids.slice(0, 500).map((virtualCardId) => aChange({ virtualCardId })));
    expect(JSON.stringify(toCompact(half)).length).toBeLessThan(700_000);
    expect(acrossTheWire(half)).toEqual(JSON.parse(JSON.stringify(half)));
  });
});

describe('how it stands, for people', () => {
  it('is told in one line', () => {
    expect(toProgress(aFanOut())).toBe('0 confirmed, the number of tokens is not known yet');
    expect(toProgress(heard(begun(), aChange()))).toBe('1 of 2 confirmed');
    const mixed = heard(
      begun(),
      aChange(),
      aChange({ virtualCardId: 'token-2', errorCode: 231 }),
      aChange({ virtualCardId: 'other' }),
    );
    expect(toProgress(mixed)).toBe('1 of 2 confirmed, 1 failed, 1 more reported');
    const done = fanOutOutcome({ cancelAt: SECOND, card: () => TWO_ACTIVE });
    expect(toProgress(done.fanOut)).toBe('0 of 2 confirmed, 2 can still pay');
  });

  it('is told in details, with the reason of every look, at every step', () => {
    const { steps } = fanOutOutcome({ changes: BOTH_DONE, card: () => TWO_ACTIVE }, aFanOut({}, aPolicy()));
    for (const { at, fanOut } of steps) {
      expect(toFanOutDetails(fanOut, at, senderIdOf)).toContain(`**${statusOfFanOut(fanOut)}**`);
      expect(purposeOfFanOutReading(fanOut)).not.toBe('');
    }
  });
});

it('says how each token was listed last, and that nothing has come of a request that was accepted', () => {
  const { steps } = fanOutOutcome({ card: () => TWO_ACTIVE }, aFanOut({ softDeadlineAt: MINUTE }));
  const overdue = steps.find(({ fanOut }) => fanOut.overdue && fanOut.readings > 0)?.fanOut ?? aFanOut();
  expect(toFanOutReport(overdue)).toMatchObject({
    status: 'OVERDUE',
    lastReading: { at: new Date(MINUTE).toISOString(), answered: true },
    outcomes: [{ listedAs: 'RESUMED' }, { listedAs: 'RESUMED' }],
  });
  expect(toFanOutDetails(overdue, MINUTE, senderIdOf)).toContain(
    'most likely it was lost. Cancel, then retry.',
  );
  const oneDone = heard(overdue, aChange());
  expect(toFanOutDetails(oneDone, MINUTE, senderIdOf)).not.toContain('most likely it was lost');
});
