/**
 * The newest rows out of a store that answers in an order of its own, so many at a time, and says only whether that was
 * all. It is asked for spans of time until a span is told whole: what is newer than the end of such a span is then known for
 * certain. Plain values; who asks the store is no matter of this file. Instants are milliseconds, and all bounds belong to
 * what they bound.
 */
export interface NewestSearch<Row> {
  /** So many are wanted. */
  readonly need: number;
  /** The rows of the spans that were told whole. */
  readonly found: readonly Row[];
  /** Up to this instant nothing is known yet; undefined when everything is. */
  readonly restTo: number | undefined;
  /** The span to ask for next; undefined when the search is over. */
  readonly span: Span | undefined;
  /** The oldest instant that is wanted at all. */
  readonly oldest: number;
  /** The span was made shorter by what a page showed, and that may have been a bad guess. */
  readonly isGuess: boolean;
}

/** `to` may be infinite. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What the store told of a span. */
export interface SpanPage<Row> {
  /** Those that are wanted. */
  readonly rows: readonly Row[];
  /** Of all rows that the store told of, wanted or not, when they were. */
  readonly instants: readonly number[];
  /** There are no other rows in the span. */
  readonly isWhole: boolean;
}

/** Each further cut leaves so small a part of a span. */
const CUT = 8;
/** Without enough wanted rows, so small a part of all rows says where to cut. */
const SHARE_OF_OTHERS = 4;

export function beginNewestSearch<Row>(span: Span, need: number): NewestSearch<Row> {
  const isNothing = span.to < span.from;
  return {
    need,
    found: [],
    restTo: isNothing ? undefined : span.to,
    span: isNothing ? undefined : span,
    oldest: span.from,
    isGuess: false,
  };
}

/** What a page makes of the search. `now` is where rows begin to be rare. */
export function recordSpanPage<Row extends { readonly at: number }>(
  search: NewestSearch<Row>,
  page: SpanPage<Row>,
  now: number,
): NewestSearch<Row> {
  const { span } = search;
  if (span === undefined) return search;
  return page.isWhole ? withWhole(search, span, page.rows) : withCut(search, span, page, now);
}

function withWhole<Row>(search: NewestSearch<Row>, span: Span, rows: readonly Row[]): NewestSearch<Row> {
  const found = [...search.found, ...rows];
  if (span.from <= search.oldest) return { ...search, found, restTo: undefined, span: undefined };
  const restTo = span.from - 1;
  const isEnough = found.length >= search.need;
  return {
    ...search,
    found,
    restTo,
    span: isEnough ? undefined : { from: search.oldest, to: restTo },
    isGuess: false,
  };
}

function withCut<Row extends { readonly at: number }>(
  search: NewestSearch<Row>,
  span: Span,
  page: SpanPage<Row>,
  now: number,
): NewestSearch<Row> {
  const ceiling = Math.min(span.to, Math.max(now, ...page.instants));
  const part = ceiling - Math.floor((ceiling - span.from) / CUT);
  const shown = newestOf(page, search.need - search.found.length);
  const from = Math.max(search.isGuess ? Math.max(shown, part) : shown, span.from + 1);
  // One millisecond holds more than the store tells at a time: it cannot be cut any further.
  const isStuck = from > ceiling;
  return { ...search, span: isStuck ? undefined : { from, to: span.to }, isGuess: true };
}

/** When the last of the wanted rows was, as far as this page shows: the answer cannot reach further back than that. */
function newestOf<Row extends { readonly at: number }>(
  { rows, instants }: SpanPage<Row>,
  missing: number,
): number {
  const wanted = rows.map(({ at }) => at).toSorted((left, right) => right - left);
  const others = instants.toSorted((left, right) => right - left);
  return wanted[missing - 1] ?? others[Math.floor(others.length / SHARE_OF_OTHERS)] ?? 0;
}
