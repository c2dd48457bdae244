import express, { type Request, type Response } from 'express';

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

function toFault(error: unknown): Body {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return { kind: 'too-large' };
  return { kind: type === 'encoding.unsupported' ? 'unknown-encoding' : 'unreadable' };
}
