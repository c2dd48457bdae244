import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { beginStanding, toSubject } from '../../../src/domain/late/index.js';
import type { TokenRequest } from '../../../src/domain/token/index.js';
import { ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import { createLateBasisLookUp } from '../../../src/temporal/operations/closed-operation.js';
import type { Gateway } from '../../../src/application/gateway.js';
import { toTokenOperationStart } from '../../../src/temporal/operations/start-options.js';
import { createTemporalGateway } from '../../../src/temporal/temporal-gateway.js';
import { aChange, aRequest, SECOND } from '../../support/builders.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { patientCallsOn } from '../../support/temporal/gateway.js';
import { createPlacing } from '../../support/listed-operations.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);

const ISSUER = 'ISSUER1234';

function createGateway(taskQueue: string): Gateway {
  const policy = { readIntervalMs: SECOND, confirmByReading: 'never' } as const;
  return createTemporalGateway(
    env.client,
    {
      taskQueue,
      policy,
      hubTimeoutMs: SECOND,
      foreignQuietMs: SECOND,
      lateQuietMs: SECOND,
      renewalQuietMs: SECOND,
    },
    { calls: patientCallsOn(env.client) },
  );
}

/** Starts an operation that no worker of ours works on. */
async function begin(taskQueue: string, timeoutMs?: number): Promise<TokenRequest> {
  const request = aRequest({ correlationId: `op-${randomUUID()}`, requestedAt: Date.now() });
  const options = toTokenOperationStart({
    request,
    policy: { readIntervalMs: SECOND, confirmByReading: 'never' },
    hubTimeoutMs: SECOND,
    fingerprint: 'v1:test',
    taskQueue,
  });
  await env.client.workflow.start('tokenOperation', {
    ...options,
    ...(timeoutMs !== undefined && { workflowExecutionTimeout: timeoutMs }),
  });
  return request;
}

/** Answers the first task of a workflow as a worker with a bug would: the run has failed. */
async function failFirstTask(taskQueue: string): Promise<void> {
  const { workflowService } = env.client;
  const { namespace } = env.client.options;
  const { taskToken } = await env.client.connection.withDeadline(Date.now() + 20 * SECOND, async () =>
    workflowService.pollWorkflowTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      identity: 'a worker with a bug',
    }),
  );
  await workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    identity: 'a worker with a bug',
    commands: [
      {
        // COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION
        commandType: 5,
        failWorkflowExecutionCommandAttributes: { failure: { message: 'a bug' } },
      },
    ],
  });
}

const ENDS: Readonly<Record<string, (taskQueue: string) => Promise<TokenRequest>>> = {
  TERMINATED: async (taskQueue) => {
    const request = await begin(taskQueue);
    await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, request.correlationId)).terminate('by hand');
    return request;
  },
  FAILED: async (taskQueue) => {
    const request = await begin(taskQueue);
    await failFirstTask(taskQueue);
    return request;
  },
  TIMED_OUT: async (taskQueue) => begin(taskQueue, SECOND),
};

describe('an owner that closed without a result', () => {
  it.each(Object.entries(ENDS))(
    '(%s) reads, from memo and search attributes, as UNKNOWN, final, evidence NONE, attention TERMINATED',
    async (name, toEnd) => {
      const taskQueue = `nobody-${randomUUID()}`;
      const request = await toEnd(taskQueue);
      const owner = env.client.workflow.getHandle(ownerWorkflowId(ISSUER, request.correlationId));
      await eventually(
        async () => (await owner.describe()).status.name,
        (status) => status === name,
      );
      const ref = { issuerId: ISSUER, operationId: request.correlationId };
      expect(await createGateway(taskQueue).describeOperation(ref)).toMatchObject({
        ...ref,
        status: 'UNKNOWN',
        effectiveStatus: 'UNKNOWN',
        final: true,
        evidence: 'NONE',
        attention: 'TERMINATED',
        action: 'SUSPEND',
        issuerCardRefId: 'card-1',
        virtualCardId: 'token-1',
        requestedAt: new Date(request.requestedAt).toISOString(),
        hardDeadlineAt: new Date(request.hardDeadlineAt).toISOString(),
      });
    },
  );
});

describe('what came late', () => {
  it('is looked for by one question, and listed only if there is something', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const gateway = createGateway(taskQueue);
    const hub = createFakeHub();
    await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
      const { correlationId } = await begin(taskQueue);
      const ref = { issuerId: ISSUER, operationId: correlationId };
      await gateway.deliver(ISSUER, aChange({ correlationId }));
      await gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      const listed = jest.spyOn(env.client.workflow, 'list');
      expect(await gateway.describeOperation(ref)).toMatchObject({ status: 'CONFIRMED', late: [] });
      expect(listed).not.toHaveBeenCalled();
      await gateway.deliver(ISSUER, aChange({ correlationId, errorCode: 231 }));
      expect((await gateway.describeOperation(ref))?.late).toHaveLength(1);
      expect(listed).toHaveBeenCalled();
      listed.mockRestore();
    });
  });

  it('is judged by the result of the owner and by all that earlier runs have kept, in order', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const gateway = createGateway(taskQueue);
    const { activities } = createFakeHub();
    const findLateBasis = createLateBasisLookUp(env.client, patientCallsOn(env.client));
    await withWorker(env, { taskQueue, activities }, async () => {
      const { correlationId } = await begin(taskQueue);
      await gateway.deliver(ISSUER, aChange({ correlationId }));
      const owner = env.client.workflow.getHandle(ownerWorkflowId(ISSUER, correlationId));
      const report = await owner.result();
      await gateway.deliver(ISSUER, aChange({ correlationId, errorCode: 221 }));
      const asked = { issuerId: ISSUER, correlationId, runId: 'the next run' };
      // As the activity, it is asked again when an earlier run does not answer in time.
      const basis = await eventually(
        async () => findLateBasis(asked).catch((error: unknown) => ({ kind: 'not told', error })),
        ({ kind }) => kind !== 'not told',
      );
      expect(basis).toMatchObject({
        kind: 'operation',
        subject: toSubject(report),
        standing: { ...beginStanding(report), heard: [{}, {}], device: 'NOT_REACHED' },
      });
    });
  });
});

it('the same callback of two issuers is of two owners: each issuer has its own ids', async () => {
  const gateway = createGateway(`nobody-${randomUUID()}`);
  const correlationId = randomUUID();
  for (const issuerId of [ISSUER, 'ISSUER5678']) await gateway.deliver(issuerId, aChange({ correlationId }));
  for (const issuerId of [ISSUER, 'ISSUER5678']) {
    const { events } = await env.client.workflow
      .getHandle(ownerWorkflowId(issuerId, correlationId))
      .fetchHistory();
    const signals = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes);
    expect(signals).toHaveLength(1);
  }
});

it('callbacks come to every owner by one signal, and to a running one of any type', async () => {
  const taskQueue = `nobody-${randomUUID()}`;
  const gateway = createGateway(taskQueue);
  const { correlationId } = await begin(taskQueue);
  const owner = env.client.workflow.getHandle(ownerWorkflowId(ISSUER, correlationId));
  const signalsOf = async (workflowId: string) =>
    ((await env.client.workflow.getHandle(workflowId).fetchHistory()).events ?? []).flatMap(
      ({ workflowExecutionSignaledEventAttributes: signaled }) => signaled?.signalName ?? [],
    );
  await gateway.deliver(ISSUER, aChange({ correlationId }));
  expect((await owner.describe()).type).toBe('tokenOperation');
  expect(await signalsOf(owner.workflowId)).toEqual(['virtualCardChanged']);
  await owner.terminate();
  await gateway.deliver(ISSUER, aChange({ correlationId }));
  expect(await signalsOf(`late/${ISSUER}/${correlationId}`)).toEqual(['virtualCardChanged']);
  const onCard = await createPlacing(env.client)({ scope: 'CARD' });
  await gateway.deliver(ISSUER, aChange({ correlationId: onCard.operationId }));
  expect(await signalsOf(ownerWorkflowId(ISSUER, onCard.operationId))).toEqual(['virtualCardChanged']);
  const foreign = randomUUID();
  await gateway.deliver(ISSUER, aChange({ correlationId: foreign }));
  expect(await signalsOf(ownerWorkflowId(ISSUER, foreign))).toEqual(['virtualCardChanged']);
});
