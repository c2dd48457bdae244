import type { z } from 'zod';

import { operationSchema } from '../../schemas/operation.js';
import { remarkSchema } from '../../schemas/person-request.js';
import type { OperationView } from '../../../domain/report/report.js';
import type { ProblemCode } from '../../server/problems.js';
import { BODY_PROBLEMS, jsonAnswer, PATH_PROBLEMS, problemAnswers, toExamples } from '../answers.js';
import type { Entry } from '../entry.js';
import { operationPath } from '../parameters.js';

const REMARKS = { empty: {}, whoAndWhy: { by: 'night shift', note: 'the customer calls' } };

/** What a person demands of an operation: each is a `POST` below its path that answers with the operation. */
export function demand(options: {
  readonly verb: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly examples: Readonly<Record<string, OperationView>>;
  readonly problems?: readonly ProblemCode[];
  readonly headers?: z.ZodObject;
  /** Of a demand that needs a body; who asks and why, by default, which may be left out. */
  readonly body?: { readonly schema: z.ZodType; readonly examples: Readonly<Record<string, unknown>> };
}): Entry {
  const { verb, operationId, summary, description, examples, problems = [] } = options;
  const body = options.body ?? { schema: remarkSchema, examples: REMARKS };
  return {
    method: 'post',
    path: `/v1/issuers/{issuerId}/operations/{operationId}/${verb}`,
    operation: {
      operationId,
      tags: ['Operations'],
      summary,
      description: `${description} Safe to repeat.`,
      requestParams: { path: operationPath },
      requestBody: {
        required: options.body !== undefined,
        content: { 'application/json': { schema: body.schema, examples: toExamples(body.examples) } },
      },
      responses: {
        '200': jsonAnswer('The operation, after what was asked.', operationSchema, examples, options.headers),
        ...problemAnswers([
          ...BODY_PROBLEMS,
          ...PATH_PROBLEMS,
          'operation_not_found',
          'temporal_unavailable',
          ...problems,
        ]),
      },
    },
  };
}
