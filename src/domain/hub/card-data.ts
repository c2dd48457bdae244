const DIGIT_RUN = /\d{13,19}/g;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Whether a whole reference looks like a card number: 13 to 19 digits that pass the Luhn check (I6). */
export function isCardNumber(reference: string): boolean {
  return /^\d{13,19}$/.test(reference) && passesLuhn(reference);
}

/** Card numbers as people type them: in groups, with spaces or dashes in between. */
const GROUPED = /(?<!\d)(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|\d{4}[ -]\d{6}[ -]\d{5})(?!\d)/g;

/** Whether a free text holds a run of 13 to 19 digits, bare or in groups, that passes the Luhn check (I6). */
export function holdsCardNumber(text: string): boolean {
  const grouped = (text.match(GROUPED) ?? []).map((match) => match.replaceAll(/[ -]/g, ''));
  return [...(text.match(DIGIT_RUN) ?? []), ...grouped].some(passesLuhn);
}
