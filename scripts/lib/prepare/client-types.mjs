// The client's types: made from the schemas of the API's document, which are those that check the requests.
import { compile } from 'json-schema-to-typescript';
import prettier from 'prettier';
import { inProject } from '../project.mjs';

const banner = '// Made by `npm run openapi` from the schemas of the API. Do not edit.';
const listPath = '/v1/issuers/{issuerId}/operations';

/** The text of `packages/client/src/api-types.ts` for a document of OpenAPI 3.1. */
export async function toClientTypes(document) {
  const { schemas } = document.components;
  const definitions = {
    ...schemas,
    OperationFilter: toQueryType(document.paths[listPath].get ?? {}),
  };
  const root = {
    title: 'Schemas',
    type: 'object',
    properties: Object.fromEntries(
      Object.keys(definitions).map((name) => [name, { $ref: `#/definitions/${name}` }]),
    ),
    required: Object.keys(definitions),
    additionalProperties: false,
    definitions,
  };
  const renamed = JSON.parse(JSON.stringify(root).replaceAll('#/components/schemas/', '#/definitions/'));
  const types = await compile(renamed, 'Schemas', {
    additionalProperties: false,
    bannerComment: banner,
    format: false,
    unknownAny: true,
    ignoreMinAndMaxItems: true,
  });
  const codes = schemas.Problem.properties.code.enum;
  const text = [
    // The type that only holds the others together.
    types.replace(/^export interface Schemas \{[^}]*\}\n/m, ''),
    '/** Why a request was refused; `/docs/errors` of the service has a heading for each. */',
    `export const PROBLEM_CODES = ${JSON.stringify(codes)} as const;`,
    'export type ProblemCode = (typeof PROBLEM_CODES)[number];',
    "export type FieldError = NonNullable<Problem['errors']>[number];",
  ].join('\n');
  const file = inProject('packages', 'client', 'src', 'api-types.ts');
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}

/** The query parameters of an operation, as one object. */
function toQueryType({ summary, parameters = [] }) {
  const asked = parameters.filter((parameter) => parameter.in === 'query');
  return {
    type: 'object',
    description: summary,
    properties: Object.fromEntries(
      asked.map(({ name, description, schema }) => [
        name,
        { ...schema, ...(description && { description }) },
      ]),
    ),
    required: asked.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}
