import type { Request, RequestHandler, Response } from 'express';

import type { Config } from '../../config/config.js';
import { DECIDABLE } from '../../domain/token/index.js';
import type { Remark } from '../../domain/operation/remark.js';
import type { OperationView } from '../../domain/report/report.js';
import type { Gateway, OperationRef, CancelResult, RetryResult } from '../../application/gateway.js';
import type { JsonReader } from '../request/json-body.js';
import { parseOperationRequest } from '../../application/operation-request.js';
import { parseDecision, parseRemark } from './person-request.js';
import { Problem } from '../server/problems.js';
import { parseIdempotencyKey, parsePreferredWait, parseWaitParameter } from '../request/request-headers.js';
import { noteFacts } from '../server/request-log.js';
import { ask, invalidRequest, issuerOf } from './requests.js';
import type { WaitUntilFinal } from './waiting.js';

export interface OperationRoutesDependencies {
  readonly gateway: Gateway;
  readonly config: Pick<Config, 'issuerIds' | 'deadlines' | 'numericReferences' | 'cardResume'>;
  readonly readJson: JsonReader;
  readonly waitUntilFinal: WaitUntilFinal;
}

export interface OperationRoutes {
  readonly start: RequestHandler;
  readonly show: RequestHandler;
  readonly cancel: RequestHandler;
  readonly read: RequestHandler;
  readonly resolve: RequestHandler;
  readonly retry: RequestHandler;
}

/** The handlers of `/v1/issuers/{issuerId}/operations` and below. They throw a {@link Problem} for every refusal. */
export function createOperationRoutes(dependencies: OperationRoutesDependencies): OperationRoutes {
  const { gateway, config, readJson, waitUntilFinal } = dependencies;

  const start: RequestHandler = async (request, response) => {
    const issuerId = issuerOf(request, response, config);
    const body = await readJson(request, response);
    const idempotencyKey = idempotencyKeyOf(request);
    const parsed = parseOperationRequest(body, config);
    if (!parsed.ok) throw invalidRequest(parsed.errors);
    const isOnCard = parsed.value.virtualCardId === undefined;
    if (isOnCard && parsed.value.action === 'RESUME' && config.cardResume === 'refuse') {
      throw cardResumeRefused();
    }
    // The caller is nobody until there is authentication.
    const asked = { issuerId, caller: '', idempotencyKey, ...parsed.value };
    const result = await ask(() => gateway.startOperation(asked));
    if (result.kind === 'key-reused') {
      throw new Problem('idempotency_key_reused', {
        detail: 'An earlier request with this Idempotency-Key had another body. Take a new key.',
      });
    }
    const ref = { issuerId, operationId: result.operation.operationId };
    noteFacts(response, { operationId: ref.operationId, correlationId: result.operation.correlationId });
    const operation = await waitAsPreferred(request, response, { ref, started: result.operation });
    response
      .status(operation.final ? 200 : 202)
      .location(pathOf(ref))
      .json(operation);
  };

  /** A wait that fails does not hide that the operation was started: the answer is then what the start returned. */
  async function waitAsPreferred(
    request: Request,
    response: Response,
    { ref, started }: { ref: OperationRef; started: OperationView },
  ): Promise<OperationView> {
    const waitSeconds = parsePreferredWait(request.get('Prefer'));
    if (waitSeconds === 0) return started;
    const result = started.final
      ? { kind: 'waited' as const, operation: started }
      : await waitUntilFinal(ref, waitSeconds, response).catch(() => undefined);
    if (result?.kind !== 'waited') return started;
    response.set('Preference-Applied', `wait=${waitSeconds}`);
    return result.operation ?? started;
  }

  const show: RequestHandler = async (request, response) => {
    const ref = operationOf(request, response, config);
    const waitSeconds = parseWaitParameter(request.query['wait']);
    if (waitSeconds === undefined) {
      throw invalidRequest([{ field: 'wait', rule: 'a whole number of seconds' }]);
    }
    const result =
      waitSeconds > 0
        ? await ask(() => waitUntilFinal(ref, waitSeconds, response))
        : { kind: 'refused' as const };
    const operation =
      result.kind === 'waited' ? result.operation : await ask(() => gateway.describeOperation(ref));
    if (operation === undefined) throw operationNotFound();
    response.json(operation);
  };

  const demand = (apply: (ref: OperationRef, remark: Remark) => Promise<CancelResult>): RequestHandler => {
    return async (request, response) => {
      const ref = operationOf(request, response, config);
      const parsed = parseRemark(await readJson(request, response));
      if (!parsed.ok) throw invalidRequest(parsed.errors);
      response.json(toOperation(await ask(() => apply(ref, parsed.value))));
    };
  };

  const resolve: RequestHandler = async (request, response) => {
    const ref = operationOf(request, response, config);
    const parsed = parseDecision(await readJson(request, response));
    if (!parsed.ok) throw invalidRequest(parsed.errors);
    const result = await ask(() => gateway.resolveOperation(ref, parsed.value));
    if (result.kind === 'not-decidable') {
      throw invalidRequest([{ field: 'status', rule: `of one token one of ${DECIDABLE.join(', ')}` }]);
    }
    response.json(toOperation(result));
  };

  const retry: RequestHandler = async (request, response) => {
    const ref = operationOf(request, response, config);
    const parsed = parseRemark(await readJson(request, response));
    if (!parsed.ok) throw invalidRequest(parsed.errors);
    const { cardResume } = config;
    const result = await ask(() => gateway.retryOperation(ref, { ...parsed.value, cardResume }));
    const { operation } = toRetry(result);
    response.location(pathOf({ issuerId: ref.issuerId, operationId: operation.operationId })).json(operation);
  };

  return {
    start,
    show,
    cancel: demand((ref, remark) => gateway.cancelOperation(ref, remark)),
    read: demand((ref, remark) => gateway.readOperation(ref, remark)),
    resolve,
    retry,
  };
}

const OPERATION_ID = /^op-[0-9a-hjkmnp-tv-z]{26}$/;

function operationOf(request: Request, response: Response, config: Pick<Config, 'issuerIds'>): OperationRef {
  const issuerId = issuerOf(request, response, config);
  const operationId = request.params['operationId'];
  if (typeof operationId !== 'string' || !OPERATION_ID.test(operationId)) throw operationNotFound();
  noteFacts(response, { operationId, correlationId: operationId });
  return { issuerId, operationId };
}

function idempotencyKeyOf(request: Request): string {
  const header = request.get('Idempotency-Key') ?? '';
  if (header === '') {
    throw new Problem('idempotency_key_missing', {
      detail: 'Send an Idempotency-Key header: the same key for every repetition of one request.',
    });
  }
  const key = parseIdempotencyKey(header);
  if (key === undefined) {
    throw new Problem('idempotency_key_malformed', {
      detail: 'An Idempotency-Key has 1 to 255 visible ASCII characters, bare or in double quotes.',
    });
  }
  return key;
}

function toOperation(result: CancelResult): OperationView {
  switch (result.kind) {
    case 'done':
      return result.operation;
    case 'not-found':
      throw operationNotFound();
    case 'already-final':
      throw new Problem('operation_already_final', {
        detail: 'The operation has ended; nothing about it can be changed by this request.',
      });
  }
}

function toRetry(result: RetryResult): Extract<RetryResult, { kind: 'done' }> {
  switch (result.kind) {
    case 'done':
      return result;
    case 'not-found':
      throw operationNotFound();
    case 'card-resume-refused':
      throw cardResumeRefused();
    case 'not-retryable':
      throw new Problem('operation_not_retryable', {
        detail:
          'Only what was recorded as FAILED, REJECTED or UNKNOWN, is still one of them by what came late, and was not overtaken by a newer operation, is repeated.',
      });
  }
}

function cardResumeRefused(): Problem {
  return new Problem('card_resume_refused', {
    detail: 'It would also lift suspensions that had reasons of their own. Resume each token by itself.',
  });
}

function pathOf({ issuerId, operationId }: OperationRef): string {
  return `/v1/issuers/${encodeURIComponent(issuerId)}/operations/${operationId}`;
}

function operationNotFound(): Problem {
  return new Problem('operation_not_found', { detail: 'This issuer has no such operation.' });
}
