import { holdsCardNumber, isCardNumber } from '../../../../src/domain/hub/card-data.js';

/** Published test numbers of the networks; none of them belongs to anybody. */
const TEST_NUMBERS = ['4111111111111111', '5555555555554444', '378282246310005', '4222222222222'];
const NINETEEN_DIGITS = '6304000000000000000';

describe('I6: a reference', () => {
  it.each([...TEST_NUMBERS, NINETEEN_DIGITS])('%s looks like a card number', (reference) => {
    expect(isCardNumber(reference)).toBe(true);
  });

  it.each([
    ['a wrong check digit', '4111111111111112'],
    ['two digits swapped', '1411111111111111'],
    ['12 digits', '411111111117'],
    ['20 digits', '41111111111111111111'],
    ['a letter', '411111111111111a'],
    ['a prefix', 'card-4111111111111111'],
    ['nothing in it', ''],
    ['digits of another script', '٤١١١١١١١١١١١١١١١'],
  ])('with %s does not', (_what, reference) => {
    expect(isCardNumber(reference)).toBe(false);
  });
});

describe('I6: a free text', () => {
  it.each(TEST_NUMBERS)('that mentions %s holds a card number', (number) => {
    expect(holdsCardNumber(`the card ${number} was stolen`)).toBe(true);
  });

  it.each([
    ['alone', '4111111111111111'],
    ['in groups with blanks', 'card 4111 1111 1111 1111, stolen'],
    ['in groups with dashes', 'card 4111-1111-1111-1111.'],
    ['in the groups of American Express', 'card 3782 822463 10005'],
    ['directly after a letter', 'PAN4111111111111111'],
    ['in groups directly after a letter', 'PAN4111 1111 1111 1111'],
    ['in groups directly before a letter', '4111 1111 1111 1111exp'],
    ['after another number', '4111111111111112 and 4111111111111111'],
  ])('with a card number %s holds one', (_where, text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it.each([
    ['words only', 'the phone was stolen'],
    ['a telephone number', '+49 30 1234567'],
    ['a wrong check digit', '4111111111111112'],
    ['wrong check digits in groups', '4111 1111 1111 1112'],
    ['12 digits', '411111111117'],
    ['a date and a time', '2026-11-22 10:00:00'],
  ])('with %s holds none', (_what, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });

  it('gives the same answer every time it is asked', () => {
    const answers = [1, 2, 3].map(() => holdsCardNumber('4111 1111 1111 1111'));
    expect(answers).toEqual([true, true, true]);
  });
});
