import { emptyRequestSchema } from '../../schemas/operation-request.js';
import { operationSchema } from '../../schemas/operation.js';
import type { OperationView } from '../../../domain/report.js';
import type { ProblemCode } from '../../problems.js';
import { BODY_PROBLEMS, jsonAnswer, PATH_PROBLEMS, problemAnswers, toExamples } from '../answers.js';
import type { Entry } from '../entry.js';
import { operationPath } from '../parameters.js';

/** What a person demands of an operation: each is a `POST` below its path that answers with the operation. */
export function demand(options: {
  readonly verb: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly examples: Readonly<Record<string, OperationView>>;
  readonly problems?: readonly ProblemCode[];
}): Entry {
  const { verb, operationId, summary, description, examples, problems = [] } = options;
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
        required: false,
        content: { 'application/json': { schema: emptyRequestSchema, examples: toExamples({ empty: {} }) } },
      },
      responses: {
        '200': jsonAnswer('The operation, after what was asked.', operationSchema, examples),
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
