import { type Request, type Response } from 'express';

/** The issuer that a call under `/_simulator` means: the first one, unless it says `?issuerId=`. */
export function issuerOf(request: Request, issuerIds: readonly string[]): string {
  const { issuerId } = request.query;
  return typeof issuerId === 'string' ? issuerId : (issuerIds[0] ?? '');
}

export function answerNotFound(response: Response, error: string): void {
  response.status(404).json({ error });
}
