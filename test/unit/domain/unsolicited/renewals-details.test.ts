import { recordCardReading } from '../../../../src/domain/unsolicited/expectation.js';
import { beginRenewals, recordRenewal, toRenewalDetails } from '../../../../src/domain/unsolicited/index.js';
import { FAILED_READING, SECOND } from '../../../support/builders.js';
import { aListOf, aRenewal, record } from '../../../support/renewals.js';

const settings = { now: 0, readIntervalMs: SECOND };
const known = (renewals: ReturnType<typeof record>, states: Readonly<Record<string, string>>) =>
  recordCardReading(renewals, aListOf(states), settings);

describe('what the Temporal UI says of renewals', () => {
  it('counts who was renewed, names who failed and why, and who was not heard of', () => {
    const renewals = record([
      aRenewal({ virtualCardId: 'apple' }),
      aRenewal({ virtualCardId: 'google', errorCode: 231 }),
      aRenewal({ virtualCardId: 'garmin' }),
    ]);
    const states = {
      apple: 'RESUMED',
      google: 'SUSPENDED',
      garmin: 'ACTIVE',
      fitbit: 'RESUMED',
      old: 'DELETED',
    };
    expect(toRenewalDetails(known(renewals, states))).toBe(
      [
        '**2 of 4 renewed, 1 failed** · attention **RENEWAL_FAILED**',
        'Failed: google (231: the device reported an error).',
        'Not heard of: fitbit.',
      ].join('\n\n'),
    );
  });

  it('is short when all is well', () => {
    expect(toRenewalDetails(known(record([aRenewal()]), { 'token-1': 'RESUMED' }))).toBe(
      '**1 of 1 renewed**',
    );
  });

  it('names strangers, and counts them among those who failed', () => {
    const renewals = record([aRenewal({ virtualCardId: 'x', errorCode: 'E1', isPrimary: false })]);
    expect(toRenewalDetails(known(renewals, { a: 'RESUMED' })).split('\n\n')).toEqual([
      '**0 of 1 renewed, 1 failed** · attention **RENEWAL_FAILED**',
      'Failed: x (E1: a code that is not documented, auxiliary token).',
      'Not heard of: a.',
      'Heard of, but not active or suspended when the card was read: x.',
    ]);
  });

  it('names both of a pair that failed', () => {
    const renewals = record([aRenewal({ errorCode: 231 }), aRenewal({ errorCode: 221, isPrimary: false })]);
    expect(toRenewalDetails(renewals)).toContain(
      'Failed: token-1 (231: the device reported an error; 221: the device was not reached, auxiliary token).',
    );
  });

  it('says why it does not know what is expected', () => {
    const [first, last] = ['**1 renewed**', 'so it is not known which tokens are expected.'];
    const unread = record([aRenewal()]);
    expect(toRenewalDetails(unread)).toBe(`${first}\n\nThe card has not been read yet, ${last}`);
    const given = [1, 2, 3, 4, 5].reduce((some) => recordCardReading(some, FAILED_READING, settings), unread);
    expect(toRenewalDetails(given)).toBe(`${first}\n\nThe card could not be read, ${last}`);
    const ofToken = recordRenewal(beginRenewals({ issuerId: 'ISSUER1234' }, 0), aRenewal(), 0);
    expect(toRenewalDetails(ofToken)).toBe(
      `${first}\n\nThe callbacks do not say to which card the token belongs.`,
    );
  });

  it('names ten tokens at most, and says that the history has what is not kept', () => {
    const states = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`t${index + 1}`, 'RESUMED']));
    const details = toRenewalDetails({ ...known(record([]), states), omitted: 3 });
    expect(details).toContain('Not heard of: t1, t2, t3, t4, t5, t6, t7, t8, t9, t10 and 2 more.');
    expect(details).toContain('More than are kept: 3; the history has all of them.');
  });
});
