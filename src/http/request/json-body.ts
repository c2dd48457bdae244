import type { Request, Response } from 'express';

import { createBodyReader } from './body.js';
import { parseJson } from './json-text.js';
import { Problem } from '../server/problems.js';
import { isJsonContentType } from './request-headers.js';

/** Resolves to the parsed body, undefined when there is none; rejects with a {@link Problem}. */
export type JsonReader = (request: Request, response: Response) => Promise<unknown>;

/** Reads JSON bodies of the API: only `application/json` in UTF-8, at most `limitBytes` once inflated. */
export function createJsonReader(limitBytes: number): JsonReader {
  const readBody = createBodyReader(limitBytes);
  return async (request, response) => {
    if (!hasBody(request)) return undefined;
    if (!isJsonContentType(request.get('Content-Type'))) throw unsupported();
    const body = await readBody(request, response);
    switch (body.kind) {
      case 'read':
        return body.bytes.length === 0 ? undefined : parseBody(body.bytes);
      case 'too-large':
        throw new Problem('body_too_large', { detail: `A body has at most ${limitBytes} bytes.` });
      case 'unknown-encoding':
        throw unsupported();
      case 'unreadable':
        throw malformed();
    }
  };
}

function hasBody(request: Request): boolean {
  const length = request.get('Content-Length');
  return request.get('Transfer-Encoding') !== undefined || (length !== undefined && length !== '0');
}

function parseBody(bytes: Buffer): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed(); // Not the parser's own message: it quotes the body.
  }
}

function unsupported(): Problem {
  return new Problem('unsupported_media_type', {
    detail: 'Send application/json in UTF-8, plain or compressed with gzip, deflate or br.',
  });
}

function malformed(): Problem {
  return new Problem('malformed_json', {
    detail: 'The body cannot be read as JSON in UTF-8, each field named once.',
  });
}
