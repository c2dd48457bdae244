// Thousands of callbacks about one correlation id, over HTTP: one outcome, histories that stay short, nothing lost.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';

import type { ForeignChange } from '../../src/domain/unsolicited/foreign-change.js';
import type { OperationView } from '../../src/domain/report/report.js';
import { lateWorkflowId, ownerWorkflowId } from '../../src/contract/workflow-ids.js';
import { storm, type StormCallback, type StormResult } from '../support/crowd.js';
import { fetchChain, type ChainedRun } from '../support/temporal/histories.js';
import { until, withOutput } from '../support/processes/processes.js';
import { aToken, type TokenAddress } from '../support/processes/simulator-client.js';
import { ISSUER, startStack, type Service, type Stack } from '../support/processes/stack.js';

/** A run takes 1,000 signals, with at most three events around each, and what arrives while it hands over. */
const MOST_EVENTS_OF_A_RUN = 4_000;
const CONNECTIONS = 50;
/** So many copies reach Temporal one by one; of 10,000 others many share a call. docs/performance.md has the numbers. */
const COPIES_TO_TEMPORAL = Number(process.env['LCM_TEST_STORM_COPIES'] ?? 2_000);

let stack: Stack;
let service: Service;
let client: Client;
beforeAll(async () => {
  stack = await startStack();
  const variables = {
    // A line for each of thousands of requests would be most of what is measured.
    LCM_LOG_LEVEL: 'error',
    LCM_FOREIGN_QUIET_SECONDS: '6',
    LCM_LATE_QUIET_SECONDS: '60',
  };
  service = await stack.service({ variables });
  client = new Client({ connection: await Connection.connect({ address: stack.temporal.address }) });
}, 120_000);
afterAll(async () => {
  await client?.connection.close();
  await stack?.stop();
}, 120_000);
jest.setTimeout(480_000);

/** Other tokens, each with a callback of its own under this correlation id. */
function differentOnes(correlationId: string, name: string): StormCallback[] {
  return Array.from({ length: 2_000 }, (_, index) => ({
    correlationId,
    body: { virtualCardId: `${name}-${index}`, action: 'SUSPEND' },
  }));
}

/**
 * Copies that differ in a field that is no part of the duplicate key: identical ones share calls, and would not all reach
 * Temporal.
 */
function copiesOf({ correlationId, body }: StormCallback, count: number): StormCallback[] {
  return Array.from({ length: count }, (_, index) => ({
    correlationId,
    body: { ...(body as object), source: `COPY-${index}` },
  }));
}

/** The second list spread evenly over the first. */
function mixed<T>(many: readonly T[], few: readonly T[]): T[] {
  const step = Math.ceil(many.length / few.length);
  return few.flatMap((item, index) => [...many.slice(index * step, (index + 1) * step), item]);
}

async function send(callbacks: readonly StormCallback[]): Promise<StormResult> {
  return storm(service.callbackUrl, callbacks, { issuerId: ISSUER, connections: CONNECTIONS });
}

function signalsIn(chain: readonly ChainedRun[]): number {
  return chain.reduce((sum, { types }) => sum + (types['WORKFLOW_EXECUTION_SIGNALED'] ?? 0), 0);
}

function expectShortRuns(chain: readonly ChainedRun[], { atLeast }: { atLeast: number }): void {
  expect(chain.length).toBeGreaterThanOrEqual(atLeast);
  for (const { events } of chain) expect(events).toBeLessThan(MOST_EVENTS_OF_A_RUN);
}

/** Every callback that an operation has taken is one of these, once. */
function accountedFor({ duplicates, unexpected, conflicts, late, omitted = 0 }: OperationView): number {
  // An entry without a change says how many were left out, which `omitted` counts.
  const lateOnes = late.filter(({ kind, change }) => kind !== 'duplicate' && change !== undefined).length;
  return duplicates + unexpected.length + conflicts.length + lateOnes + omitted;
}

/** What the numbers in docs/performance.md are taken from. */
function note(what: string, { tookMs, postponed }: StormResult, chain: readonly ChainedRun[]): void {
  if (process.env['LCM_TEST_SHOW_NUMBERS'] === undefined) return;
  const events = chain.map((run) => run.events).join(' ');
  const bytes = Math.max(...chain.map((run) => run.bytes));
  process.stderr.write(`${what}: ${tookMs} ms, ${postponed} postponed; events ${events}; ${bytes} bytes\n`);
}

describe('a storm on one operation', () => {
  let token: TokenAddress;
  let operationId: string;
  let settled: OperationView;
  const own = (body: object): StormCallback => ({
    correlationId: operationId,
    body: { ...token, action: 'SUSPEND', ...body },
  });
  beforeAll(async () => {
    const issuerCardRefId = `card-${randomUUID().slice(0, 8)}`;
    token = { issuerCardRefId, virtualCardId: `${issuerCardRefId}-silent` };
    // The readings of this card fail, so the operation stays in doubt for as long as the storm takes.
    const tokens = [token.virtualCardId, `${issuerCardRefId}-info-fails`];
    await stack.simulator.putCard(
      issuerCardRefId,
      tokens.map((virtualCardId) => ({ virtualCardId })),
    );
    ({ operationId } = await service.start({ action: 'SUSPEND', ...token }));
    await until(
      async () => (await service.operation(operationId)).status,
      (status) => status === 'AWAITING_CALLBACK',
    );
  }, 120_000);

  it(
    'I1, I2: takes 10,000 copies and 2,000 different ones while it waits, in short runs, and sends nothing again',
    withOutput(async () => {
      const doubt = own({ errorCode: 221 });
      const all = mixed(copiesOf(doubt, COPIES_TO_TEMPORAL), differentOnes(operationId, 'other'));
      const [plain, result, other] = await Promise.all([
        send(Array.from({ length: 10_000 }, () => doubt)),
        send(all),
        askMeanwhile(),
      ]);
      expect([plain.stored, result.stored]).toEqual([10_000, all.length]);
      expect(other).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 1 });

      const { chain, seen: running } = await untilAccounted(
        ownerWorkflowId(ISSUER, operationId),
        // The doubt itself is shown as what the operation is about.
        (seen, signals) => 1 + accountedFor(seen) === signals,
      );
      note('while it waits', result, chain);
      expect(signalsIn(chain)).toBeGreaterThanOrEqual(all.length);
      expect(running).toMatchObject({ final: false, device: 'NOT_REACHED', attempts: 1 });
      expect(running.duplicates).toBeGreaterThanOrEqual(COPIES_TO_TEMPORAL);
      expectShortRuns(chain, { atLeast: 3 });

      await service.callBack(operationId, own({}).body);
      settled = await service.final(operationId);
      expect(settled).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 1, late: [] });
      expect(await stack.simulator.updates(operationId)).toHaveLength(1);
    }),
  );

  it(
    'I1, I5: takes as many after it has closed, counts what it does not keep, and its outcome stays',
    withOutput(async () => {
      const plain = await send(Array.from({ length: 10_000 }, () => own({})));
      const all = mixed(copiesOf(own({}), COPIES_TO_TEMPORAL / 2), differentOnes(operationId, 'late'));
      const result = await send(all);
      expect([plain.stored, result.stored]).toEqual([10_000, all.length]);

      const { chain, seen } = await untilAccounted(
        lateWorkflowId(ISSUER, operationId),
        (view, signals) => accountedFor(view) - accountedFor(settled) === signals,
      );
      note('after it closed', result, chain);
      expect(signalsIn(chain)).toBeGreaterThanOrEqual(all.length);
      expectShortRuns(chain, { atLeast: 2 });
      // What is not kept has not been compared with anything, so a person has to look (docs/decisions, record 7).
      expect(seen).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'CALLBACK',
        effectiveStatus: 'UNKNOWN',
        attention: 'CONFLICT',
      });
      expect(seen.late.length).toBeLessThanOrEqual(200);
    }),
  );

  /**
   * The runs of a storm, once the operation accounts for each of their callbacks: one may be stored a good while after it was
   * answered 503 for not having been stored in time.
   */
  async function untilAccounted(
    workflowId: string,
    isAll: (seen: OperationView, signals: number) => boolean,
  ): Promise<{ chain: ChainedRun[]; seen: OperationView }> {
    return until(
      async () => {
        const chain = await fetchChain(client, workflowId);
        return { chain, seen: await service.operation(operationId) };
      },
      ({ chain, seen }) => isAll(seen, signalsIn(chain)),
      120_000,
    );
  }

  /** A moment into the storm, somebody else's operation, from its request to its end. */
  async function askMeanwhile(): Promise<OperationView> {
    await sleep(3_000);
    const someone = await aToken(stack.simulator);
    const startedAt = performance.now();
    const operation = await service.start({ action: 'SUSPEND', ...someone }, { waitSeconds: 60 });
    expect(performance.now() - startedAt).toBeLessThan(40_000);
    return operation;
  }
});

describe('a storm on a correlation id that nobody knows', () => {
  it(
    'I1, I7: keeps 200 of 2,000 different tokens with their copies and counts the rest, in short runs',
    withOutput(async () => {
      const correlationId = `outside-${randomUUID()}`;
      const different = differentOnes(correlationId, 'token');
      const copies = different.slice(0, 500).flatMap((one) => copiesOf(one, 1));
      const result = await send(mixed(different, copies));
      const workflowId = ownerWorkflowId(ISSUER, correlationId);
      const foreign = (await client.workflow.getHandle(workflowId).result()) as ForeignChange;
      const chain = await fetchChain(client, workflowId);
      note('foreign', result, chain);
      const steps = foreign.tokens.flatMap(({ changes }) => changes);
      const taken = steps.reduce((sum, { repeats }) => sum + 1 + repeats, foreign.omitted);
      expect(taken).toBe(signalsIn(chain));
      expect(taken).toBeGreaterThanOrEqual(2_500);
      expect(foreign.tokens).toHaveLength(200);
      expectShortRuns(chain, { atLeast: 2 });
    }),
  );
});
