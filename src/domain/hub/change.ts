/** A hub error code: a number of its table, or the raw text when it is no number. Absent means success. */
export type ErrorCode = number | string;

/**
 * One callback of the hub, parsed and normalised: what happened to one token.
 * Only these fields of the message are ever read (contract 5.1; `tokenInfo` holds a DPAN and is dropped unread).
 */
export interface VirtualCardChange {
  readonly correlationId: string;
  readonly virtualCardId: string;
  readonly issuerCardRefId?: string;
  readonly walletProviderId?: string;
  readonly isPrimary?: boolean;
  /** Trimmed and upper-cased; the list is open (contract 5.2). */
  readonly action?: string;
  /** Absent means success. */
  readonly errorCode?: ErrorCode;
  readonly source?: string;
  /** RFC 3339, UTC. */
  readonly receivedAt: string;
  /** A reference looked like a card number and is stored as a hash only (I6). */
  readonly cardDataSeen?: boolean;
}

/** A change, and when its workflow got it; milliseconds since 1970. */
export interface Arrival {
  readonly change: VirtualCardChange;
  readonly at: number;
}

/** A change as callers of the API see it. */
export type ShownChange = Omit<VirtualCardChange, 'correlationId' | 'cardDataSeen'>;

export function toShownChange(change: VirtualCardChange): ShownChange {
  const { correlationId: _correlationId, cardDataSeen: _cardDataSeen, ...shown } = change;
  return shown;
}

/** An action as it is compared: trimmed, upper-cased, absent when empty. */
export function normaliseAction(raw: string | undefined): string | undefined {
  const action = raw?.trim().toUpperCase();
  return action === undefined || action === '' ? undefined : action;
}

/** An error code as it is compared: absent, null, "", 0 and "0" are success; digits become numbers; the rest stays raw. */
export function normaliseErrorCode(raw: string | number | null | undefined): ErrorCode | undefined {
  if (raw === null || raw === undefined) return undefined;
  const text = String(raw).trim();
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) return text;
  const code = Number(text);
  return code === 0 ? undefined : code;
}

/** Two callbacks with the same key, of one issuer, say the same thing; the later one is a duplicate. */
export function duplicateKey(change: VirtualCardChange): string {
  return JSON.stringify([
    change.correlationId,
    change.virtualCardId,
    change.isPrimary ?? true,
    change.action ?? null,
    change.errorCode ?? null,
  ]);
}

/** What the {@link duplicateKey} of every word begins with that one correlation id has on one token, or on its auxiliary one. */
export function tokenPrefix({ correlationId, virtualCardId, isPrimary }: VirtualCardChange): string {
  return `${JSON.stringify([correlationId, virtualCardId, isPrimary ?? true]).slice(0, -1)},`;
}

/**
 * The keys of earlier words that are still what a copy is known by, once this change has come: what follows another word on
 * the same token is no copy of the word before it. Words on the action that was asked for stay: there the first word stands,
 * whatever follows.
 */
export function withoutOvertaken(
  heard: readonly string[],
  change: VirtualCardChange,
  askedFor: string,
): readonly string[] {
  const prefix = tokenPrefix(change);
  const key = duplicateKey(change);
  // Its removal from the application is a part of a deletion (contract 5.2).
  const actions = askedFor === 'DELETE' ? ['DELETE', 'DELETE_FROM_APP'] : [askedFor];
  const own = actions.map((action) => `${prefix}${JSON.stringify(action)},`);
  const isOvertaken = (earlier: string): boolean =>
    earlier !== key && earlier.startsWith(prefix) && !own.some((some) => earlier.startsWith(some));
  return heard.some(isOvertaken) ? heard.filter((earlier) => !isOvertaken(earlier)) : heard;
}

/**
 * Whether two changes have the same {@link duplicateKey}, without making it: who compares each of thousands of arrivals with
 * everything that is kept has to do so within the time of one workflow task.
 */
export function saysTheSame(left: VirtualCardChange, right: VirtualCardChange): boolean {
  return (
    left.correlationId === right.correlationId &&
    left.virtualCardId === right.virtualCardId &&
    (left.isPrimary ?? true) === (right.isPrimary ?? true) &&
    left.action === right.action &&
    left.errorCode === right.errorCode
  );
}

/** Whether two changes of one correlation id are about the same token, and both about the primary one or the auxiliary one. */
export function isOnSameToken(left: VirtualCardChange, right: VirtualCardChange): boolean {
  return left.virtualCardId === right.virtualCardId && (left.isPrimary ?? true) === (right.isPrimary ?? true);
}

/** Whether a value has the fields of a change, each of its type; a signal that was sent by hand may not. */
export function isVirtualCardChange(value: unknown): value is VirtualCardChange {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  const { correlationId, virtualCardId, receivedAt, errorCode } = fields;
  return (
    [correlationId, virtualCardId, receivedAt].every((field) => typeof field === 'string') &&
    OPTIONAL_TEXTS.every((name) => ['undefined', 'string'].includes(typeof fields[name])) &&
    OPTIONAL_FLAGS.every((name) => ['undefined', 'boolean'].includes(typeof fields[name])) &&
    (errorCode === undefined || isErrorCode(errorCode))
  );
}

const OPTIONAL_TEXTS = ['issuerCardRefId', 'walletProviderId', 'action', 'source'] as const;
const OPTIONAL_FLAGS = ['isPrimary', 'cardDataSeen'] as const;

/** The server takes nothing but whole numbers for a code, and would refuse the workflow's task for ever; 0 is success. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' ? value !== '' : Number.isSafeInteger(value) && Number(value) > 0;
}
