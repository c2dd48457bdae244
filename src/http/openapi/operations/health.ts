import { aliveSchema, notReadySchema, readySchema } from '../../schemas/health.js';
import { jsonAnswer, problemAnswers } from '../answers.js';
import type { Entry } from '../entry.js';

export const getLiveness: Entry = {
  method: 'get',
  path: '/livez',
  operation: {
    operationId: 'getLiveness',
    tags: ['Health'],
    summary: 'Whether this process answers',
    responses: {
      '200': jsonAnswer('It does.', aliveSchema, { alive: { alive: true } }),
      ...problemAnswers([]),
    },
  },
};

export const getReadiness: Entry = {
  method: 'get',
  path: '/readyz',
  operation: {
    operationId: 'getReadiness',
    tags: ['Health'],
    summary: 'Whether every role of this process serves',
    responses: {
      '200': jsonAnswer('Every role serves.', readySchema, {
        ready: { ready: true, details: { clock: { offsetMs: 0 } } },
      }),
      ...problemAnswers([]),
      '503': jsonAnswer('At least one does not.', notReadySchema, {
        worker: { ready: false, notReady: ['worker'] },
        temporal: {
          ready: false,
          notReady: ['temporal'],
          details: {
            temporal: ['the namespace "default" lacks the search attributes LcmIssuer: run "npm run setup"'],
            clock: { offsetMs: 0 },
          },
        },
      }),
    },
  },
};
