import type { Story } from './story.js';

/** I6: no answer to a client holds what could be a card number. */
export function checkCardData({ told, shown }: Story): string[] {
  const texts = [...told.map(({ body }) => body), shown].map((body) => JSON.stringify(body) ?? '');
  const found = texts.some((text) => (text.match(/\d{13,19}/g) ?? []).some(passesLuhn));
  return found ? ['an answer holds 13 to 19 digits that pass the Luhn check'] : [];
}

function passesLuhn(digits: string): boolean {
  const values = digits
    .split('')
    .toReversed()
    .map((digit, index) => {
      const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
      return value > 9 ? value - 9 : value;
    });
  return values.reduce((sum, value) => sum + value, 0) % 10 === 0;
}
