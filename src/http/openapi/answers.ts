import type { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';

import {
  Problem,
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  toProblemDocument,
  type ProblemCode,
} from '../server/problems.js';

type Examples = Readonly<Record<string, unknown>>;

/** An answer in JSON. Each of `examples` is checked by a test. */
export function jsonAnswer(
  description: string,
  schema: z.ZodType,
  examples: Examples,
  headers: ZodOpenApiResponseObject['headers'] = {},
): ZodOpenApiResponseObject {
  return {
    description,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    content: { 'application/json': { schema, examples: toExamples(examples) } },
  };
}

export function toExamples(examples: Examples): Record<string, { value: unknown }> {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}

/** What can happen to any request, whatever it asks for. */
const ALWAYS: readonly ProblemCode[] = [
  'malformed_request',
  'request_timeout',
  'headers_too_large',
  'internal_error',
];

/** What a body can be refused for before anybody looks at what it says. */
export const BODY_PROBLEMS: readonly ProblemCode[] = [
  'malformed_json',
  'invalid_request',
  'body_too_large',
  'unsupported_media_type',
];

/** What any path below an issuer can be refused for. */
export const PATH_PROBLEMS: readonly ProblemCode[] = ['path_not_found', 'issuer_not_found'];

export const RETRY_AFTER = {
  'Retry-After': {
    description: 'How many seconds to wait before the same request is sent again.',
    schema: { type: 'integer' as const, minimum: 1 },
  },
};

/** The refusals of an operation by status: those of `codes`, and what can happen to any request. */
export function problemAnswers(codes: readonly ProblemCode[]): Record<string, ZodOpenApiResponseObject> {
  const possible = (Object.keys(PROBLEMS) as ProblemCode[]).filter(
    (code) => codes.includes(code) || ALWAYS.includes(code),
  );
  const statuses = [...new Set(possible.map((code) => PROBLEMS[code].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const some = possible.filter((code) => PROBLEMS[code].status === status);
      return [String(status), toAnswer(status, some)];
    }),
  );
}

function toAnswer(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    ...(status === 503 ? { headers: RETRY_AFTER } : {}),
    content: {
      [PROBLEM_CONTENT_TYPE]: {
        // The component is there by name; see `components` of the document.
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { properties: { status: { const: status }, code: { enum: [...codes] } } },
          ],
        },
        examples: toExamples(Object.fromEntries(codes.map((code) => [code, anExample(code)]))),
      },
    },
  };
}

function anExample(code: ProblemCode) {
  const isAboutFields = code === 'invalid_request';
  return toProblemDocument(
    new Problem(code, {
      detail: isAboutFields ? 'See errors: virtualCardId.' : `${PROBLEMS[code].title}.`,
      ...(isAboutFields
        ? { errors: [{ field: 'virtualCardId', rule: 'a string of 1 to 64 characters' }] }
        : {}),
    }),
  );
}
