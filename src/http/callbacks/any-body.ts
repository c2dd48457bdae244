import type { Request } from 'express';

import type { Body, BodyReader } from '../request/body.js';
import { undoCodings } from '../request/content-coding.js';

/**
 * Reads bodies whose labels nobody can be asked to mend, and never throws: what the bytes are decides, and `Content-Encoding` only where
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
