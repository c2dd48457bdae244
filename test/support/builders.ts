import { duplicateKey, type VirtualCardChange } from '../../src/domain/hub/change.js';
import { beginDispatch } from '../../src/domain/operation/dispatch.js';
import {
  beginCardOperation,
  type CardEvent,
  type CardRequest,
  type CardOperation,
  type SendingResult,
} from '../../src/domain/card/index.js';
import { beginOperation, toReport, type Operation, type TokenRequest } from '../../src/domain/token/index.js';
import type { Reading } from '../../src/domain/hub/reading.js';
import type { OperationPolicy, OperationReport } from '../../src/domain/report/report.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export function aRequest(overrides: Partial<TokenRequest> = {}): TokenRequest {
  const requestedAt = overrides.requestedAt ?? 0;
  return {
    issuerId: 'ISSUER1234',
    correlationId: 'op-1',
    action: 'SUSPEND',
    issuerCardRefId: 'card-1',
    virtualCardId: 'token-1',
    requestedAt,
    softDeadlineAt: requestedAt + 15 * MINUTE,
    hardDeadlineAt: requestedAt + 72 * HOUR,
    ...overrides,
  };
}

export function aPolicy(overrides: Partial<OperationPolicy> = {}): OperationPolicy {
  return { readIntervalMs: 15 * MINUTE, confirmByReading: 'resume', ...overrides };
}

export function anOperation(
  request: Partial<TokenRequest> = {},
  policy: Partial<OperationPolicy> = {},
): Operation {
  return beginOperation(aRequest(request), aPolicy(policy));
}

/** A request for all tokens of the card of {@link aRequest}. */
export function aCardRequest(overrides: Partial<CardRequest> = {}): CardRequest {
  const { virtualCardId: _virtualCardId, ...request } = aRequest(overrides);
  return request;
}

/** Two attempts of a hub that may take ten seconds. */
export const SENDER_PATIENCE_MS = 30 * SECOND;

export function aCardOperation(
  request: Partial<CardRequest> = {},
  policy: Partial<OperationPolicy> = {},
): CardOperation {
  return beginCardOperation(aCardRequest(request), aPolicy(policy), SENDER_PATIENCE_MS);
}

/** A reading of a card whose tokens are in these states, by their ids. */
export function aCardList(states: Readonly<Record<string, string>>): Reading {
  return {
    kind: 'listed',
    tokens: Object.entries(states).map(([virtualCardId, status]) => ({ virtualCardId, status })),
  };
}

/** The report of an operation that has closed, unless told otherwise; `heard` are the callbacks it had counted. */
export function aReport(
  overrides: Partial<Omit<OperationReport, 'heard'>> & { readonly heard?: readonly VirtualCardChange[] } = {},
): OperationReport {
  const status = overrides.status ?? 'CONFIRMED';
  return {
    ...toReport(anOperation()),
    effectiveStatus: status,
    final: true,
    ...overrides,
    status,
    heard: (overrides.heard ?? []).map(duplicateKey),
  };
}

/** A callback on the token of {@link aRequest}; without an error code it tells of success. */
export function aChange(overrides: Partial<VirtualCardChange> = {}): VirtualCardChange {
  return {
    correlationId: 'op-1',
    virtualCardId: 'token-1',
    action: 'SUSPEND',
    receivedAt: '2026-11-22T10:00:00.000Z',
    ...overrides,
  };
}

/** A reading that lists the token of {@link aRequest} in this state, beside another token. */
export function aReading(status: string): Reading {
  return {
    kind: 'listed',
    tokens: [
      { virtualCardId: 'token-1', status },
      { virtualCardId: 'token-2', status: 'RESUMED' },
    ],
  };
}

export const LIST_WITHOUT_THE_TOKEN: Reading = {
  kind: 'listed',
  tokens: [{ virtualCardId: 'token-2', status: 'RESUMED' }],
};
export const EMPTY_LIST: Reading = { kind: 'listed', tokens: [] };
export const FAILED_READING: Reading = { kind: 'failed' };

/** The end of the child that sends, after one attempt; without a report when nobody knows how it ended. */
export function senderEnded(result: SendingResult): CardEvent {
  const dispatch = { ...beginDispatch(), attempts: 1 };
  return { kind: 'sender-ended', report: result.kind === 'lost' ? undefined : { result, dispatch } };
}
