import express, { type Request, type Response } from 'express';

import { undoCodings } from './content-coding.js';

/** A body as it came in, inflated; or why there is none. */
export type Body =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  /** Over the limit, as sent or once inflated. */
  | { readonly kind: 'too-large' }
  /** A content encoding that we cannot undo. */
  | { readonly kind: 'unknown-encoding' }
  /** Broken off, of another length than announced, or badly compressed. */
  | { readonly kind: 'unreadable' };

export type BodyReader = (request: Request, response: Response) => Promise<Body>;

/** Reads bodies of any content type up to `limitBytes`, and never throws. No body counts as an empty one. */
export function createBodyReader(limitBytes: number): BodyReader {
  const readRaw = express.raw({ type: () => true, limit: limitBytes, inflate: true });
  return (request, response) =>
    new Promise<Body>((resolve) => {
      readRaw(request, response, (error?: unknown) => {
        if (error !== undefined) return resolve(toFault(error));
        const body: unknown = request.body;
        resolve({ kind: 'read', bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0) });
      });
    });
}

/**
 * The same for bodies whose labels nobody can be asked to mend: what the bytes are decides, and `Content-Encoding` only where
 * they do not say.
 */
export function createAnyBodyReader(limitBytes: number): BodyReader {
  return async (request) => {
    const sent = await collect(request, limitBytes);
    if (sent.kind !== 'read') return sent;
    return undoCodings(sent.bytes, { label: request.get('Content-Encoding') ?? '', limitBytes });
  };
}

/** The bytes of a request as they were sent. */
async function collect(request: Request, limitBytes: number): Promise<Body> {
  return new Promise<Body>((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) chunks.push(chunk);
      else resolve({ kind: 'too-large' });
    });
    request.once('end', () => resolve({ kind: 'read', bytes: Buffer.concat(chunks) }));
    // Broken off; after its end this changes nothing.
    request.once('error', () => resolve({ kind: 'unreadable' }));
    request.once('close', () => resolve({ kind: 'unreadable' }));
  });
}

function toFault(error: unknown): Body {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return { kind: 'too-large' };
  return { kind: type === 'encoding.unsupported' ? 'unknown-encoding' : 'unreadable' };
}
