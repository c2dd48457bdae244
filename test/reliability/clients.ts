import { setTimeout as sleep } from 'node:timers/promises';

import { call } from '../support/processes/http-client.js';
import { ISSUER } from '../support/processes/stack.js';
import type { Told } from './records.js';
import type { Act, AtTheHub, Lane, OperationBody, PlannedOperation, Post, Workload } from './workload.js';

/** Clients of one run: they carry out the workload and write down every answer. */
export interface Clients {
  /** Resolves when every operation has been told final, or its client has lost all patience. */
  carryOut(workload: Workload): Promise<void>;
  readonly told: Told[];
  /** What no client should live to see: an operation that could not be started, or did not end. */
  readonly mishaps: string[];
}

interface ClientsOptions {
  readonly apis: readonly [string, string];
  /** Has something happen at the hub, to this card. */
  readonly atTheHub: (step: AtTheHub, issuerCardRefId: string) => Promise<void>;
  /** Called with each operation that has ended. */
  readonly onEnd: () => void;
}

/** Longer than any operation of a workload takes, with every kill on its way. */
const PATIENCE_MS = 150_000;
const TRY_AGAIN_MS = 400;
const TIMEOUT_MS = 20_000;
const WAIT_SECONDS = 5;
/** Of cards at the same time: what a machine with two cores keeps up with, also while processes start again. */
const MOST_LANES = 24;

export function createClients({ apis, atTheHub, onEnd }: ClientsOptions): Clients {
  const told: Told[] = [];
  const mishaps: string[] = [];

  /** One call, written down with its answer. */
  async function ask(
    asked: Pick<Told, 'key' | 'call' | 'api'>,
    request: { method: string; path: string; body?: unknown; headers?: Record<string, string> },
    timeoutMs = TIMEOUT_MS,
  ): Promise<Told> {
    const { method, path, body, headers = {} } = request;
    const url = `${apis[asked.api === 1 ? 1 : 0]}/v1/issuers/${ISSUER}/operations${path}`;
    const sentAt = Date.now();
    const answer = await call(method, url, { timeoutMs, headers, ...(body !== undefined && { body }) }).catch(
      () => undefined,
    );
    const entry: Told = {
      ...asked,
      sentAt,
      answeredAt: Date.now(),
      status: answer?.status ?? null,
      ...(answer !== undefined && { body: answer.body }),
    };
    told.push(entry);
    return entry;
  }

  async function post(operation: PlannedOperation, planned: Post | Act, body: object): Promise<Told> {
    const kind = body === operation.body ? 'post' : 'post another body';
    return ask(
      { key: operation.key, call: kind, api: planned.api },
      {
        method: 'POST',
        path: '',
        body,
        headers: {
          'idempotency-key': operation.key,
          ...(planned.waitSeconds > 0 && { prefer: `wait=${planned.waitSeconds}` }),
        },
      },
      planned.hangsUpAfterMs,
    );
  }

  /** Posts until it is taken. A client that hangs up tries once. */
  async function postUntilTaken(operation: PlannedOperation, planned: Post): Promise<string | undefined> {
    await sleep(planned.afterMs);
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (let api = planned.api; Date.now() < giveUpAt; api = api === 0 ? 1 : 0) {
      const { status, body } = await post(operation, { ...planned, api }, operation.body);
      if (status === 200 || status === 202) return (body as { operationId: string }).operationId;
      if (planned.hangsUpAfterMs !== undefined) return undefined;
      if (status !== null && status !== 503) {
        mishaps.push(`${operation.key}: the request is answered ${status}`);
        return undefined;
      }
      await sleep(TRY_AGAIN_MS);
    }
    mishaps.push(`${operation.key}: the request was never taken`);
    return undefined;
  }

  async function act(operation: PlannedOperation, operationId: string, planned: Act): Promise<void> {
    const { kind, api, afterMs, waitSeconds, hangsUpAfterMs } = planned;
    await sleep(afterMs);
    const { key, body } = operation;
    switch (kind) {
      case 'post again':
        await post(operation, planned, body);
        return;
      case 'post another body':
        await post(operation, planned, { ...body, action: body.action === 'RESUME' ? 'SUSPEND' : 'RESUME' });
        return;
      case 'post another scope':
        await post(operation, planned, ofOtherScope(body));
        return;
      case 'get':
        await get(key, operationId, { api, waitSeconds, timeoutMs: hangsUpAfterMs });
        return;
      case 'cancel':
      case 'read':
        await ask({ key, call: kind, api }, { method: 'POST', path: `/${operationId}/${kind}` });
        return;
    }
  }

  async function get(
    key: string,
    operationId: string,
    { api, waitSeconds, timeoutMs }: { api: 0 | 1; waitSeconds: number; timeoutMs?: number | undefined },
  ): Promise<Told> {
    const path = `/${operationId}${waitSeconds > 0 ? `?wait=${waitSeconds}` : ''}`;
    return ask({ key, call: 'get', api }, { method: 'GET', path }, timeoutMs);
  }

  /** What the list shows of it: an end that is told there must be the one that is told everywhere. */
  async function list(operation: PlannedOperation, operationId: string, api: 0 | 1): Promise<void> {
    const { key, body } = operation;
    const sentAt = Date.now();
    const url = `${apis[api]}/v1/issuers/${ISSUER}/operations?card=${encodeURIComponent(body.issuerCardRefId)}`;
    const answer = await call('GET', url, { timeoutMs: TIMEOUT_MS }).catch(() => undefined);
    const { items = [] } = (answer?.body ?? {}) as { items?: readonly { operationId: string }[] };
    const item = items.find((listed) => listed.operationId === operationId);
    if (answer === undefined || item === undefined) return;
    told.push({ key, call: 'list', api, sentAt, answeredAt: Date.now(), status: answer.status, body: item });
  }

  async function untilFinal(operation: PlannedOperation, operationId: string): Promise<void> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (let api: 0 | 1 = 0; Date.now() < giveUpAt; api = api === 0 ? 1 : 0) {
      const { status, body } = await get(operation.key, operationId, { api, waitSeconds: WAIT_SECONDS });
      await list(operation, operationId, api);
      if (status === 200 && (body as { final: boolean }).final) return;
      if (status !== 200) await sleep(TRY_AGAIN_MS);
    }
    mishaps.push(`${operation.key}: ${operationId} has not ended`);
  }

  async function carryOutOperation(operation: PlannedOperation): Promise<void> {
    const posts = operation.posts.map(async (planned) => postUntilTaken(operation, planned));
    const operationId = await firstOf(posts);
    if (operationId !== undefined) {
      const acts = operation.acts.map(async (planned) => act(operation, operationId, planned));
      await Promise.all([untilFinal(operation, operationId), ...acts]);
    }
    await Promise.all(posts);
    onEnd();
  }

  async function carryOutLane({ card, steps }: Lane): Promise<void> {
    const underWay: Promise<void>[] = [];
    for (const step of steps) {
      if (step.kind !== 'operation') {
        await atTheHub(step, card.issuerCardRefId);
        await sleep(step.thenMs);
        continue;
      }
      const carriedOut = carryOutOperation(step);
      underWay.push(carriedOut);
      if (step.next === 'when final') await carriedOut;
      else await sleep(step.next.afterMs);
    }
    await Promise.all(underWay);
  }

  return {
    told,
    mishaps,
    async carryOut({ lanes }) {
      const startedAt = Date.now();
      const underWay = new Set<Promise<void>>();
      for (const lane of lanes) {
        await sleep(Math.max(0, startedAt + lane.startsAfterMs - Date.now()));
        while (underWay.size >= MOST_LANES) await Promise.race(underWay);
        const carriedOut = carryOutLane(lane).finally(() => underWay.delete(carriedOut));
        underWay.add(carriedOut);
      }
      await Promise.all(underWay);
    },
  };
}

/** The same action on the whole card instead of one token, or the other way round. */
function ofOtherScope({ virtualCardId, ...body }: OperationBody): OperationBody {
  return virtualCardId === undefined ? { ...body, virtualCardId: `${body.issuerCardRefId}-t` } : body;
}

/** The first of them that comes to something; undefined when none does. */
async function firstOf<T>(attempts: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  const successes = attempts.map(async (attempt) => {
    const value = await attempt;
    if (value === undefined) throw new Error('came to nothing');
    return value;
  });
  return Promise.any(successes).catch(() => undefined);
}
