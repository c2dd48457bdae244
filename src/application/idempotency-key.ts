const VISIBLE = /^[\x21-\x7e]{1,255}$/;

/** Whether a text can be an idempotency key. */
export function isIdempotencyKey(text: string): boolean {
  return VISIBLE.test(text);
}
