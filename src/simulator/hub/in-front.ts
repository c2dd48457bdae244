import { type Answer } from '../plan/plan.js';

/** What stands before the hub answers in its place: the hub itself says none of this. */
export const frontAnswers = {
  /** A firewall that blocks politely. */
  page: inFront(200, '<!doctype html><html><body>The request was blocked.</body></html>'),
  forbidden: inFront(403, '<html><body>Forbidden</body></html>'),
  /** To a page to log in. */
  redirection: inFront(302, '<html><body>Moved</body></html>'),
  /** A gateway that has lost the way. */
  noRoute: inFront(404, { message: 'no Route matched with those values' }),
  /** An ingress with nobody behind it. */
  noBackend: inFront(503, '<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>'),
} as const satisfies Record<string, Answer>;

export const anyFrontAnswer: readonly Answer[] = Object.values(frontAnswers);

function inFront(status: number, body: string | Record<string, unknown>): Answer {
  return { kind: 'answer', status, body, inFront: true };
}
