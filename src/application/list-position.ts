/** A place in a list of operations, which goes from the newest request to the oldest. */
export interface ListPosition {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of two that were requested in the same millisecond the one with the greater id comes first; `""` comes after all of them. */
  readonly operationId: string;
}

/** Whether a place comes after another one, so that it belongs to a later page. */
export function comesAfter(place: ListPosition, other: ListPosition): boolean {
  return byPosition(other, place) < 0;
}

/** Orders places as a list does. */
export function byPosition(left: ListPosition, right: ListPosition): number {
  if (left.at !== right.at) return right.at - left.at;
  if (left.operationId === right.operationId) return 0;
  return left.operationId > right.operationId ? -1 : 1;
}
