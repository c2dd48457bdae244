/** A request that reached a hub endpoint. `status` is null while, or because, there is no answer. */
export interface RequestEntry {
  at: string;
  method: string;
  operation: string;
  correlationId?: string;
  issuerId?: string;
  issuerCardRefId?: string;
  virtualCardId?: string;
  action?: string;
  status: number | null;
  responseCode?: number;
  /** The answer was not the hub's: something before it has answered. Whether the request had got through is another matter. */
  inFront?: true;
  /** The statuses that a reading listed. */
  listed?: string[];
  /** The tokens that they belong to, in the same order. */
  listedIds?: string[];
  ended: 'pending' | 'answered' | 'hung' | 'destroyed';
}

/** One attempt to deliver a callback. `status` is null when there was no answer. */
export interface CallbackEntry {
  at: string;
  issuerId: string;
  correlationId: string;
  issuerCardRefId: string;
  virtualCardId: string;
  isPrimary: boolean;
  action: string;
  source: string;
  errorCode?: number | string | null;
  attempt: number;
  status: number | null;
  error?: string;
  result: 'delivered' | 'again later' | 'refused' | 'given up';
}

/** The last entries of one kind. */
export interface Log<T> {
  add(entry: T): void;
  entries(): readonly T[];
  /** How many were dropped because there were too many. */
  forgotten(): number;
  clear(): void;
}

/** What a log begins with, and who wants to hear of changes. */
export interface LogOptions<T> {
  entries: T[];
  forgotten: number;
  onAdd: (entry: T) => void;
  onClear: () => void;
}

/** Which entries a caller of `/_simulator` wants. */
export interface EntryFilter {
  correlationId?: string | undefined;
  issuerCardRefId?: string | undefined;
  virtualCardId?: string | undefined;
}

export function createLog<T>(limit: number, given: Partial<LogOptions<T>> = {}): Log<T> {
  let entries = given.entries ?? [];
  let forgotten = given.forgotten ?? 0;
  return {
    add(entry) {
      entries.push(entry);
      const tooMany = Math.max(0, entries.length - limit);
      entries.splice(0, tooMany);
      forgotten += tooMany;
      given.onAdd?.(entry);
    },
    entries: () => entries,
    forgotten: () => forgotten,
    clear() {
      entries = [];
      forgotten = 0;
      given.onClear?.();
    },
  };
}

/** Does the entry have every value that the filter names? */
export function matches(entry: EntryFilter, filter: EntryFilter): boolean {
  const wanted = [
    [filter.correlationId, entry.correlationId],
    [filter.issuerCardRefId, entry.issuerCardRefId],
    [filter.virtualCardId, entry.virtualCardId],
  ];
  return wanted.every(([asked, has]) => asked === undefined || asked === has);
}
