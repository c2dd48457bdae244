import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';

import { callbackErrorSchema, callbackSchema, storedSchema } from '../schemas/callback.js';
import { jsonAnswer, RETRY_AFTER, toExamples } from './answers.js';
import { API_VERSION, createFrom, LICENSE, type OpenApiDocument } from './create.js';
import { toPaths, type Entry } from './entry.js';

const headers = z.object({
  'x-correlation-id': z
    .string()
    .min(1)
    .max(64)
    .meta({
      description: 'Of the operation that the callback answers, or the hub’s own.',
      param: { example: 'op-0123456789abcdefghjkmnpqrs' },
    }),
  'x-issuer-id': z
    .string()
    .length(10)
    .meta({ description: 'The issuer.', param: { example: 'ISSUER1234' } }),
});

function refusal(
  description: string,
  examples: Readonly<Record<string, { responseCode: number; errorMessage: string }>>,
): ZodOpenApiResponseObject {
  return jsonAnswer(description, callbackErrorSchema, examples);
}

const notifyVirtualCardChange: Entry = {
  method: 'post',
  path: '/notifyVirtualCardChange',
  operation: {
    operationId: 'notifyVirtualCardChange',
    tags: ['Callbacks'],
    summary: 'Tell the issuer what happened to a token',
    description:
      'Answered 200 once it is stored, whatever it says and whether or not anybody asked for it. 400 means that the same message can never be valid; after 503 it is to be sent again, as often as needed. Sending it twice does no harm.',
    requestParams: { header: headers },
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: callbackSchema,
          examples: toExamples({
            suspended: {
              issuerCardRefId: 'card-1',
              virtualCardId: 'card-1-apple',
              walletProviderId: 'APPLE_PAY',
              isPrimary: true,
              action: 'SUSPEND',
              source: 'ISSUER',
            },
            deviceNotReached: {
              issuerCardRefId: 'card-1',
              virtualCardId: 'card-1-apple',
              action: 'SUSPEND',
              errorCode: 221,
            },
            renewed: {
              issuerCardRefId: 'card-1',
              virtualCardId: 'card-1-apple',
              action: 'RENEW',
              source: 'TSP',
            },
          }),
        },
      },
    },
    responses: {
      '200': jsonAnswer('Stored.', storedSchema, { stored: {} }),
      '400': refusal('It can never be valid: a header or the token is missing (111) or malformed (112).', {
        missing: { responseCode: 111, errorMessage: 'virtualCardId is missing' },
        malformed: { responseCode: 112, errorMessage: 'the body is not a JSON object' },
      }),
      '413': refusal('The body has more than 64 KiB.', {
        tooLarge: { responseCode: 112, errorMessage: 'the body has more than 64 KiB' },
      }),
      '503': {
        ...refusal('Not stored: send it again.', {
          notStored: { responseCode: 921, errorMessage: 'not stored: send it again' },
          issuerNotKnown: { responseCode: 921, errorMessage: 'issuer not known: send it again' },
          noSuchPath: { responseCode: 921, errorMessage: 'no such path: send it again' },
        }),
        headers: RETRY_AFTER,
      },
    },
  },
};

/** The OpenAPI document of the endpoint that the hub calls, in the hub's terms. */
export function createCallbackDocument(): OpenApiDocument {
  return createFrom({
    info: {
      title: 'Issuer endpoint for the tokenisation hub',
      version: API_VERSION,
      description:
        'What the tokenisation hub calls when a token has changed. There is no signature: the hub proves itself by its client certificate (mutual TLS).',
      license: LICENSE,
    },
    servers: [
      {
        url: 'https://{host}/issuer/igwapi/v2.0',
        description: 'The path is what the issuer and the hub have agreed on (`LCM_CALLBACK_BASE_PATH`).',
        variables: { host: { default: 'localhost:3001', description: 'The issuer’s host.' } },
      },
    ],
    security: [{ clientCertificate: [] }],
    tags: [{ name: 'Callbacks', description: 'From the hub to the issuer.' }],
    paths: toPaths([notifyVirtualCardChange]),
    // OpenAPI 3.1 has mutual TLS; the library's type has not.
    components: { securitySchemes: { clientCertificate: { type: 'mutualTLS' as never } } },
  });
}
