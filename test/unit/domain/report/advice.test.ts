import fc from 'fast-check';
import { ADVICE_CODES } from '../../../../src/domain/report/advice-codes.js';
import { adviseOn, withAdvice } from '../../../../src/domain/report/advice.js';
import { ATTENTION_REASONS } from '../../../../src/domain/report/attention.js';
import { isCancellable, isRetryable } from '../../../../src/domain/report/permitted.js';
import type { OperationView } from '../../../../src/domain/report/report.js';
import { FINAL_STATUSES, RUNNING_STATUSES, isFinalStatus } from '../../../../src/domain/report/status.js';
import { anOperation, RETRY_ID } from '../../http/fake-gateway.js';

/** Every view that can be told from another by what advice rests on, those that no operation comes to included. */
const views: fc.Arbitrary<OperationView> = fc
  .record({
    status: fc.constantFrom(...RUNNING_STATUSES, ...FINAL_STATUSES),
    effective: fc.constantFrom(...FINAL_STATUSES),
    attention: fc.constantFrom(undefined, ...ATTENTION_REASONS),
    scope: fc.constantFrom('TOKEN' as const, 'CARD' as const),
    action: fc.constantFrom('SUSPEND' as const, 'RESUME' as const, 'DELETE' as const),
    evidence: fc.constantFrom('CALLBACK', 'READING', 'ANSWER', 'PERSON', 'NONE' as const),
    errorCode: fc.constantFrom(undefined, 221, 'E1'),
    exposed: fc.constantFrom([], ['token-1', 'token-2']),
    acceptedAt: fc.constantFrom(undefined, '2026-01-01T00:00:01.000Z'),
    retriedBy: fc.constantFrom(undefined, RETRY_ID),
    supersededBy: fc.constantFrom(undefined, RETRY_ID),
    partial: fc.constantFrom(undefined, true as const),
    lastReading: fc.constantFrom(undefined, {
      at: '2026-01-01T00:10:00.000Z',
      answered: true,
      status: 'INACTIVE',
    }),
  })
  .map(
    ({
      status,
      effective,
      attention,
      errorCode,
      acceptedAt,
      retriedBy,
      supersededBy,
      partial,
      lastReading,
      ...rest
    }) => {
      const final = isFinalStatus(status);
      return anOperation({
        ...rest,
        evidence: rest.evidence as OperationView['evidence'],
        status,
        final,
        effectiveStatus: final ? effective : status,
        ...(attention !== undefined && { attention }),
        ...(errorCode !== undefined && { errorCode }),
        ...(acceptedAt !== undefined && { acceptedAt }),
        ...(supersededBy !== undefined && { supersededBy }),
        ...(retriedBy !== undefined && final && { retriedBy }),
        ...(partial !== undefined && { partial }),
        ...(lastReading !== undefined && { lastReading }),
      });
    },
  );

function aFinal(status: OperationView['status'], overrides: Partial<OperationView> = {}): OperationView {
  return anOperation({ status, effectiveStatus: status, final: true, ...overrides });
}

const NOT_ELIGIBLE = {
  virtualCardId: 'token-9',
  result: 'NOT_ELIGIBLE',
  expected: false,
  evidence: 'NONE',
} as const;

function requestsIn(text: string): string[] {
  return [...text.matchAll(/POST …\/(\w+)/g)].map(([, name = '']) => name);
}

describe('advice', () => {
  it('never names a request that the API would refuse, whatever is combined', () => {
    const isPermitted: Record<string, (view: OperationView) => boolean> = {
      cancel: isCancellable,
      read: () => true,
      resolve: () => true,
      // LCM_CARD_RESUME=refuse forbids the repetition of a RESUME of a whole card.
      retry: (view) =>
        isRetryable(view) &&
        view.partial === undefined &&
        !(view.scope === 'CARD' && view.action === 'RESUME'),
    };
    const named = new Set<string>();
    fc.assert(
      fc.property(views, (view) => {
        const { text = '' } = adviseOn(view) ?? {};
        for (const name of requestsIn(text)) {
          named.add(name);
          expect([name, isPermitted[name]?.(view)]).toEqual([name, true]);
        }
      }),
      { numRuns: 20_000 },
    );
    expect([...named].toSorted()).toEqual(['cancel', 'read', 'resolve', 'retry']);
  });

  it('is there for everything that is not final, is in doubt or has failed, or has an attention', () => {
    fc.assert(
      fc.property(views, (view) => {
        const isInNeed =
          !view.final ||
          ['UNKNOWN', 'PARTIALLY_CONFIRMED', 'FAILED', 'REJECTED'].includes(view.effectiveStatus) ||
          // Only renewals have that one.
          (view.attention !== undefined && !['RENEWAL_FAILED', 'OVERDUE'].includes(view.attention));
        if (isInNeed) expect(ADVICE_CODES).toContain(adviseOn(view)?.code);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each(['CONFIRMED', 'CANCELLED', 'SUPERSEDED'] as const)(
    'is not there for %s without attention',
    (status) => {
      expect(adviseOn(aFinal(status))).toBeUndefined();
      expect(withAdvice(aFinal(status))).toEqual(aFinal(status));
    },
  );

  it.each([
    ['REQUESTED', 'WAIT', /on its way to the hub.*overdue from 2026-01-01T00:15/],
    ['AWAITING_CALLBACK', 'WAIT', /its callback is awaited.*overdue from 2026-01-01T00:15/],
    ['OVERDUE', 'READ', /has not taken the request.*until 2026-01-04.*POST …\/read looks now/],
  ] as const)('of %s is %s', (status, code, text) => {
    const view = anOperation({ status, effectiveStatus: status });
    expect(adviseOn(view)).toMatchObject({ code, text: expect.stringMatching(text) });
  });

  it.each([
    [
      { status: 'RESUMED' },
      'CANCEL_AND_RETRY',
      /most likely lost.*RESUMED at 2026-01-01T00:10.*POST …\/cancel/,
    ],
    [{ status: 'SUSPENDED' }, 'READ', /no result since/],
    [{ answered: false }, 'READ', /no result since/],
    [{ at: '2026-01-01T00:00:00.500Z', status: 'RESUMED' }, 'READ', /no result since/],
  ] as const)(
    'of what is overdue although the hub has accepted it says what a look has shown since: %j is %s',
    (reading, code, text) => {
      const view = anOperation({
        status: 'OVERDUE',
        effectiveStatus: 'OVERDUE',
        attention: 'OVERDUE',
        acceptedAt: '2026-01-01T00:00:01.000Z',
        lastReading: { at: '2026-01-01T00:10:00.000Z', answered: true, ...reading },
      });
      expect(adviseOn(view)).toMatchObject({ code, text: expect.stringMatching(text) });
    },
  );

  it.each([
    [
      [{ listedAs: 'RESUMED' }, { listedAs: 'ACTIVE' }],
      'CANCEL_AND_RETRY',
      /most likely lost.*all tokens of the card as they were \(RESUMED, ACTIVE\) at 2026-01-01T00:10/,
    ],
    [[{ listedAs: 'RESUMED' }, { listedAs: 'SUSPENDED' }], 'READ', /no result since/],
    [[{ listedAs: 'RESUMED' }, {}], 'READ', /no result since/],
    [[{ listedAs: 'RESUMED' }, { listedAs: 'RESUMED', result: 'CONFIRMED' }], 'READ', /no result since/],
    [[], 'READ', /no result since/],
  ] as const)('of a whole card too: %j is %s', (tokens, code, text) => {
    const outcomes = tokens.map((token, index) => ({
      virtualCardId: `token-${index}`,
      result: 'PENDING' as const,
      expected: true,
      evidence: 'NONE' as const,
      ...token,
    }));
    const view = anOperation({
      scope: 'CARD',
      status: 'OVERDUE',
      effectiveStatus: 'OVERDUE',
      acceptedAt: '2026-01-01T00:00:01.000Z',
      lastReading: { at: '2026-01-01T00:10:00.000Z', answered: true },
      // What the action means nothing for says nothing either.
      outcomes: [...outcomes, { ...NOT_ELIGIBLE, listedAs: 'INACTIVE' }],
    });
    expect(adviseOn(view)).toMatchObject({ code, text: expect.stringMatching(text) });
  });

  it('of a token that may still become able to pay says how it was seen, and what is to be done', () => {
    const refused = aFinal('REJECTED', {
      evidence: 'ANSWER',
      errorCode: 432,
      attention: 'TOKEN_EXPOSED',
      exposed: ['token-1'],
      lastReading: { at: '2026-01-01T00:00:01.000Z', answered: true, status: 'INACTIVE' },
    });
    expect(adviseOn(refused)).toMatchObject({
      code: 'SECURE_TOKENS',
      text: expect.stringMatching(
        /REJECTED with code 432.*seen INACTIVE at 2026.*\/retry.*can only be deleted/,
      ),
    });
    expect(adviseOn({ ...refused, retriedBy: RETRY_ID })?.code).toBe('FOLLOW_RETRY');
  });

  it.each(['AWAITING_CALLBACK', 'OVERDUE'] as const)(
    'of %s tells of a callback that proves nothing, when one has come',
    (status) => {
      const outcome = {
        virtualCardId: 'token-1',
        result: 'PENDING',
        expected: true,
        evidence: 'NONE',
      } as const;
      const view = anOperation({
        status,
        effectiveStatus: status,
        outcomes: [{ ...outcome, errorCode: 322 }],
      });
      expect(adviseOn(view)?.text).toMatch(/a callback said 322 .*proves nothing; readings decide/);
    },
  );

  it.each([
    [
      'FAILED',
      { errorCode: 231, evidence: 'CALLBACK' },
      'RETRY',
      /231 \(the device reported an error\), evidence CALLBACK.*\/retry/,
    ],
    [
      'REJECTED',
      { evidence: 'ANSWER' },
      'MEND_CAUSE',
      /ended REJECTED without a code of the hub, evidence ANSWER.*refused again.*\/retry/,
    ],
    ['REJECTED', { evidence: 'ANSWER', errorCode: 160 }, 'MEND_CAUSE', /160 \(the card is deleted\)/],
    ['REJECTED', { evidence: 'ANSWER', errorCode: 921 }, 'RETRY', /921.*\/retry/],
    [
      'UNKNOWN',
      { attention: 'UNKNOWN_OUTCOME', supersededBy: RETRY_ID },
      'FOLLOW_NEWER',
      new RegExp(`wants something else.*${RETRY_ID}`),
    ],
    ['FAILED', { supersededBy: RETRY_ID }, 'FOLLOW_NEWER', new RegExp(RETRY_ID)],
    ['UNKNOWN', { attention: 'UNKNOWN_OUTCOME' }, 'READ', /\/read.*\/retry.*\/resolve/],
    ['UNKNOWN', { attention: 'TERMINATED' }, 'READ', /ended by hand.*\/read.*\/retry/],
    ['FAILED', { attention: 'NEVER_SENT' }, 'RETRY', /Mend the connection.*\/retry/],
    ['FAILED', { retriedBy: RETRY_ID }, 'FOLLOW_RETRY', new RegExp(RETRY_ID)],
    ['UNKNOWN', { attention: 'UNKNOWN_OUTCOME', retriedBy: RETRY_ID }, 'FOLLOW_RETRY', new RegExp(RETRY_ID)],
    ['CONFIRMED', { effectiveStatus: 'FAILED' }, 'START_AGAIN', /FAILED by what came late.*a new key/],
    [
      'FAILED',
      { scope: 'CARD', action: 'RESUME' },
      'CHANGE_REMAINING_TOKENS',
      /RESUME each token.*of its own/,
    ],
    ['CONFIRMED', { attention: 'CONFLICT', effectiveStatus: 'UNKNOWN' }, 'RESOLVE', /portal.*\/resolve/],
    ['CONFIRMED', { attention: 'OTHER_SUSPENDER' }, 'TELL_CALLER', /wallet or the network/],
    [
      'UNKNOWN',
      { attention: 'LATE_AMENDMENT', effectiveStatus: 'CONFIRMED' },
      'TELL_CALLER',
      /CONFIRMED now and was recorded as UNKNOWN/,
    ],
    [
      'UNKNOWN',
      { attention: 'TERMINATED', effectiveStatus: 'CONFIRMED' },
      'RESOLVE',
      /CONFIRMED by what has become known/,
    ],
    ['FAILED', { attention: 'CARD_DATA_SEEN' }, 'RETRY', /\/retry/],
    ['CONFIRMED', { attention: 'CARD_DATA_SEEN' }, 'TELL_HUB', /only its hash/],
    ['CONFIRMED', { attention: 'ID_TAKEN' }, 'NOTHING', /took the next one/],
    ['CONFIRMED', { attention: 'UNEXPECTED_CALLBACK' }, 'CHECK_CALLBACKS', /`unexpected`.*\/resolve clears/],
    [
      'PARTIALLY_CONFIRMED',
      { scope: 'CARD', action: 'RESUME' },
      'CHANGE_REMAINING_TOKENS',
      /RESUME each of the others/,
    ],
    [
      'PARTIALLY_CONFIRMED',
      { scope: 'CARD', attention: 'UNKNOWN_OUTCOME' },
      'READ',
      /^(?!.*\/retry).*\/read/,
    ],
  ] as const)('of %s with %o is %s', (status, overrides, code, text) => {
    expect(adviseOn(aFinal(status, overrides))).toMatchObject({ code, text: expect.stringMatching(text) });
  });

  it('of a card whose tokens can pay says how many, where they are named, and to change each of them', () => {
    const view = aFinal('PARTIALLY_CONFIRMED', {
      scope: 'CARD',
      attention: 'TOKEN_EXPOSED',
      exposed: ['token-1', 'token-2'],
    });
    expect(adviseOn(view)).toEqual({
      code: 'SECURE_TOKENS',
      text: expect.stringMatching(/`exposed` names the tokens of the card \(2\).*\/read.*SUSPEND each/),
    });
  });

  it('of one whose child that sends was ended by hand is to look, not to ask again', () => {
    const view = anOperation({ scope: 'CARD', attention: 'TERMINATED' });
    expect(adviseOn(view)).toMatchObject({ code: 'READ', text: expect.not.stringContaining('/retry') });
  });

  it('is about the workers when none has answered, whatever else is known', () => {
    const view = aFinal('FAILED', { attention: 'CONFLICT', partial: true });
    expect(adviseOn(view)?.code).toBe('CHECK_WORKERS');
  });
});

describe('a retry', () => {
  it.each(['FAILED', 'REJECTED', 'UNKNOWN'] as const)(
    'of what ended %s is not possible once a newer operation wants something else: it would undo that one',
    (status) => {
      expect(isRetryable(aFinal(status))).toBe(true);
      expect(isRetryable(aFinal(status, { supersededBy: RETRY_ID }))).toBe(false);
    },
  );

  it.each([
    ['FAILED', 'FAILED', true],
    ['REJECTED', 'REJECTED', true],
    ['UNKNOWN', 'UNKNOWN', true],
    ['UNKNOWN', 'FAILED', true],
    ['UNKNOWN', 'CONFIRMED', false],
    ['FAILED', 'CONFIRMED', false],
    ['CONFIRMED', 'FAILED', false],
    ['CONFIRMED', 'CONFIRMED', false],
    ['PARTIALLY_CONFIRMED', 'PARTIALLY_CONFIRMED', false],
    ['CANCELLED', 'CANCELLED', false],
    ['SUPERSEDED', 'SUPERSEDED', false],
  ] as const)('of what ended %s and is %s now is possible: %s', (status, effectiveStatus, isPossible) => {
    expect(isRetryable({ final: true, status, effectiveStatus })).toBe(isPossible);
    expect(isRetryable({ final: false, status, effectiveStatus })).toBe(false);
  });
});
