/** Values by key. A value is never changed in place: whoever keeps the table would not hear of it. */
export interface Table<T> {
  get(key: string): T | undefined;
  has(key: string): boolean;
  set(key: string, value: T): void;
  delete(key: string): void;
  clear(): void;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[string, T]>;
  readonly size: number;
  /** How many were dropped because there were too many. */
  readonly forgotten: number;
}

/** The oldest values are dropped beyond the limit. `onChange` hears of every change; without a value the key is gone. */
export function createTable<T>(given: {
  limit?: number;
  forgotten?: number;
  values?: Iterable<[string, T]>;
  onChange?: (key: string, value?: T) => void;
}): Table<T> {
  const { limit = Infinity, onChange = () => {} } = given;
  const values = new Map(given.values);
  let forgotten = given.forgotten ?? 0;

  /** Not told: whoever repeats the changes on a table with this limit drops the same ones. */
  function dropOldest(): void {
    const oldest = values.keys().next();
    if (oldest.done === true) return;
    values.delete(oldest.value);
    forgotten += 1;
  }

  return {
    get: (key) => values.get(key),
    has: (key) => values.has(key),
    set(key, value) {
      values.set(key, value);
      onChange(key, value);
      if (values.size > limit) dropOldest();
    },
    delete(key) {
      if (values.delete(key)) onChange(key);
    },
    clear() {
      const keys = [...values.keys()];
      values.clear();
      forgotten = 0;
      for (const key of keys) onChange(key);
    },
    values: () => values.values(),
    entries: () => values.entries(),
    get size() {
      return values.size;
    },
    get forgotten() {
      return forgotten;
    },
  };
}
