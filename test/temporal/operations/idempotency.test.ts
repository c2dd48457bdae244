// The edges of "one accepted request has one effect": who holds an id, and what counts as the same request.
import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import {
  GatewayUnavailableError,
  type Gateway,
  type StartRequest,
} from '../../../src/application/gateway.js';
import { toOperationId } from '../../../src/temporal/operations/operation-id.js';
import { aChange, SECOND } from '../../support/builders.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { aGateway, aPatientGateway } from '../../support/temporal/gateway.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const ISSUER = 'ISSUER1234';
const BODY = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' } as const;

function createGateway(taskQueue: string): Gateway {
  return aGateway(env.client, { taskQueue });
}

/** No worker is needed where only ids matter. */
const nobody = (): string => `nobody-${randomUUID()}`;

function aStart(overrides: Partial<StartRequest> = {}): StartRequest {
  return {
    issuerId: ISSUER,
    caller: '',
    idempotencyKey: randomUUID(),
    body: BODY,
    ...BODY,
    softDeadlineSeconds: 20,
    hardDeadlineSeconds: 40,
    ...overrides,
  };
}

function idOf({ issuerId, caller, idempotencyKey }: StartRequest, n = 0): string {
  return toOperationId({ issuerId, caller, idempotencyKey, n });
}

/** A foreign change that happens to carry the n-th id of this request. */
async function takeIds(gateway: Gateway, request: StartRequest, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await gateway.deliver(ISSUER, aChange({ correlationId: idOf(request, n) }));
  }
}

describe('I2: a key', () => {
  it('is refused when its id is a running operation on all tokens of a card, and nothing is started', async () => {
    const gateway = createGateway(nobody());
    const request = aStart();
    const workflowId = ownerWorkflowId(ISSUER, idOf(request));
    await env.client.workflow.start('cardOperation', { workflowId, taskQueue: nobody(), args: [] });
    expect(await gateway.startOperation(request)).toEqual({ kind: 'key-reused' });
    const ref = { issuerId: ISSUER, operationId: idOf(request) };
    expect(await gateway.describeOperation(ref)).toBeUndefined();
  });

  it('is refused when its id is held by a workflow of another kind', async () => {
    const gateway = createGateway(nobody());
    const request = aStart();
    const workflowId = ownerWorkflowId(ISSUER, idOf(request));
    await env.client.workflow.start('cardRequest', { workflowId, taskQueue: nobody(), args: [] });
    expect(await gateway.startOperation(request)).toEqual({ kind: 'key-reused' });
  });

  it('means another operation for another issuer and for another caller', async () => {
    const gateway = createGateway(nobody());
    const request = aStart();
    const others = [request, { ...request, issuerId: 'ISSUER5678' }, { ...request, caller: 'fraud' }];
    const results = await Promise.all(others.map(async (other) => gateway.startOperation(other)));
    expect(results.map(({ kind }) => kind)).toEqual(['started', 'started', 'started']);
    const ids = results.map((result) => (result.kind === 'started' ? result.operation.operationId : ''));
    expect(new Set(ids).size).toBe(3);
  });

  it.each([1, 2])(
    'whose first %d ids are held by foreign changes takes the next, and finds it again',
    async (taken) => {
      const gateway = createGateway(nobody());
      const request = aStart();
      await takeIds(gateway, request, taken);
      const operation = { operationId: idOf(request, taken), attention: 'ID_TAKEN' };
      expect(await gateway.startOperation(request)).toMatchObject({ kind: 'started', operation });
      expect(await gateway.startOperation(request)).toMatchObject({ kind: 'found', operation });
      const other = { ...request, body: { ...BODY, action: 'DELETE' } };
      expect(await gateway.startOperation(other)).toEqual({ kind: 'key-reused' });
    },
  );

  it('whose three ids are all held by foreign changes is not accepted, and no fourth is tried', async () => {
    const gateway = createGateway(nobody());
    const request = aStart();
    await takeIds(gateway, request, 3);
    await expect(gateway.startOperation(request)).rejects.toThrow(GatewayUnavailableError);
    const ref = { issuerId: ISSUER, operationId: idOf(request, 3) };
    expect(await gateway.describeOperation(ref)).toBeUndefined();
  });
});

describe('I2: the same request', () => {
  it('finds its operation after other defaults were configured, with the deadlines of the first time', async () => {
    const taskQueue = nobody();
    const request = aStart();
    const first = await createGateway(taskQueue).startOperation(request);
    if (first.kind !== 'started') throw new Error(`it was ${first.kind}`);
    const { softDeadlineAt, hardDeadlineAt } = first.operation;
    const changed = { ...request, softDeadlineSeconds: 600, hardDeadlineSeconds: 1_200 };
    expect(await createGateway(taskQueue).startOperation(changed)).toMatchObject({
      kind: 'found',
      operation: { operationId: first.operation.operationId, softDeadlineAt, hardDeadlineAt },
    });
  });

  it('finds its operation after its end, also one that somebody terminated, and the hub hears nothing more', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const hub = createFakeHub();
    await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
      const gateway = aPatientGateway(env.client, { taskQueue });
      const [confirmed, terminated] = [aStart(), aStart()];
      for (const request of [confirmed, terminated]) await gateway.startOperation(request);
      // A callback that is faster than the sending ends it.
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 2,
      );
      await gateway.deliver(ISSUER, aChange({ correlationId: idOf(confirmed) }));
      const ref = { issuerId: ISSUER, operationId: idOf(confirmed) };
      await gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, idOf(terminated))).terminate('by hand');
      const sentBefore = hub.sent.length;
      expect(await gateway.startOperation(confirmed)).toMatchObject({
        kind: 'found',
        operation: { status: 'CONFIRMED', final: true, attempts: 1 },
      });
      expect(await gateway.startOperation(terminated)).toMatchObject({
        kind: 'found',
        operation: { status: 'UNKNOWN', final: true, attention: 'TERMINATED' },
      });
      expect(hub.sent).toHaveLength(sentBefore);
    });
  });
});
