// Many operations that wait for one hub: it is spared while it is down, and not overrun when it comes back.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';

import type { OperationReport } from '../../src/domain/report/report.js';
import { ownerWorkflowId } from '../../src/contract/workflow-ids.js';
import type { RequestEntry } from '../../src/simulator/cards/journal.js';
import { toTokenOperationStart } from '../../src/temporal/operations/start-options.js';
import type { tokenOperation } from '../../workflows/index.js';
import { aPolicy, HOUR } from '../support/builders.js';
import { forEachOf } from '../support/crowd.js';
import { withOutput } from '../support/processes/processes.js';
import type { TokenAddress } from '../support/processes/simulator-client.js';
import { ISSUER, startStack, type Stack } from '../support/processes/stack.js';

/** The machines that run all tests take minutes for 2,000; docs/performance.md says what those did. */
const OPERATIONS = Number(process.env['LCM_TEST_WAITING_OPERATIONS'] ?? 200);
const REQUESTS_PER_SECOND = 20;
const HUB_TIMEOUT_MS = 10_000;
/** Long enough for several trials when all operations are there already. */
const DOWN_WHILE_ALL_WAIT_MS = 12_000;
const TRIAL_INTERVAL_MS = 5_000;
/** What may be on its way when the tenth failure opens the circuit: as many attempts as a worker has slots. */
const MOST_BEFORE_IT_OPENS = 10 + 100;

let stack: Stack;
let client: Client;
beforeAll(async () => {
  stack = await startStack();
  await stack.service({
    variables: {
      LCM_LOG_LEVEL: 'error',
      LCM_HUB_MAX_REQUESTS_PER_SECOND: String(REQUESTS_PER_SECOND),
      LCM_HUB_TIMEOUT_MS: String(HUB_TIMEOUT_MS),
    },
  });
  client = new Client({ connection: await Connection.connect({ address: stack.temporal.address }) });
}, 120_000);
afterAll(async () => {
  await client?.connection.close();
  await stack?.stop();
}, 120_000);
jest.setTimeout(240_000 + 200 * OPERATIONS);

it(
  'I2, I3: spares a hub that is down, sends everything once and within the rate when it is back, and all are confirmed',
  withOutput(async () => {
    const issuerCardRefId = `card-${randomUUID().slice(0, 8)}`;
    const tokens = Array.from({ length: OPERATIONS }, (_, index) => ({
      virtualCardId: `${issuerCardRefId}-${index}`,
    }));
    await stack.simulator.putCard(issuerCardRefId, tokens);
    const wentDownAt = Date.now();
    await stack.simulator.goDown();
    const operationIds = await startAll(tokens.map((token) => ({ issuerCardRefId, ...token })));
    const allWaitAt = Date.now();

    await sleep(DOWN_WHILE_ALL_WAIT_MS);
    const whileDown = await stack.simulator.allUpdates();
    const trials = (Date.now() - wentDownAt) / TRIAL_INTERVAL_MS;
    expect(whileDown.length).toBeLessThan(MOST_BEFORE_IT_OPENS + trials);
    const whileAllWait = whileDown.filter(({ at }) => Date.parse(at) >= allWaitAt);
    expect(whileAllWait.length).toBeLessThanOrEqual(DOWN_WHILE_ALL_WAIT_MS / TRIAL_INTERVAL_MS + 2);
    expect(whileDown.every(({ status }) => status === 503)).toBe(true);

    await stack.simulator.comeBack();
    const cameBackAt = Date.now();
    const reports = await resultsOf(operationIds);
    const tookMs = Date.now() - cameBackAt;
    for (const report of reports) expect(report).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });

    const served = (await stack.simulator.allUpdates()).slice(whileDown.length);
    const effects = await stack.simulator.effectsOnCard(issuerCardRefId);
    expect(served).toHaveLength(OPERATIONS);
    expect(new Set(effects.map(({ correlationId }) => correlationId)).size).toBe(OPERATIONS);
    expect(effects).toHaveLength(OPERATIONS);
    note({ startingMs: allWaitAt - wentDownAt, whileDown, whileAllWait, served, tookMs });
    // The hub counts when requests reach it, the limiter when they leave: a busy machine moves some into the next second.
    expect(mostInASecond(served)).toBeLessThanOrEqual(1.5 * REQUESTS_PER_SECOND);
  }),
);

/** As a service does that uses a Temporal client itself: over HTTP each start costs five calls, and takes the time of the test. */
async function startAll(tokens: readonly TokenAddress[]): Promise<string[]> {
  const correlationIds = tokens.map(() => `op-${randomUUID()}`);
  const requests = tokens.map((token, index) => ({ ...token, correlationId: correlationIds[index] ?? '' }));
  await forEachOf(requests, 20, async (request) => {
    const requestedAt = Date.now();
    await client.workflow.start<typeof tokenOperation>(
      'tokenOperation',
      toTokenOperationStart({
        request: {
          issuerId: ISSUER,
          action: 'SUSPEND',
          ...request,
          requestedAt,
          softDeadlineAt: requestedAt + HOUR,
          hardDeadlineAt: requestedAt + 2 * HOUR,
        },
        policy: aPolicy(),
        hubTimeoutMs: HUB_TIMEOUT_MS,
        fingerprint: 'v1:test',
        taskQueue: 'lcm',
      }),
    );
  });
  return correlationIds;
}

async function resultsOf(operationIds: readonly string[]): Promise<OperationReport[]> {
  const reports: OperationReport[] = [];
  await forEachOf(operationIds, 20, async (operationId) => {
    reports.push(
      (await client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId)).result()) as OperationReport,
    );
  });
  return reports;
}

function mostInASecond(requests: readonly RequestEntry[]): number {
  const times = requests.map(({ at }) => Date.parse(at));
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
}

/** What the numbers in docs/performance.md are taken from. */
function note(seen: {
  startingMs: number;
  whileDown: readonly RequestEntry[];
  whileAllWait: readonly RequestEntry[];
  served: readonly RequestEntry[];
  tookMs: number;
}): void {
  if (process.env['LCM_TEST_SHOW_NUMBERS'] === undefined) return;
  const { startingMs, whileDown, whileAllWait, served, tookMs } = seen;
  const counts = `${whileDown.length} requests while down, ${whileAllWait.length} of them while all waited`;
  process.stderr.write(
    `started in ${startingMs} ms; ${counts}; confirmed ${tookMs} ms after it was back, at most ${mostInASecond(served)} a second\n`,
  );
}
