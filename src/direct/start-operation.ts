// For services of the issuer that have a Temporal client of their own: an operation without the API in between. README.md
// says what one gives up for that.
import type { Client } from '@temporalio/client';

import type { Deadlines } from '../domain/operation/deadlines.js';
import { isIssuerId } from '../domain/hub/issuer-id.js';
import type { OperationView } from '../domain/report/report.js';
import { parseOperationRequest } from '../application/operation-request.js';
import type { FieldError } from '../application/field-error.js';
import { isIdempotencyKey } from '../application/idempotency-key.js';
import { createBoundedCalls } from '../temporal/connection/bounded-calls.js';
import { GatewayUnavailableError, type StartRequest } from '../application/gateway.js';
import { isRefusal } from '../temporal/operations/refusals.js';
import { createStart, toIdentity, type StartSettings } from '../temporal/operations/start-operation.js';

export type { OperationView } from '../domain/report/report.js';
export { GatewayUnavailableError } from '../application/gateway.js';

/** What the body of `POST …/operations` holds, and what stands around it there. */
export interface DirectRequest extends Pick<StartRequest, 'issuerId' | 'idempotencyKey' | 'action'> {
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
  readonly reason?: { readonly code?: number; readonly text?: string };
  readonly requestedBy?: string;
  readonly softDeadlineSeconds?: number;
  readonly hardDeadlineSeconds?: number;
}

/** What the service reads from its environment; an operation keeps it for life, whoever starts it. */
export interface DirectSettings extends StartSettings {
  /** For requests that name none. */
  readonly deadlines: Deadlines;
  readonly numericReferences: 'refuse' | 'allow';
  readonly cardResume: 'allow' | 'refuse';
}

/** What the service runs with where its environment says nothing. */
export const DEFAULT_SETTINGS: DirectSettings = {
  taskQueue: 'lcm',
  policy: { readIntervalMs: 900_000, confirmByReading: 'resume' },
  hubTimeoutMs: 10_000,
  deadlines: { softSeconds: 900, hardSeconds: 259_200 },
  numericReferences: 'refuse',
  cardResume: 'allow',
};

/** The request breaks a rule, and was not sent. Names the fields, never their values. */
export class InvalidOperationError extends Error {
  override readonly name = 'InvalidOperationError';

  constructor(readonly fields: readonly FieldError[]) {
    super(fields.map(({ field, rule }) => `${field}: ${rule}`).join('; '));
  }
}

/** An earlier request with this key had another body. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = 'IdempotencyKeyReusedError';

  constructor() {
    super('idempotencyKey: belongs to another request');
  }
}

const CALL_DEADLINE_MS = 5_000;
/**
 * Starts an operation, or finds the one that the same request started before, here or at the API: the ids and the
 * fingerprint are the API's. Its workflow's id is `lcm/{issuerId}/{operationId}`.
 * @param settings those of the service, where it does not run with its defaults
 * @throws {InvalidOperationError} {@link IdempotencyKeyReusedError}
 * @throws {GatewayUnavailableError} not known whether Temporal has taken it: repeat it with the same key
 */
export async function startOperation(
  temporalClient: Client,
  request: DirectRequest,
  settings: Partial<DirectSettings> = {},
): Promise<OperationView> {
  const all: DirectSettings = { ...DEFAULT_SETTINGS, ...settings };
  const asked = toStartRequest(request, all);
  const result = await startWithin(temporalClient, asked, all);
  if (result.kind === 'key-reused') throw new IdempotencyKeyReusedError();
  return result.operation;
}

function toStartRequest(request: DirectRequest, settings: DirectSettings): StartRequest {
  const { issuerId, idempotencyKey, ...body } = request;
  const parsed = parseOperationRequest(body, settings);
  const errors: readonly FieldError[] = [
    ...(isIssuerId(issuerId)
      ? []
      : [{ field: 'issuerId', rule: 'exactly 10 visible characters, no slash, quote or backslash' }]),
    ...(isIdempotencyKey(idempotencyKey)
      ? []
      : [{ field: 'idempotencyKey', rule: '1 to 255 visible ASCII characters' }]),
    ...(parsed.ok ? [] : parsed.errors),
    ...(settings.cardResume === 'refuse' && isCardResume(request)
      ? [{ field: 'virtualCardId', rule: 'not all tokens of a card are resumed at once here' }]
      : []),
  ];
  if (!parsed.ok || errors.length > 0) throw new InvalidOperationError(errors);
  return { issuerId, caller: '', idempotencyKey, ...parsed.value };
}

function isCardResume({ action, virtualCardId }: DirectRequest): boolean {
  return action === 'RESUME' && virtualCardId === undefined;
}

async function startWithin(client: Client, asked: StartRequest, settings: StartSettings) {
  const start = createStart(client, settings, Date.now);
  try {
    return await createBoundedCalls(client.connection).within(CALL_DEADLINE_MS, async () =>
      start(asked, toIdentity(asked)),
    );
  } catch (error) {
    // A bug of ours is no reason to repeat the call.
    if (error instanceof TypeError) throw error;
    throw new GatewayUnavailableError('Temporal did not take the call', {
      cause: error,
      refused: isRefusal(error),
    });
  }
}
