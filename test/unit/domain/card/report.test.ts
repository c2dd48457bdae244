import {
  attentionOfCard,
  purposeOfCardReading,
  statusOfCard,
  toCompact,
  toCardDetails,
  toCardReport,
  toProgress,
  type CardOperation,
  evolveCard,
} from '../../../../src/domain/card/index.js';
import {
  aCardList,
  aChange,
  aCardOperation,
  aPolicy,
  MINUTE,
  SECOND,
  senderEnded,
} from '../../../support/builders.js';
import {
  BOTH_DONE,
  cardOutcome,
  TWO_ACTIVE,
  TWO_SUSPENDED,
  word,
} from '../../../support/virtual/card-outcome.js';
import { acrossTheWire } from '../../../support/virtual/run-card.js';

const senderIdOf = (n: number): string => `the-child/${n}`;

const begun = (): CardOperation => evolveCard(aCardOperation(), { kind: 'snapshot', reading: TWO_ACTIVE }, 0);
const heard = (operation: CardOperation, ...changes: ReturnType<typeof aChange>[]): CardOperation =>
  changes.reduce((sofar, change) => evolveCard(sofar, { kind: 'callback', change }, SECOND), operation);

describe('the report of an operation on a card', () => {
  it('says REQUESTED, AWAITING_CALLBACK and then how it ended, with the times of each', () => {
    expect(statusOfCard(begun())).toBe('REQUESTED');
    const accepted = evolveCard(begun(), senderEnded({ kind: 'accepted', at: 5 }), 10);
    expect(toCardReport(accepted)).toMatchObject({
      scope: 'CARD',
      status: 'AWAITING_CALLBACK',
      final: false,
      acceptedAt: '1970-01-01T00:00:00.005Z',
      exposed: [],
    });
    const { report } = cardOutcome({ changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(report).toMatchObject({ final: true, settledAt: '1970-01-01T00:00:01.010Z' });
    expect(report).not.toHaveProperty('virtualCardId');
  });

  it('is pending for each token that is still waited for, and for none in the end, also when a person decides', () => {
    const resultsOf = (operation: CardOperation) =>
      toCardReport(operation).outcomes.map(({ result }) => result);
    const one = heard(begun(), aChange());
    expect(resultsOf(one)).toEqual(['CONFIRMED', 'PENDING']);
    const decided = evolveCard(
      one,
      { kind: 'resolve', decision: { status: 'CONFIRMED', note: 'seen', by: 'Ada' } },
      MINUTE,
    );
    expect(resultsOf(decided)).toEqual(['CONFIRMED', 'SILENT']);
    expect(toCardReport(decided)).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'PERSON',
      decision: { by: 'Ada', note: 'seen' },
      exposed: [],
    });
    expect(attentionOfCard(decided)).toBeUndefined();
    expect(
      evolveCard(decided, { kind: 'resolve', decision: { status: 'FAILED', note: 'no', by: 'Bob' } }, MINUTE),
    ).toBe(decided);
  });

  it('shows what a stranger says of another action, once, and looks whether it explains something', () => {
    const odd = aChange({ virtualCardId: 'stranger', action: 'RESUME', cardDataSeen: true });
    const operation = heard(begun(), odd, odd);
    expect(toCardReport(operation)).toMatchObject({
      duplicates: 1,
      unexpected: [{ virtualCardId: 'stranger' }],
      attention: 'UNEXPECTED_CALLBACK',
    });
    expect(operation.attention).toContain('CARD_DATA_SEEN');
    expect(operation.readingRequestedAt).toBe(SECOND);
    const { outcomes } = toCardReport(operation);
    expect(outcomes).toHaveLength(2);
  });

  it('knows a copy of a word of a stranger also when its token has joined since', () => {
    const odd = aChange({ action: 'RESUME' });
    const operation = heard(
      evolveCard(heard(aCardOperation(), odd), { kind: 'snapshot', reading: TWO_ACTIVE }, 0),
      odd,
    );
    expect(toCardReport(operation)).toMatchObject({ duplicates: 1, unexpected: [{ action: 'RESUME' }] });
  });

  it('I1: knows no copy of a word of a stranger behind another word on its token', () => {
    const odd = aChange({ virtualCardId: 'stranger', action: 'RESUME' });
    const operation = heard(begun(), odd, aChange({ virtualCardId: 'stranger' }), odd, odd);
    const unexpected = [{ action: 'RESUME' }, { action: 'RESUME' }];
    expect(toCardReport(operation)).toMatchObject({ duplicates: 1, unexpected });
  });

  it('notes the removal from the wallet application, and waits for the deletion at the network', () => {
    const deletion = evolveCard(
      aCardOperation({ action: 'DELETE' }),
      { kind: 'snapshot', reading: TWO_ACTIVE },
      0,
    );
    const operation = heard(deletion, aChange({ action: 'DELETE_FROM_APP' }));
    expect(toCardReport(operation).outcomes[0]).toMatchObject({ result: 'PENDING', device: 'REMOVED' });
    expect(toCardReport(operation)).toMatchObject({ unexpected: [], status: 'REQUESTED' });
  });

  it('I5: reopens in the time between its end and the end of its workflow for a word that says more, never in silence', () => {
    const done = cardOutcome({
      changes: [word('token-1', SECOND)],
      cancelAt: 2 * SECOND,
      card: () => TWO_ACTIVE,
    });
    expect(done.status).toBe('PARTIALLY_CONFIRMED');
    const after = evolveCard(
      done.operation,
      { kind: 'callback', change: aChange({ virtualCardId: 'token-2' }) },
      done.endedAt,
    );
    expect(toCardReport(after)).toMatchObject({ final: false });
    expect(attentionOfCard(after)).toBeDefined();
    const conflicting = evolveCard(
      done.operation,
      { kind: 'callback', change: aChange({ errorCode: 231 }) },
      done.endedAt,
    );
    expect(attentionOfCard(conflicting)).toBe('CONFLICT');
    const decided = evolveCard(
      begun(),
      { kind: 'resolve', decision: { status: 'FAILED', note: 'n', by: 'b' } },
      SECOND,
    );
    expect(toCardReport(heard(decided, aChange()))).toMatchObject({ status: 'FAILED', evidence: 'PERSON' });
  });

  it.each([1, 10, 100, 1_000])(
    'I1: keeps or counts every one of many words on %i tokens and on strangers',
    (size) => {
      const ids = Array.from({ length: size }, (_, index) => `token-${index}`);
      const card = evolveCard(
        aCardOperation(),
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
      const operation = heard(card, ...own, ...strange);
      const { duplicates, conflicts, unexpected, omitted = 0 } = toCardReport(operation);
      expect(size + duplicates + conflicts.length + unexpected.length + omitted).toBe(
        own.length + strange.length,
      );
      expect(unexpected).toHaveLength(100);
      expect(attentionOfCard(operation)).toBe('CONFLICT');
    },
  );

  it('keeps at most 200 tokens that report without being on the card, and the words of the others as strange ones', () => {
    const many = Array.from({ length: 250 }, (_, index) => aChange({ virtualCardId: `other-${index}` }));
    const operation = heard(begun(), ...many);
    expect(toCardReport(operation).outcomes).toHaveLength(202);
    expect(toCardReport(operation).unexpected).toHaveLength(50);
  });
});

describe('an operation on a card that continues as new', () => {
  it('is small: of a thousand tokens that nothing has been heard of it keeps the ids', () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `token-${index}`);
    const card = evolveCard(
      aCardOperation(),
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
    expect(toProgress(aCardOperation())).toBe('0 confirmed, the number of tokens is not known yet');
    expect(toProgress(heard(begun(), aChange()))).toBe('1 of 2 confirmed');
    const mixed = heard(
      begun(),
      aChange(),
      aChange({ virtualCardId: 'token-2', errorCode: 231 }),
      aChange({ virtualCardId: 'other' }),
    );
    expect(toProgress(mixed)).toBe('1 of 2 confirmed, 1 failed, 1 more reported');
    const done = cardOutcome({ cancelAt: SECOND, card: () => TWO_ACTIVE });
    expect(toProgress(done.operation)).toBe('0 of 2 confirmed, 2 can still pay');
  });

  it('is told in details, with the reason of every look, at every step', () => {
    const { steps } = cardOutcome(
      { changes: BOTH_DONE, card: () => TWO_ACTIVE },
      aCardOperation({}, aPolicy()),
    );
    for (const { at, operation } of steps) {
      expect(toCardDetails(operation, at, senderIdOf)).toContain(`**${statusOfCard(operation)}**`);
      expect(purposeOfCardReading(operation)).not.toBe('');
    }
  });
});

it('says how each token was listed last, and that nothing has come of a request that was accepted', () => {
  const { steps } = cardOutcome({ card: () => TWO_ACTIVE }, aCardOperation({ softDeadlineAt: MINUTE }));
  const overdue =
    steps.find(({ operation }) => operation.overdue && operation.readings > 0)?.operation ?? aCardOperation();
  expect(toCardReport(overdue)).toMatchObject({
    status: 'OVERDUE',
    lastReading: { at: new Date(MINUTE).toISOString(), answered: true },
    outcomes: [{ listedAs: 'RESUMED' }, { listedAs: 'RESUMED' }],
  });
  expect(toCardDetails(overdue, MINUTE, senderIdOf)).toContain(
    'most likely it was lost. Cancel, then retry.',
  );
  const oneDone = heard(overdue, aChange());
  expect(toCardDetails(oneDone, MINUTE, senderIdOf)).not.toContain('most likely it was lost');
});
