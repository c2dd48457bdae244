import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import type { ForeignChange } from '../../../src/domain/unsolicited/foreign-change.js';
import type { LateArrivals } from '../../../src/domain/late/index.js';
import { lateWorkflowId, ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import type { Gateway } from '../../../src/application/gateway.js';
import {
  actionKey,
  attentionKey,
  cardKey,
  errorCodeKey,
  issuerKey,
  scopeKey,
  virtualCardKey,
} from '../../../src/contract/search-attributes.js';
import { aChange, SECOND } from '../../support/builders.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { aPatientGateway } from '../../support/temporal/gateway.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const ISSUER = 'ISSUER1234';
/** Long enough for a busy machine to deliver what has to come within it. */
const QUIET_MS = 6 * SECOND;

interface Outside {
  /** One that nobody here has given out. */
  readonly correlationId: string;
  /** What the hub's callbacks go through. */
  readonly gateway: Gateway;
  /** Has a worker for as long as `use` takes; what was delivered before it comes within one quiet period. */
  readonly work: <T>(use: () => Promise<T>) => Promise<T>;
}

function fromOutside(): Outside {
  const taskQueue = `test-${randomUUID()}`;
  const { activities } = createFakeHub();
  return {
    correlationId: `outside-${randomUUID()}`,
    gateway: aPatientGateway(env.client, { taskQueue, foreignQuietMs: QUIET_MS, lateQuietMs: QUIET_MS }),
    work: async (use) => withWorker(env, { taskQueue, activities }, use),
  };
}

async function deliverAll(gateway: Gateway, changes: readonly VirtualCardChange[]): Promise<void> {
  for (const change of changes) await gateway.deliver(ISSUER, change);
}

const handleOf = (workflowId: string) => env.client.workflow.getHandle(workflowId);

it('I7: shows per token what happened, in order and with its source, and a repeat as a repeat', async () => {
  const { gateway, correlationId, work } = fromOutside();
  const at = (second: number) => `2026-11-22T10:00:0${second}.000Z`;
  const apple = {
    correlationId,
    virtualCardId: 'apple',
    issuerCardRefId: 'card-1',
    walletProviderId: 'APPLE_PAY',
  };
  const google = { correlationId, virtualCardId: 'google', issuerCardRefId: 'card-1' };
  await deliverAll(gateway, [
    aChange({ ...apple, action: 'SUSPEND', source: 'WALLET', receivedAt: at(1) }),
    aChange({ ...google, action: 'SUSPEND', source: 'CARDHOLDER', errorCode: 221, receivedAt: at(2) }),
    aChange({ ...apple, action: 'RESUME', source: 'TSP', receivedAt: at(3) }),
    aChange({ ...apple, action: 'SUSPEND', source: 'WALLET', receivedAt: at(4) }),
    aChange({ ...apple, action: 'SUSPEND', source: 'WALLET', receivedAt: at(5) }),
    aChange({ ...google, action: 'SUSPEND', source: 'CARDHOLDER', receivedAt: at(5) }),
    aChange({ ...apple, action: 'DELETE', source: 'TSP', receivedAt: at(6) }),
  ]);
  const owner = handleOf(ownerWorkflowId(ISSUER, correlationId));
  const foreign = (await work(async () => owner.result())) as ForeignChange;
  expect(foreign).toMatchObject({ issuerId: ISSUER, correlationId, omitted: 0, cardDataSeen: false });
  expect(foreign.tokens).toMatchObject([
    {
      virtualCardId: 'apple',
      issuerCardRefId: 'card-1',
      walletProviderId: 'APPLE_PAY',
      changes: [
        { action: 'SUSPEND', source: 'WALLET', firstAt: at(1), repeats: 0 },
        { action: 'RESUME', source: 'TSP', firstAt: at(3), repeats: 0 },
        { action: 'SUSPEND', source: 'WALLET', firstAt: at(4), lastAt: at(5), repeats: 1 },
        { action: 'DELETE', source: 'TSP', firstAt: at(6), repeats: 0 },
      ],
    },
    {
      virtualCardId: 'google',
      changes: [
        { action: 'SUSPEND', source: 'CARDHOLDER', errorCode: 221, firstAt: at(2) },
        { action: 'SUSPEND', source: 'CARDHOLDER', firstAt: at(5) },
      ],
    },
  ]);
  expect(foreign.tokens[1]?.changes[1]).not.toHaveProperty('errorCode');
});

it('I1: takes a sister token that comes within the quiet period, and keeps one that comes after it under late/…', async () => {
  const { gateway, correlationId, work } = fromOutside();
  await work(async () => {
    const sister = (virtualCardId: string) => aChange({ correlationId, virtualCardId, source: 'TSP' });
    await gateway.deliver(ISSUER, sister('first'));
    await new Promise((wake) => setTimeout(wake, SECOND));
    await gateway.deliver(ISSUER, sister('within'));
    const owner = handleOf(ownerWorkflowId(ISSUER, correlationId));
    const foreign = (await owner.result()) as ForeignChange;
    expect(foreign.tokens.map(({ virtualCardId }) => virtualCardId)).toEqual(['first', 'within']);

    await deliverAll(gateway, [sister('after'), sister('after'), sister('first')]);
    const late = (await handleOf(lateWorkflowId(ISSUER, correlationId)).result()) as LateArrivals;
    expect(late.arrivals).toMatchObject([
      { change: { virtualCardId: 'after', source: 'TSP' }, repeats: 1 },
      { change: { virtualCardId: 'first', source: 'TSP' }, repeats: 0 },
    ]);
    // The owner stays as it was: nothing is started anew under its id.
    expect(await owner.result()).toEqual(foreign);
  });
});

it('says in the list and at the top of its page what it is about', async () => {
  const { gateway, correlationId, work } = fromOutside();
  await work(async () => {
    const change = aChange({
      correlationId,
      virtualCardId: 'apple',
      issuerCardRefId: 'card-1',
      errorCode: 231,
    });
    await gateway.deliver(ISSUER, change);
    const owner = handleOf(ownerWorkflowId(ISSUER, correlationId));
    await owner.result();
    await gateway.deliver(ISSUER, change);
    const late = handleOf(lateWorkflowId(ISSUER, correlationId));
    const shown = [
      {
        handle: owner,
        type: 'foreignChange',
        scope: 'FOREIGN',
        summary: 'SUSPEND of token apple, not asked for by us',
      },
      { handle: late, type: 'lateChange', scope: 'LATE', summary: 'late: SUSPEND of token apple' },
    ];
    for (const { handle, type, scope, summary } of shown) {
      const described = await handle.describe();
      const attributes = described.typedSearchAttributes;
      expect(described.type).toBe(type);
      expect(await described.staticSummary()).toBe(summary);
      expect(
        [issuerKey, scopeKey, cardKey, virtualCardKey, actionKey].map((key) => attributes.get(key)),
      ).toEqual([ISSUER, scope, 'card-1', 'apple', 'SUSPEND']);
      expect(attributes.get(errorCodeKey)).toBe(231);
      expect(attributes.get(attentionKey)).toBeUndefined();
    }
  });
});

it('I6: asks for a look when a reference had to be hashed, whichever of its callbacks it was in', async () => {
  const { gateway, correlationId, work } = fromOutside();
  const hashed = aChange({ correlationId, virtualCardId: 'sha256:0123456789abcdef', cardDataSeen: true });
  await deliverAll(gateway, [aChange({ correlationId }), hashed]);
  const owner = handleOf(ownerWorkflowId(ISSUER, correlationId));
  expect(await work(async () => owner.result())).toMatchObject({ cardDataSeen: true });
  expect((await owner.describe()).typedSearchAttributes.get(attentionKey)).toBe('CARD_DATA_SEEN');
});
