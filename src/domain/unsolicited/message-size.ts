/**
 * So long may the JSON of a workflow's state be. One message of Temporal's has at most 2 MiB, and a character of JSON takes
 * up to three bytes of it.
 */
export const MOST_CHARACTERS = 600_000;
