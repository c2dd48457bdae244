import type { HubCallback, ShownChange, ShownOperation } from '../records.js';

/** What the hub says by one or more callbacks with the same content: the unit that must not get lost (I1). */
export interface Word {
  readonly correlationId: string;
  readonly virtualCardId: string;
  readonly isPrimary: boolean;
  readonly action: string;
  /** Absent: success. */
  readonly errorCode?: number | string;
  /** When the first attempt to deliver it had ended. */
  readonly sentAt?: number;
  /** When it was answered 2xx for the first time; absent while nobody has said that it is stored. */
  readonly storedAt?: number;
}

/** Codes that leave open what became of the request (design 5.2). Written down here once more, so that the table is checked too. */
const PROVE_NOTHING: readonly (number | string | undefined)[] = [221, 322, 323, 911, 921];

export function provesNothing(errorCode: number | string | undefined): boolean {
  return PROVE_NOTHING.includes(errorCode);
}

/** The words of a list of deliveries, each once, however often it was sent. */
export function wordsOf(callbacks: readonly HubCallback[]): Word[] {
  const words = new Map<string, Word>();
  for (const callback of callbacks) {
    const word = toWord(callback);
    const key = keyOf(word);
    const known = words.get(key) ?? word;
    const isStored = callback.status !== null && callback.status >= 200 && callback.status < 300;
    const at = Date.parse(callback.at);
    const storedAt = isStored ? earliest(known.storedAt, at) : known.storedAt;
    words.set(key, {
      ...known,
      sentAt: earliest(known.sentAt, at),
      ...(storedAt !== undefined && { storedAt }),
    });
  }
  return [...words.values()];
}

export function toWord(change: ShownChange & { readonly correlationId: string }): Word {
  const errorCode = normalCode(change.errorCode);
  return {
    correlationId: change.correlationId,
    virtualCardId: change.virtualCardId,
    isPrimary: change.isPrimary ?? true,
    action: (change.action ?? '').trim().toUpperCase(),
    ...(errorCode !== undefined && { errorCode }),
  };
}

/** The duplicate key of the design (5.4), computed independently of the service. */
export function keyOf({ correlationId, virtualCardId, isPrimary, action, errorCode }: Word): string {
  return JSON.stringify([correlationId, virtualCardId, isPrimary, action, errorCode ?? null]);
}

/** Whether the word is about what the operation asked for, at its token, or at whichever of its card's. */
export function isOwnWord(word: Word, { action, virtualCardId }: ShownOperation): boolean {
  return word.action === action && (virtualCardId === undefined || word.virtualCardId === virtualCardId);
}

export function isSuccess({ errorCode }: Word): boolean {
  return errorCode === undefined;
}

/** What the TSP does by itself is told under a name that no request has, and belongs to no operation. */
export function isRenewal({ action }: Pick<HubCallback, 'action'>): boolean {
  return action.trim().toUpperCase() === 'RENEW';
}

/** Whether a word is among the changes that an operation shows. */
export function isAmong(word: Word, shown: readonly ShownChange[]): boolean {
  const { correlationId } = word;
  return shown.some((change) => keyOf(toWord({ ...change, correlationId })) === keyOf(word));
}

export function describeWord({ virtualCardId, isPrimary, action, errorCode }: Word): string {
  const code = errorCode === undefined ? 'success' : `error ${errorCode}`;
  return `${action} of ${virtualCardId}${isPrimary ? '' : ' (auxiliary)'}: ${code}`;
}

/** Absent, null, "", 0 and "0" are success; digits are a number; anything else is a code of its own (design 5.4). */
function normalCode(raw: number | string | null | undefined): number | string | undefined {
  const text = String(raw ?? '').trim();
  if (/^0*$/.test(text)) return undefined;
  return /^\d+$/.test(text) ? Number(text) : text;
}

function earliest(known: number | undefined, at: number): number {
  return known === undefined ? at : Math.min(known, at);
}
