import { setTimeout as sleep } from 'node:timers/promises';

import { call } from '../support/processes/http-client.js';
import { until } from '../support/processes/processes.js';
import { ISSUER, type Stack } from '../support/processes/stack.js';
import { check, type Violation } from './check/index.js';
import { createClients, type Clients } from './clients.js';
import { control, startInstallation, type Installation } from './installation.js';
import { carryOut, planKills } from './kills.js';
import type { Coming, HubRecord, Outage, Records, ShownOperation, ShownRenewals } from './records.js';
import { fetchStored } from './stored.js';
import { operationsOf, planWorkload, type AtTheHub, type Workload } from './workload.js';

export interface RunOptions {
  readonly seed: number;
  readonly operations: number;
  readonly kills: boolean;
  /** Called now and then with the number of operations that have ended. */
  readonly onProgress?: (ended: number) => void;
}

export interface RunResult {
  readonly records: Records;
  readonly violations: readonly Violation[];
  readonly lostAnswers: number;
  readonly tookMs: number;
}

/** The share of tokens whose names select a misbehaviour; the rest misbehaves as the hub's own seed plans it. */
const NAMED_WITH_SEED = 0.15;
const DRAIN_LIMIT_MS = 150_000;
const SHOWN_LIMIT_MS = 60_000;

/** One seed from start to end: clients, hub, kills, and what the three records say of it. */
export async function runSeed({ seed, operations, kills, onProgress }: RunOptions): Promise<RunResult> {
  const startedAt = Date.now();
  const installation = await startInstallation(seed);
  try {
    const workload = planWorkload(seed, { operations, named: NAMED_WITH_SEED });
    await prepareHub(installation.stack, workload);
    let ended = 0;
    const comings: Coming[] = [];
    const clients = createClients({
      apis: installation.apis,
      atTheHub: async (step, issuerCardRefId) => {
        const coming = await doAtTheHub(installation.stack, step, issuerCardRefId);
        if (coming !== undefined) comings.push(coming);
      },
      onEnd: () => onProgress?.((ended += 1)),
    });
    const overMs = Math.max(...workload.lanes.map(({ startsAfterMs }) => startsAfterMs)) + 5_000;
    const [outages] = await Promise.all([
      kills ? carryOut(planKills(seed, { overMs }), installation) : [],
      clients.carryOut(workload),
    ]);
    const records = await collect(installation, { workload, clients, comings, outages });
    return {
      records,
      violations: check(records),
      lostAnswers: installation.lostAnswers(),
      tookMs: Date.now() - startedAt,
    };
  } finally {
    await installation.stop();
  }
}

async function prepareHub(stack: Stack, { seed, lanes }: Workload): Promise<void> {
  for (const { card } of lanes) await stack.simulator.putCard(card.issuerCardRefId, card.tokens);
  await control(stack, 'PUT', '/seed', { seed });
}

/** Has the hub do what nobody asks the service for. Answers with the token that has come or gone. */
async function doAtTheHub(
  stack: Stack,
  step: AtTheHub,
  issuerCardRefId: string,
): Promise<Coming | undefined> {
  const card = `/cards/${issuerCardRefId}`;
  const from = Date.now();
  switch (step.kind) {
    case 'outside': {
      const { virtualCardId, kind: _kind, thenMs: _thenMs, ...change } = step;
      await control(stack, 'POST', `/tokens/${virtualCardId}/change`, change);
      return undefined;
    }
    case 'renew':
      await control(stack, 'POST', `${card}/renew`, { correlationId: step.correlationId });
      return undefined;
    case 'add': {
      const { virtualCardId, status } = step.token;
      await control(stack, 'POST', `${card}/tokens`, step.token);
      return { issuerCardRefId, virtualCardId, status, from, to: Date.now() };
    }
    case 'remove': {
      const { virtualCardId } = step;
      const isGone = await control(stack, 'DELETE', `${card}/tokens/${virtualCardId}`);
      return isGone ? { issuerCardRefId, virtualCardId, status: 'REMOVED', from, to: Date.now() } : undefined;
    }
  }
}

/** The three records, taken once the hub has nothing left to say. */
async function collect(
  installation: Installation,
  {
    workload,
    clients,
    comings,
    outages,
  }: { workload: Workload; clients: Clients; comings: readonly Coming[]; outages: Outage[] },
): Promise<Records> {
  const { stack, apis } = installation;
  const undelivered = await untilDrained(stack);
  const ids = operationIdsOf(clients);
  const operations = new Map<string, ShownOperation>();
  for (const [key, operationId] of ids) {
    for (const api of [0, 1] as const) {
      const shown = await untilWhole<ShownOperation>(
        `${apis[api]}/v1/issuers/${ISSUER}/operations/${operationId}`,
      );
      clients.told.push({ key, call: 'get', api, ...shown });
      if (shown.status === 200 && shown.body !== undefined) operations.set(operationId, shown.body);
    }
  }
  const hub = await fetchHubRecord(stack);
  return {
    workload,
    told: clients.told,
    hub,
    operations,
    ...(await fetchStored(stack.temporal.address)),
    renewals: await fetchRenewals(apis, workload),
    comings,
    outages,
    mishaps: [...clients.mishaps, ...installation.deserters(), ...undelivered, ...missingOf(workload, ids)],
  };
}

/** Of every card that somebody renewed, what both processes know. */
async function fetchRenewals(apis: Installation['apis'], { lanes }: Workload): Promise<ShownRenewals[]> {
  const renewals: ShownRenewals[] = [];
  for (const { card, steps } of lanes) {
    if (!steps.some(({ kind }) => kind === 'renew')) continue;
    const { issuerCardRefId } = card;
    for (const api of [0, 1] as const) {
      const { status, body } = await untilWhole<ShownRenewals['body'] & object>(
        `${apis[api]}/v1/issuers/${ISSUER}/cards/${issuerCardRefId}/renewals`,
      );
      renewals.push({ issuerCardRefId, api, status, ...(body !== undefined && { body }) });
    }
  }
  return renewals;
}

function missingOf(workload: Workload, ids: ReadonlyMap<string, string>): string[] {
  const planned = workload.lanes.flatMap(operationsOf).map(({ key }) => key);
  return planned.filter((key) => !ids.has(key)).map((key) => `${key}: nobody knows its operation`);
}

function operationIdsOf({ told }: Clients): Map<string, string> {
  const ids = new Map<string, string>();
  for (const { key, call: kind, status, body } of told) {
    const isTaken = kind === 'post' && (status === 200 || status === 202);
    if (isTaken && !ids.has(key)) ids.set(key, (body as ShownOperation).operationId);
  }
  return ids;
}

/** Waits until every callback has been delivered; answers what is left when it never is. */
async function untilDrained({ simulator }: Stack): Promise<string[]> {
  const health = async () => {
    const { body } = await call('GET', `${simulator.url}/_simulator/health`);
    return body as { pendingOperations: number; pendingCallbacks: number };
  };
  const isDrained = (seen: Awaited<ReturnType<typeof health>>): boolean =>
    seen.pendingOperations === 0 && seen.pendingCallbacks === 0;
  try {
    await until(health, isDrained, DRAIN_LIMIT_MS);
    return [];
  } catch (error) {
    return [`the hub cannot deliver its callbacks: ${String(error)}`];
  }
}

/** An answer with everything that is known; `partial` says that no worker answered in time. */
async function untilWhole<T extends { readonly partial?: true }>(url: string) {
  const giveUpAt = Date.now() + SHOWN_LIMIT_MS;
  for (;;) {
    const sentAt = Date.now();
    const answer = await call('GET', url).catch(() => undefined);
    const body = answer?.body as T | undefined;
    const isWhole = answer?.status === 200 && body?.partial === undefined;
    if (isWhole || Date.now() > giveUpAt) {
      return { sentAt, answeredAt: Date.now(), status: answer?.status ?? null, body };
    }
    await sleep(200);
  }
}

async function fetchHubRecord({ simulator }: Stack): Promise<HubRecord> {
  const list = async <T>(name: string): Promise<T[]> => {
    const { body } = await call('GET', `${simulator.url}/_simulator/${name}`);
    const { items, forgotten } = body as { items: T[]; forgotten: number };
    if (forgotten > 0)
      throw new Error(`the simulator has forgotten ${forgotten} ${name}: take fewer operations`);
    return items;
  };
  return {
    effects: await list('effects'),
    requests: await list('requests'),
    callbacks: await list('callbacks'),
    plans: await list('plans'),
  };
}
