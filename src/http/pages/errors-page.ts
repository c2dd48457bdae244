import { readFileSync } from 'node:fs';

import type { RequestHandler } from 'express';
import { Marked } from 'marked';

import { NO_ICON, sendPage, sourceOf } from './page.js';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}' +
  'pre{background:#f4f4f4;padding:1rem;overflow:auto}h2{margin-top:2.5rem}h2:target{background:#fff3c4}';

/**
 * Serves `docs/errors.md`, each heading under its own text as anchor: the `type` of a problem leads there. It is
 * read now, and rendered when somebody asks for the first time.
 * @throws {Error} when the file cannot be read.
 */
export function createErrorsPage(path: string): RequestHandler {
  const markdown = readFileSync(path, 'utf8');
  const sources = { 'style-src': sourceOf(STYLE), 'img-src': 'data:' };
  let html: string | undefined;
  return (_request, response) => {
    html ??= renderErrors(markdown);
    sendPage(response, html, sources);
  };
}

function renderErrors(markdown: string): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${toAnchor(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
  });
  const body = marked.parse(markdown, { async: false });
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Errors of the API</title>' +
    `${NO_ICON}<style>${STYLE}</style></head><body><p><a href="/docs">The whole API</a></p>${body}</body></html>`
  );
}

function toAnchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/\W+/g, '-');
}
