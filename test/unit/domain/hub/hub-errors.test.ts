import {
  categoryOf,
  HUB_ERROR_CODES,
  isDeviceNotReached,
  isWorthSendingAgain,
  meaningOf,
} from '../../../../src/domain/hub/hub-errors.js';

const PROVE_NOTHING = [221, 322, 323, 911, 921];
const ABOUT_THE_STATE = [160, 432];
const WORTH_SENDING_AGAIN = [221, 321, 322, 921];

describe('the hub’s error codes', () => {
  it('are those of the contract', () => {
    expect(HUB_ERROR_CODES).toEqual([
      111, 112, 113, 115, 116, 117, 118, 119, 121, 159, 160, 163, 164, 166, 167, 170, 191, 221, 231, 232, 321,
      322, 323, 432, 911, 921,
    ]);
  });

  it('prove nothing exactly when the network may have changed all the same', () => {
    expect(HUB_ERROR_CODES.filter((code) => categoryOf(code) === 'proves-nothing')).toEqual(PROVE_NOTHING);
  });

  it('speak of the token’s state only for 432 and 160', () => {
    expect(HUB_ERROR_CODES.filter((code) => categoryOf(code) === 'state')).toEqual(ABOUT_THE_STATE);
  });

  it('are final but for those, and for 119, which may be the echo of our own DELETE', () => {
    const others = HUB_ERROR_CODES.filter((code) => ![...PROVE_NOTHING, ...ABOUT_THE_STATE].includes(code));
    expect(others.filter((code) => categoryOf(code) !== 'final')).toEqual([119]);
    expect(categoryOf(119)).toBe('unknown-token');
  });

  it('are worth sending again exactly when the hub marks them so (A-05)', () => {
    expect(HUB_ERROR_CODES.filter(isWorthSendingAgain)).toEqual(WORTH_SENDING_AGAIN);
  });

  it('have a meaning each, in words', () => {
    const meanings = HUB_ERROR_CODES.map(meaningOf);
    expect(new Set(meanings).size).toBe(HUB_ERROR_CODES.length);
    expect(meanings.every((meaning) => meaning.length > 5)).toBe(true);
    expect(meanings).not.toContain('a code that is not documented');
  });

  it.each(['E1', '221', 'constructor', 0, -1, 99_999])('%p is not documented, so it is final', (code) => {
    expect(categoryOf(code)).toBe('final');
    expect(isWorthSendingAgain(code)).toBe(false);
    expect(meaningOf(code)).toBe('a code that is not documented');
  });

  it('name an unreached device by 221 alone', () => {
    expect([...HUB_ERROR_CODES, '221', undefined].filter(isDeviceNotReached)).toEqual([221]);
  });
});
