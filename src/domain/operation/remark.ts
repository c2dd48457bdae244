import { holdsCardNumber } from '../hub/card-data.js';
import { toIsoTime, type PersonRequest, type Remark } from '../report/report.js';

export type { PersonRequest, Remark } from '../report/report.js';

const LONGEST_TEXT = 500;
/** The last ones are kept; all of them are in the workflow's history. */
const MOST_REQUESTS = 20;

/** What is wrong with what somebody sent as who and why; undefined when nothing is. Nothing at all is fine. */
export function remarkFault(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value))
    return 'who and why is an object {by?, note?}, or nothing';
  if (Object.keys(value).some((name) => name !== 'by' && name !== 'note'))
    return 'only by and note are taken';
  const { by, note } = value as Record<string, unknown>;
  return wordsFault('by', by) ?? wordsFault('note', note);
}

/** What is wrong with a text of a person that may be left out. */
export function wordsFault(field: 'by' | 'note', value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.trim() === '') return `${field}: some words, or nothing`;
  if (value.length > LONGEST_TEXT) return `${field}: at most ${LONGEST_TEXT} characters`;
  return holdsCardNumber(value) ? `${field}: no card number` : undefined;
}

/** Keeps what a person asked for, with who and why as far as they said. */
export function withRequest<T extends { readonly requests?: readonly PersonRequest[] }>(
  of: T,
  { kind, remark }: { kind: PersonRequest['kind']; remark?: Remark | null | undefined },
  now: number,
): T {
  const request: PersonRequest = { kind, at: toIsoTime(now), ...remark };
  return { ...of, requests: [...(of.requests ?? []), request].slice(-MOST_REQUESTS) };
}

/** The last request in one line, for people who look at the Temporal UI; no line when there is none. */
export function toRequestLine({ requests }: { readonly requests?: readonly PersonRequest[] }): string[] {
  const last = requests?.at(-1);
  if (last === undefined) return [];
  const { kind, at, by, note } = last;
  return [
    `Last request: ${kind}, ${at}${by === undefined ? '' : `, by ${by}`}${note === undefined ? '' : `: ${note}`}`,
  ];
}
