import type { RequestHandler } from 'express';
import swaggerUiFolder from 'swagger-ui-dist/absolute-path.js';

import { toText, type OpenApiDocument } from '../openapi/create.js';
import { NO_ICON, sendPage, sourceOf } from './page.js';

/** Serves an OpenAPI document. It is made when somebody asks for the first time, and once. */
export function createDocumentRoute(create: () => OpenApiDocument): RequestHandler {
  let text: string | undefined;
  return (_request, response) => {
    text ??= toText(create());
    response.type('application/json').send(text);
  };
}

/**
 * A page that shows the OpenAPI document at `documentPath`, and lets people try it where `canTry`. All of it comes from
 * this service, so it works offline.
 */
export function createDocumentPage(options: {
  readonly title: string;
  readonly documentPath: string;
  readonly canTry: boolean;
}): RequestHandler {
  const settings = {
    url: options.documentPath,
    dom_id: '#document',
    deepLinking: true,
    validatorUrl: null, // Nothing is sent to anybody else.
    ...(options.canTry ? {} : { supportedSubmitMethods: [] }),
  };
  const script = `SwaggerUIBundle(${JSON.stringify(settings)})`;
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${options.title}</title>` +
    `${NO_ICON}<link rel="stylesheet" href="${ASSETS_PATH}/swagger-ui.css"></head><body><div id="document"></div>` +
    `<script src="${ASSETS_PATH}/swagger-ui-bundle.js"></script><script>${script}</script></body></html>`;
  const sources = {
    'script-src': `'self' ${sourceOf(script)}`,
    // Swagger UI sets styles of elements while it runs.
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'connect-src': "'self'",
  };
  return (_request, response) => sendPage(response, html, sources);
}

/** Where the files of the pages are served. */
export const ASSETS_PATH = '/docs/assets';

/** The files of Swagger UI that the pages load, and no others. */
export const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

export function createAssetRoute(name: (typeof ASSETS)[number]): RequestHandler {
  const root = swaggerUiFolder();
  return (_request, response, next) => {
    // May be kept, but asked for again: it changes with a release of this service.
    response.set('Cache-Control', 'no-cache');
    response.sendFile(name, { root }, (error) => {
      // A client that has gone is no error of ours.
      if (error !== undefined && !response.headersSent && !response.closed) next(error);
    });
  };
}
