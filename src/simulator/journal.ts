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
  ended: 'pending' | 'answered' | 'hung' | 'destroyed';
}

/** One attempt to deliver a callback. `status` is null when there was no answer. */
export interface CallbackEntry {
  at: string;
  issuerId: string;
  correlationId: string;
  issuerCardRefId: string;
  virtualCardId: string;
  action: string;
  source: string;
  errorCode?: number | string;
  attempt: number;
  status: number | null;
  error?: string;
  result: 'delivered' | 'again later' | 'refused' | 'given up';
}

/** The last entries of one kind, in memory only. */
export interface Log<T> {
  add(entry: T): void;
  entries(): readonly T[];
  clear(): void;
}

/** Which entries a caller of `/_simulator` wants. */
export interface EntryFilter {
  correlationId?: string | undefined;
  issuerCardRefId?: string | undefined;
  virtualCardId?: string | undefined;
}

export function createLog<T>(limit: number): Log<T> {
  let entries: T[] = [];
  return {
    add(entry) {
      entries.push(entry);
      if (entries.length > limit) entries.splice(0, entries.length - limit);
    },
    entries: () => entries,
    clear() {
      entries = [];
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
