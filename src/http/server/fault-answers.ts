import type { FaultAnswer, TransportFault } from './faults.js';
import { Problem, PROBLEM_CONTENT_TYPE, toProblemDocument } from './problems.js';

/** The headers of every answer of ours. */
export const COMMON_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' } as const;

/** A fault in the words of the API: problem details. */
export function toProblemAnswer(fault: TransportFault): FaultAnswer {
  const document = toProblemDocument(toProblem(fault));
  return {
    status: document.status,
    headers: { ...COMMON_HEADERS, 'Content-Type': `${PROBLEM_CONTENT_TYPE}; charset=utf-8` },
    body: JSON.stringify(document),
  };
}

/** A fault in the hub's words. Whatever happened on the way, another copy may arrive: the hub is to send it again (I7). */
export function toPostponement(_fault: TransportFault): FaultAnswer {
  return {
    status: 503,
    headers: { ...COMMON_HEADERS, 'Content-Type': 'application/json; charset=utf-8', 'Retry-After': '1' },
    body: JSON.stringify({
      responseCode: 921,
      errorMessage: 'the request did not arrive whole: send it again',
    }),
  };
}

function toProblem(fault: TransportFault): Problem {
  switch (fault) {
    case 'malformed':
      return new Problem('malformed_request', {
        detail: 'This is not an HTTP request with one Host header.',
      });
    case 'timeout':
      return new Problem('request_timeout', { detail: 'The request did not arrive completely in time.' });
    case 'headers-too-large':
      return new Problem('headers_too_large', {
        detail: 'The address and the headers have more than 16 KiB together.',
      });
  }
}
