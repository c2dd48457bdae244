// A run takes only so many signals (10,000 unless the server is told otherwise); here it is told 50.
import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ForeignChange } from '../../../src/domain/unsolicited/foreign-change.js';
import { ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import { GatewayUnavailableError } from '../../../src/application/gateway.js';
import { aChange } from '../../support/builders.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { aPatientGateway } from '../../support/temporal/gateway.js';
import { startOwnTemporal, withWorker } from '../../support/temporal/temporal.js';

const MOST_SIGNALS = 50;
const ISSUER = 'ISSUER1234';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  const limit = `history.maximumSignalsPerExecution=${MOST_SIGNALS}`;
  env = await startOwnTemporal(['--dynamic-config-value', limit]);
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);

it('I1: keeps what a full run has taken while no worker runs, and does not say that it has taken more', async () => {
  const taskQueue = `test-${randomUUID()}`;
  const gateway = aPatientGateway(env.client, { taskQueue });
  const correlationId = `outside-${randomUUID()}`;
  const deliver = async (index: number): Promise<void> =>
    gateway.deliver(ISSUER, aChange({ correlationId, virtualCardId: `token-${index}` }));
  for (let index = 0; index < MOST_SIGNALS; index += 1) await deliver(index);
  await expect(deliver(MOST_SIGNALS)).rejects.toThrow(GatewayUnavailableError);

  await withWorker(env, { taskQueue, activities: createFakeHub().activities }, async () => {
    const owner = env.client.workflow.getHandle(ownerWorkflowId(ISSUER, correlationId));
    const foreign = (await owner.result()) as ForeignChange;
    expect(foreign.tokens).toHaveLength(MOST_SIGNALS);
    // What was refused is sent again by the hub, and then has a place.
    await deliver(MOST_SIGNALS);
  });
});
