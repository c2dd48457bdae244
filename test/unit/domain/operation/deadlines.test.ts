import {
  checkingIntervalMs,
  chooseDeadlines,
  resendDelayMs,
  silenceIntervalMs,
} from '../../../../src/domain/operation/deadlines.js';
import { HOUR, MINUTE, SECOND } from '../../../support/builders.js';

const DAY_SECONDS = 24 * 3600;
const DEFAULTS = { softSeconds: 900, hardSeconds: 3 * DAY_SECONDS };

describe('the deadlines of an operation', () => {
  it.each([
    ['are the defaults when nothing is asked for', {}, [900, 3 * DAY_SECONDS]],
    ['keep the default hard one when only the soft one is given', { softSeconds: 60 }, [60, 3 * DAY_SECONDS]],
    [
      'keep the default hard one when the soft one is exactly that',
      { softSeconds: 3 * DAY_SECONDS },
      [3 * DAY_SECONDS, 3 * DAY_SECONDS],
    ],
    [
      'take a hard one of twice the soft one when that alone lies above the default',
      { softSeconds: 4 * DAY_SECONDS },
      [4 * DAY_SECONDS, 8 * DAY_SECONDS],
    ],
    [
      'take 30 days as the hard one when twice the soft one were more',
      { softSeconds: 20 * DAY_SECONDS },
      [20 * DAY_SECONDS, 30 * DAY_SECONDS],
    ],
    ['keep the default soft one when only a later hard one is given', { hardSeconds: 3600 }, [900, 3600]],
    ['lower the default soft one to a hard one that is given alone', { hardSeconds: 60 }, [60, 60]],
    ['may be one second each', { softSeconds: 1, hardSeconds: 1 }, [1, 1]],
    [
      'may be 30 days each',
      { softSeconds: 30 * DAY_SECONDS, hardSeconds: 30 * DAY_SECONDS },
      [30 * DAY_SECONDS, 30 * DAY_SECONDS],
    ],
  ])('%s', (_rule, asked, [softSeconds, hardSeconds]) => {
    expect(chooseDeadlines(asked, DEFAULTS)).toEqual({ ok: true, value: { softSeconds, hardSeconds } });
  });

  it.each([
    ['a soft one of less than a second', { softSeconds: 0 }, 'softDeadlineSeconds', /^at least 1 second$/],
    [
      'a negative soft one',
      { softSeconds: -5, hardSeconds: 60 },
      'softDeadlineSeconds',
      /^at least 1 second$/,
    ],
    ['a hard one of less than a second', { hardSeconds: 0 }, 'hardDeadlineSeconds', /^at least 1 second$/],
    ['a negative hard one', { hardSeconds: -5 }, 'hardDeadlineSeconds', /^at least 1 second$/],
    [
      'a hard one of more than 30 days',
      { hardSeconds: 30 * DAY_SECONDS + 1 },
      'hardDeadlineSeconds',
      /^at most 30 days/,
    ],
    [
      'a soft one of more than 30 days',
      { softSeconds: 30 * DAY_SECONDS + 1 },
      'softDeadlineSeconds',
      /^not after the hard deadline$/,
    ],
    [
      'a soft one after the hard one',
      { softSeconds: 61, hardSeconds: 60 },
      'softDeadlineSeconds',
      /^not after the hard deadline$/,
    ],
  ])('refuse %s and name the field at fault and the rule', (_what, asked, field, rule) => {
    const chosen = chooseDeadlines(asked, DEFAULTS);
    expect(chosen).toMatchObject({ ok: false, failure: { field } });
    expect(chosen.ok ? '' : chosen.failure.rule).toMatch(rule);
  });
});

describe('the distance of two readings', () => {
  it.each([
    [15 * MINUTE, MINUTE],
    [MINUTE, MINUTE],
    [SECOND, SECOND],
  ])(
    'that check the same thing, with a reading interval of %i ms, is %i ms',
    (readIntervalMs, intervalMs) => {
      expect(checkingIntervalMs(readIntervalMs)).toBe(intervalMs);
    },
  );

  it('of a silent operation doubles up to 6 hours', () => {
    const hours = [0, 1, 2, 3, 4, 5, 6, 1000].map((made) => silenceIntervalMs(HOUR, made) / HOUR);
    expect(hours).toEqual([1, 2, 4, 6, 6, 6, 6, 6]);
  });

  it('of a silent operation is never less than a reading interval that is longer than 6 hours', () => {
    expect([0, 1, 5].map((made) => silenceIntervalMs(10 * HOUR, made))).toEqual([
      10 * HOUR,
      10 * HOUR,
      10 * HOUR,
    ]);
  });
});

describe('the delay before a request is sent again', () => {
  it('is 2, 4, 8 s … and at most 5 minutes', () => {
    const seconds = [1, 2, 3, 7, 8, 9, 10_000].map((attempts) => resendDelayMs(attempts, 0) / SECOND);
    expect(seconds).toEqual([2, 4, 8, 128, 256, 300, 300]);
  });

  it('is longer by up to 10 percent, by chance', () => {
    expect([0, 0.5, 1].map((chance) => resendDelayMs(1, chance))).toEqual([2_000, 2_100, 2_200]);
    expect(resendDelayMs(100, 1)).toBe(5.5 * MINUTE);
  });

  it('is never shorter than what the hub asked for, and never shortened by it', () => {
    expect(resendDelayMs(1, 0, 30 * SECOND)).toBe(30 * SECOND);
    expect(resendDelayMs(9, 0, 30 * SECOND)).toBe(5 * MINUTE);
  });
});
