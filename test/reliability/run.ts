import { setTimeout as sleep } from 'node:timers/promises';

import { call } from '../support/http-client.js';
import { until } from '../support/processes.js';
import { ISSUER, type Stack } from '../support/stack.js';
import { check, type Violation } from './check/index.js';
import { createClients, type Clients } from './clients.js';
import { control, startInstallation, type Installation } from './installation.js';
import { carryOut, planKills } from './kills.js';
import type { HubRecord, Outage, Records, ShownOperation } from './records.js';
import { fetchStored } from './stored.js';
import { operationsOf, planWorkload, type Workload } from './workload.js';

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
    const clients = createClients({
      apis: installation.apis,
      changeOutside: async ({ action, source, correlationId, errorCode }, virtualCardId) =>
        control(installation.stack, 'POST', `/tokens/${virtualCardId}/change`, {
          action,
          source,
          correlationId,
          ...(errorCode !== undefined && { errorCode }),
        }),
      onEnd: () => onProgress?.((ended += 1)),
    });
    const overMs = Math.max(...workload.lanes.map(({ startsAfterMs }) => startsAfterMs)) + 5_000;
    const [outages] = await Promise.all([
      kills ? carryOut(planKills(seed, { overMs }), installation) : [],
      clients.carryOut(workload),
    ]);
    const records = await collect(installation, { workload, clients, outages });
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

async function prepareHub(stack: Stack, { seed, tokens }: Workload): Promise<void> {
  for (const { issuerCardRefId, virtualCardId, status } of tokens) {
    await stack.simulator.putCard(issuerCardRefId, [{ virtualCardId, status }]);
  }
  await control(stack, 'PUT', '/seed', { seed });
}

/** The three records, taken once the hub has nothing left to say. */
async function collect(
  installation: Installation,
  { workload, clients, outages }: { workload: Workload; clients: Clients; outages: Outage[] },
): Promise<Records> {
  const { stack, apis } = installation;
  const undelivered = await untilDrained(stack);
  const ids = operationIdsOf(clients);
  const operations = new Map<string, ShownOperation>();
  for (const [key, operationId] of ids) {
    for (const api of [0, 1] as const) {
      const shown = await untilWhole(`${apis[api]}/v1/issuers/${ISSUER}/operations/${operationId}`);
      clients.told.push({ key, call: 'get', api, ...shown });
      if (shown.status === 200) operations.set(operationId, shown.body as ShownOperation);
    }
  }
  return {
    workload,
    told: clients.told,
    hub: await fetchHubRecord(stack),
    operations,
    ...(await fetchStored(stack.temporal.address)),
    outages,
    mishaps: [...clients.mishaps, ...installation.deserters(), ...undelivered, ...missingOf(workload, ids)],
  };
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

/** An operation with everything that is known of it; `partial` says that no worker answered in time. */
async function untilWhole(url: string) {
  const giveUpAt = Date.now() + SHOWN_LIMIT_MS;
  for (;;) {
    const sentAt = Date.now();
    const answer = await call('GET', url).catch(() => undefined);
    const body = answer?.body as Partial<ShownOperation> | undefined;
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
