import { randomUUID } from 'node:crypto';

import type { OperationView } from '../../../src/domain/report/report.js';
import type { OperationStatus } from '../../../src/domain/report/status.js';
import type { Action } from '../../../src/domain/hub/token-state.js';
import { expectAsDocumented } from '../document.js';
import { call, type Answered, type CallOptions } from './http-client.js';
import { until } from './processes.js';

export interface OperationBody {
  readonly action: Action;
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
  readonly softDeadlineSeconds?: number;
  readonly hardDeadlineSeconds?: number;
  readonly reason?: { readonly code?: number; readonly text?: string };
}

/** The service over HTTP, as its clients and the hub use it. */
export interface ServiceClient {
  readonly apiUrl: string;
  readonly callbackUrl: string;
  post(body: unknown, options?: { key?: string; waitSeconds?: number }): Promise<Answered>;
  /** Posts, and takes everything but 200 and 202 for a failure. */
  start(body: OperationBody, options?: { key?: string; waitSeconds?: number }): Promise<OperationView>;
  /** With all that is known: asks again while the answer is `partial`, which on a busy machine it may be for a moment. */
  operation(operationId: string, waitSeconds?: number): Promise<OperationView>;
  /** As a client gets it, `partial` or not. */
  shown(operationId: string, waitSeconds?: number): Promise<OperationView>;
  /** Whether the lists show the operation with this status: then it is stored, and no worker is needed to know it. */
  isListedAs(operationId: string, status: OperationStatus): Promise<boolean>;
  /** Waits for the end; fails when there is none within {@link LONGEST_WAITS} minutes: a busy machine takes its time. */
  final(operationId: string): Promise<OperationView>;
  /** What a person does to an operation: `cancel`, `read`, `resolve`, `retry`. */
  act(operationId: string, what: string, body?: unknown): Promise<Answered>;
  get(path: string, options?: CallOptions): Promise<Answered>;
  callBack(correlationId: string, body: unknown): Promise<Answered>;
  ready(): Promise<Answered>;
}

const ISSUER = 'ISSUER1234';
const LONGEST_WAITS = 3;

export function createServiceClient(urls: { apiUrl: string; callbackUrl: string }): ServiceClient {
  const { apiUrl, callbackUrl } = urls;
  const operations = `${apiUrl}/v1/issuers/${ISSUER}/operations`;

  const client: ServiceClient = {
    ...urls,
    post: async (body, { key = randomUUID(), waitSeconds } = {}) =>
      callAsDocumented('POST', operations, {
        body,
        timeoutMs: 90_000,
        headers: {
          'idempotency-key': key,
          ...(waitSeconds !== undefined && { prefer: `wait=${waitSeconds}` }),
        },
      }),
    async start(body, options) {
      const answered = await client.post(body, options);
      if (![200, 202].includes(answered.status)) throw unexpected(answered);
      return answered.body as OperationView;
    },
    async operation(operationId, waitSeconds = 0) {
      const isWhole = ({ partial }: OperationView): boolean => partial === undefined;
      const seen = await client.shown(operationId, waitSeconds);
      return isWhole(seen) ? seen : until(async () => client.shown(operationId), isWhole);
    },
    async shown(operationId, waitSeconds = 0) {
      const answered = await client.get(
        `/v1/issuers/${ISSUER}/operations/${operationId}?wait=${waitSeconds}`,
        {
          timeoutMs: 90_000,
        },
      );
      if (answered.status !== 200) throw unexpected(answered);
      return answered.body as OperationView;
    },
    async isListedAs(operationId, status) {
      const answered = await client.get(`/v1/issuers/${ISSUER}/operations?status=${status}&limit=100`);
      if (answered.status !== 200) throw unexpected(answered);
      const { items } = answered.body as { items: readonly { operationId: string }[] };
      return items.some((item) => item.operationId === operationId);
    },
    async final(operationId) {
      let operation = await client.operation(operationId, 60);
      for (let waits = 1; !operation.final && waits < LONGEST_WAITS; waits += 1) {
        operation = await client.operation(operationId, 60);
      }
      if (!operation.final) throw new Error(`has not ended: ${JSON.stringify(operation)}`);
      return operation;
    },
    act: async (operationId, what, body) =>
      callAsDocumented('POST', `${operations}/${operationId}/${what}`, {
        ...(body !== undefined && { body }),
      }),
    get: async (path, options) => callAsDocumented('GET', `${apiUrl}${path}`, options),
    callBack: async (correlationId, body) =>
      callAsDocumented('POST', callbackUrl, {
        body,
        headers: { 'x-issuer-id': ISSUER, 'x-correlation-id': correlationId },
      }),
    ready: async () => client.get('/readyz', { timeoutMs: 5_000 }),
  };
  return client;
}

/** Every answer of a real service is compared with the document, too. */
async function callAsDocumented(method: string, url: string, options?: CallOptions): Promise<Answered> {
  const answered = await call(method, url, options);
  const { status, headers, body } = answered;
  expectAsDocumented({ method, url }, { status, contentType: headers['content-type'] ?? '', body });
  return answered;
}

function unexpected({ status, body }: Answered): Error {
  return new Error(`an unexpected answer: ${status} ${JSON.stringify(body)}`);
}
