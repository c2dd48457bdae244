import { API_VERSION, createFrom, LICENSE, type OpenApiDocument } from './create.js';
import { problemSchema } from '../schemas/problem.js';
import { toPaths } from './entry.js';
import { API_OPERATIONS } from './operations/index.js';

/** The OpenAPI document of the API, made from the schemas that check the requests. */
export function createApiDocument(): OpenApiDocument {
  return createFrom({
    info: {
      title: 'Token life cycle management',
      version: API_VERSION,
      description:
        'Suspends, resumes and deletes payment tokens at the tokenisation hub, exactly once, with one true answer. ' +
        'Times are RFC 3339 in UTC. A later version may add fields to answers and words to lists: pass over what you do not know. ' +
        'Fields and parameters that a request does not have are refused. Errors are problem details (RFC 9457); each code is explained on the [page of errors](/docs/errors).',
      license: LICENSE,
    },
    servers: [{ url: '/', description: 'This installation.' }],
    security: [],
    tags: [
      {
        name: 'Operations',
        description: 'Requested changes of tokens, from their start to what came after their end.',
      },
      { name: 'Cards', description: 'What is known of a card and its tokens.' },
      { name: 'Documents', description: 'What this service says about itself.' },
      { name: 'Health', description: 'For whoever runs this service.' },
    ],
    paths: toPaths(API_OPERATIONS),
    components: { schemas: { Problem: problemSchema } },
  });
}
