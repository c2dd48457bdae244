import { problemAnswers, toExamples } from '../answers.js';
import type { Entry } from '../entry.js';

/** Something to read: a page, or a document. */
function reading(options: {
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly contentType: 'text/html' | 'application/json';
}): Entry {
  const { path, operationId, summary, contentType } = options;
  const isPage = contentType === 'text/html';
  return {
    method: 'get',
    path,
    operation: {
      operationId,
      tags: ['Documents'],
      summary,
      responses: {
        '200': {
          description: isPage ? 'The page.' : 'The document.',
          content: {
            [contentType]: {
              schema: { type: isPage ? 'string' : 'object' },
              examples: toExamples({ beginning: isPage ? '<!doctype html>' : { openapi: '3.1.1' } }),
            },
          },
        },
        ...problemAnswers([]),
      },
    },
  };
}

export const PAGES: readonly Entry[] = [
  reading({
    path: '/docs',
    operationId: 'getPage',
    summary: 'This document as a page',
    contentType: 'text/html',
  }),
  reading({
    path: '/docs/errors',
    operationId: 'getErrorsPage',
    summary: 'Every code of a problem: when it happens, and what to do',
    contentType: 'text/html',
  }),
  reading({
    path: '/docs/callbacks',
    operationId: 'getCallbacksPage',
    summary: 'The document of the hub’s callbacks as a page',
    contentType: 'text/html',
  }),
  reading({
    path: '/openapi.json',
    operationId: 'getDocument',
    summary: 'This document',
    contentType: 'application/json',
  }),
  reading({
    path: '/openapi-callbacks.json',
    operationId: 'getCallbacksDocument',
    summary: 'The document of the hub’s callbacks, which come to another port',
    contentType: 'application/json',
  }),
];
