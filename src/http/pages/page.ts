import { createHash } from 'node:crypto';

import type { Response } from 'express';

/** Where a page may take things from, by directive; everything that is not named is forbidden. */
export type ContentSources = Readonly<Record<string, string>>;

/**
 * Answers with a page. It can load nothing but what `sources` names, and nothing from another host, so it works offline.
 */
export function sendPage(response: Response, html: string, sources: ContentSources): void {
  response.set('Content-Security-Policy', toPolicy(sources)).type('html').send(html);
}

/** Keeps browsers from asking for an icon. */
export const NO_ICON = '<link rel="icon" href="data:,">';

/** The source expression for an inline style or script, exactly as it stands between its tags. */
export function sourceOf(inline: string): string {
  return `'sha256-${createHash('sha256').update(inline).digest('base64')}'`;
}

function toPolicy(sources: ContentSources): string {
  const fixed = {
    'default-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  };
  return Object.entries({ ...fixed, ...sources })
    .map(([directive, source]) => `${directive} ${source}`)
    .join('; ');
}
