import type { RequestHandler } from 'express';

import { createApiDocument } from '../openapi/api-document.js';
import { createCallbackDocument } from '../openapi/callback-document.js';
import {
  ASSETS,
  ASSETS_PATH,
  createAssetRoute,
  createDocumentPage,
  createDocumentRoute,
} from './document-pages.js';
import { createErrorsPage } from './errors-page.js';

export const API_DOCUMENT_PATH = '/openapi.json';
export const CALLBACK_DOCUMENT_PATH = '/openapi-callbacks.json';

/**
 * What people and tools read about the API, by path.
 * @throws {Error} when the page of errors cannot be read.
 */
export function createPages(errorsPagePath: string): Readonly<Record<string, RequestHandler>> {
  return {
    [API_DOCUMENT_PATH]: createDocumentRoute(createApiDocument),
    [CALLBACK_DOCUMENT_PATH]: createDocumentRoute(createCallbackDocument),
    '/docs': createDocumentPage({
      title: 'Token life cycle management',
      documentPath: API_DOCUMENT_PATH,
      canTry: true,
    }),
    '/docs/callbacks': createDocumentPage({
      title: 'Callbacks of the hub',
      documentPath: CALLBACK_DOCUMENT_PATH,
      // They are received at another port, of the hub only.
      canTry: false,
    }),
    '/docs/errors': createErrorsPage(errorsPagePath),
    ...Object.fromEntries(ASSETS.map((name) => [`${ASSETS_PATH}/${name}`, createAssetRoute(name)])),
  };
}
