import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import type { Decision } from '../../../src/domain/token/index.js';
import type { Remark } from '../../../src/domain/operation/remark.js';
import type { ListedOperation, OperationView } from '../../../src/domain/report/report.js';
import type {
  CardRef,
  Gateway,
  ListRequest,
  OperationRef,
  RetryRequest,
  StartRequest,
} from '../../../src/application/gateway.js';

export const ISSUER_ID = 'ISSUER1234';
export const OPERATION_ID = 'op-0123456789abcdefghjkmnpqrs';

/** The operation that repeats it. */
export const RETRY_ID = 'op-zzzzzzzzzzzzzzzzzzzzzzzzzz';

export function anOperation(overrides: Partial<OperationView> = {}): OperationView {
  return {
    operationId: OPERATION_ID,
    correlationId: OPERATION_ID,
    issuerId: ISSUER_ID,
    scope: 'TOKEN',
    action: 'SUSPEND',
    issuerCardRefId: 'card-1',
    virtualCardId: 'token-1',
    status: 'REQUESTED',
    effectiveStatus: 'REQUESTED',
    final: false,
    evidence: 'NONE',
    outcomes: [],
    exposed: [],
    duplicates: 0,
    conflicts: [],
    unexpected: [],
    attempts: 0,
    requestedAt: '2026-01-01T00:00:00.000Z',
    softDeadlineAt: '2026-01-01T00:15:00.000Z',
    hardDeadlineAt: '2026-01-04T00:00:00.000Z',
    late: [],
    ...overrides,
  };
}

export function aConfirmedOperation(): OperationView {
  return anOperation({
    status: 'CONFIRMED',
    effectiveStatus: 'CONFIRMED',
    final: true,
    evidence: 'CALLBACK',
  });
}

export function aListedOperation(overrides: Partial<ListedOperation> = {}): ListedOperation {
  return {
    operationId: OPERATION_ID,
    correlationId: OPERATION_ID,
    issuerId: ISSUER_ID,
    scope: 'TOKEN',
    action: 'SUSPEND',
    issuerCardRefId: 'card-1',
    virtualCardId: 'token-1',
    status: 'CONFIRMED',
    effectiveStatus: 'CONFIRMED',
    final: true,
    outcomes: [],
    requestedAt: '2026-01-01T00:00:00.000Z',
    softDeadlineAt: '2026-01-01T00:15:00.000Z',
    hardDeadlineAt: '2026-01-04T00:00:00.000Z',
    partial: true,
    ...overrides,
  };
}

/** Every call that reached the gateway, in order. */
export interface GatewayCalls {
  readonly started: StartRequest[];
  readonly described: OperationRef[];
  readonly waited: { readonly ref: OperationRef; readonly waitMs: number; readonly signal?: AbortSignal }[];
  readonly cancelled: OperationRef[];
  /** Who asked for a cancellation or a reading, and why. */
  readonly remarks: (Remark | undefined)[];
  readonly read: OperationRef[];
  readonly resolved: { readonly ref: OperationRef; readonly decision: Decision }[];
  readonly retried: { readonly ref: OperationRef; readonly request: RetryRequest }[];
  readonly renewals: CardRef[];
  readonly listed: ListRequest[];
  readonly timelines: CardRef[];
  readonly delivered: { readonly issuerId: string; readonly change: VirtualCardChange }[];
}

export type FakeGateway = Gateway & { readonly calls: GatewayCalls };

/** A gateway that notes every call and answers with a running operation, unless `answers` says otherwise. */
export function aFakeGateway(answers: Partial<Gateway> = {}): FakeGateway {
  const calls: GatewayCalls = {
    started: [],
    described: [],
    waited: [],
    cancelled: [],
    remarks: [],
    read: [],
    resolved: [],
    retried: [],
    renewals: [],
    listed: [],
    timelines: [],
    delivered: [],
  };
  const gateway: Gateway = {
    startOperation: async () => ({ kind: 'started', operation: anOperation() }),
    describeOperation: async () => anOperation(),
    waitForOperation: async () => aConfirmedOperation(),
    cancelOperation: async () => ({ kind: 'done', operation: anOperation() }),
    readOperation: async () => ({ kind: 'done', operation: anOperation() }),
    resolveOperation: async () => ({ kind: 'done', operation: aConfirmedOperation() }),
    retryOperation: async ({ operationId }) => ({
      kind: 'done',
      operation: anOperation({ operationId: RETRY_ID, correlationId: RETRY_ID, retryOf: operationId }),
    }),
    deliver: async () => undefined,
    describeRenewals: async ({ issuerCardRefId }) => ({ issuerCardRefId, tokens: [], open: false }),
    listOperations: async () => ({ items: [] }),
    describeTimeline: async () => ({ items: [] }),
    isReachable: async () => true,
    ...answers,
  };
  return {
    calls,
    startOperation(request) {
      calls.started.push(request);
      return gateway.startOperation(request);
    },
    describeOperation(ref) {
      calls.described.push(ref);
      return gateway.describeOperation(ref);
    },
    waitForOperation(ref, wait) {
      calls.waited.push({ ref, ...wait });
      return gateway.waitForOperation(ref, wait);
    },
    cancelOperation(ref, remark) {
      calls.cancelled.push(ref);
      calls.remarks.push(remark);
      return gateway.cancelOperation(ref, remark);
    },
    readOperation(ref, remark) {
      calls.read.push(ref);
      calls.remarks.push(remark);
      return gateway.readOperation(ref, remark);
    },
    resolveOperation(ref, decision) {
      calls.resolved.push({ ref, decision });
      return gateway.resolveOperation(ref, decision);
    },
    retryOperation(ref, request) {
      calls.retried.push({ ref, request });
      return gateway.retryOperation(ref, request);
    },
    deliver(issuerId, change) {
      calls.delivered.push({ issuerId, change });
      return gateway.deliver(issuerId, change);
    },
    describeRenewals(ref) {
      calls.renewals.push(ref);
      return gateway.describeRenewals(ref);
    },
    listOperations(request) {
      calls.listed.push(request);
      return gateway.listOperations(request);
    },
    describeTimeline(ref) {
      calls.timelines.push(ref);
      return gateway.describeTimeline(ref);
    },
    isReachable: () => gateway.isReachable(),
  };
}

/** A wait that lasts until its signal ends it, and then answers with the operation as it is. */
export function untilAborted(operation: OperationView): Gateway['waitForOperation'] {
  return (_ref, { signal }) =>
    new Promise((resolve) => {
      signal?.addEventListener('abort', () => resolve(operation), { once: true });
    });
}
