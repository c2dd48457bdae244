import { z } from 'zod';
import { type UpdateAction, updateActions } from '../plan/plan.js';
import { type ResponseCode, responseCodes } from './response-codes.js';

/** `updateCardState` (contract 2.1). Without `virtualCardId` it means all tokens of the card. */
export interface UpdateRequest {
  correlationId: string;
  issuerId: string;
  issuerCardRefId: string;
  virtualCardId?: string | undefined;
  action: UpdateAction;
}

/** `getCardInfo` (contract 2.3). */
export interface CardInfoRequest {
  correlationId: string;
  issuerId: string;
  issuerCardRefId: string;
}

/** The request, or why the hub answers 400. The message names the field, never its value. */
export type Parsed<T> =
  { ok: true; request: T } | { ok: false; responseCode: ResponseCode; errorMessage: string };

/** The headers as Node gives them. */
export type Headers = Record<string, string | string[] | undefined>;

const headersSchema = z.object({
  'x-correlation-id': z.string().min(1).max(64),
  'x-issuer-id': z.string().length(10),
});
const updateSchema = z.object({
  issuerCardRefId: z.string().max(48),
  virtualCardId: z.string().min(1).max(64).optional(),
  action: z.enum(updateActions),
  reason: z.int().optional(),
});
const cardInfoSchema = z.object({ issuerCardRefId: z.string().max(48) });

/** Reads the two headers that every operation needs (contract 1.1), then the body. */
export function parseUpdateRequest(headers: Headers, body: unknown): Parsed<UpdateRequest> {
  return parse(updateSchema, headers, body);
}

/** The same for `getCardInfo`. */
export function parseCardInfoRequest(headers: Headers, body: unknown): Parsed<CardInfoRequest> {
  return parse(cardInfoSchema, headers, body);
}

function parse<T extends object>(
  schema: z.ZodType<T>,
  headers: Headers,
  body: unknown,
): Parsed<T & { correlationId: string; issuerId: string }> {
  const parsedHeaders = headersSchema.safeParse(headers);
  if (!parsedHeaders.success) return toFailure(parsedHeaders.error, headers);
  const parsedBody = schema.safeParse(body);
  if (!parsedBody.success) return toFailure(parsedBody.error, body);
  const { 'x-correlation-id': correlationId, 'x-issuer-id': issuerId } = parsedHeaders.data;
  return { ok: true, request: { ...parsedBody.data, correlationId, issuerId } };
}

function toFailure(error: z.ZodError, input: unknown): Parsed<never> {
  const field = error.issues[0]?.path[0];
  if (typeof field !== 'string') {
    return malformed('The body is not a JSON object');
  }
  const isMissing = (input as Record<string, unknown>)[field] === undefined;
  return isMissing
    ? {
        ok: false,
        responseCode: responseCodes.parameterMissing,
        errorMessage: `Mandatory parameter missing: ${field}`,
      }
    : malformed(`Parameter malformed: ${field}`);
}

function malformed(errorMessage: string): Parsed<never> {
  return { ok: false, responseCode: responseCodes.parameterMalformed, errorMessage };
}
