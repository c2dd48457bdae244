import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../../activities/index.js';
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import type { Timeline, TimelineItem } from '../../../src/domain/report/timeline.js';
import { lateWorkflowId, ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import { createLateBasisLookUp } from '../../../src/temporal/operations/closed-operation.js';
import type { Gateway } from '../../../src/application/gateway.js';
import { aChange, HOUR, SECOND } from '../../support/builders.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { aGateway, patientCallsOn } from '../../support/temporal/gateway.js';
import { aListOf } from '../../support/renewals.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 60_000);
afterAll(async () => env?.teardown());
jest.setTimeout(60_000);

const ISSUER = 'ISSUER1234';
const OTHER = 'ISSUER9999';

/** A moment after everything else of a test so far. */
const now = (): string => new Date().toISOString();

const findLateBasis: Activities['findLateBasis'] = async (asked) =>
  createLateBasisLookUp(env.client, patientCallsOn(env.client))(asked);

interface Place {
  readonly card: string;
  readonly token: string;
  readonly gateway: Gateway;
  readonly taskQueue: string;
}

function aPlace(card = `card-${randomUUID()}`): Place {
  const taskQueue = `test-${randomUUID()}`;
  const gateway = aGateway(env.client, { taskQueue, renewalQuietMs: HOUR });
  return { card, token: `token-${randomUUID()}`, gateway, taskQueue };
}

async function workOn<T>({ taskQueue, token }: Place, use: () => Promise<T>): Promise<T> {
  const { activities } = createFakeHub({ reading: () => aListOf({ [token]: 'SUSPENDED' }) });
  return withWorker(env, { taskQueue, activities: { ...activities, findLateBasis } }, use);
}

/** An operation on the token of a place, confirmed by its callback. */
async function confirmed({ card, token, gateway }: Place): Promise<string> {
  const started = await gateway.startOperation({
    issuerId: ISSUER,
    caller: '',
    idempotencyKey: randomUUID(),
    body: {},
    action: 'SUSPEND',
    issuerCardRefId: card,
    virtualCardId: token,
    softDeadlineSeconds: 60,
    hardDeadlineSeconds: 120,
  });
  if (started.kind === 'key-reused') throw new Error('the key is in use');
  const { operationId } = started.operation;
  await gateway.deliver(ISSUER, aChange({ correlationId: operationId, virtualCardId: token }));
  await gateway.waitForOperation({ issuerId: ISSUER, operationId }, { waitMs: 60 * SECOND });
  return operationId;
}

async function timelineOf(
  { card, gateway }: Place,
  isRight: (timeline: Timeline) => boolean,
  issuerId = ISSUER,
): Promise<Timeline> {
  return eventually(async () => gateway.describeTimeline({ issuerId, issuerCardRefId: card }), isRight);
}

const has = (count: number) => (timeline: Timeline) => timeline.items.length === count;
/** `partial` may only say that a worker took its time. */
const hasAll = (count: number) => (timeline: Timeline) =>
  has(count)(timeline) && timeline.partial === undefined;

describe('the timeline of a card', () => {
  it('that nobody has heard of is empty', async () => {
    expect(await timelineOf(aPlace(), () => true)).toEqual({ items: [] });
  });

  it('tells of operations, of what came late, of foreign changes and of renewals, in order of time', async () => {
    const place = aPlace();
    const { card, token, gateway } = place;
    await workOn(place, async () => {
      const outside = (overrides: Partial<VirtualCardChange>) =>
        aChange({
          correlationId: `outside-${randomUUID()}`,
          virtualCardId: token,
          receivedAt: now(),
          ...overrides,
        });
      const operationId = await confirmed(place);
      await gateway.deliver(
        ISSUER,
        aChange({ correlationId: operationId, virtualCardId: token, errorCode: 231, receivedAt: now() }),
      );
      const named = outside({
        issuerCardRefId: card,
        action: 'RESUME',
        source: 'WALLET',
        virtualCardId: 'named',
      });
      await gateway.deliver(ISSUER, named);
      // It names no card, but an operation on the card has named its token.
      const cardless = outside({ action: 'DELETE' });
      await gateway.deliver(ISSUER, cardless);
      const virtualCardId = `renewed-${randomUUID()}`;
      const renewal = outside({ issuerCardRefId: card, action: 'RENEW', virtualCardId });
      await gateway.deliver(ISSUER, renewal);
      // Its token is known from the renewals alone.
      const ofRenewed = outside({ virtualCardId });
      await gateway.deliver(ISSUER, ofRenewed);
      await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, cardless.correlationId)).result();
      // After its foreign change had closed.
      const after = { ...cardless, action: 'SUSPEND', receivedAt: now() };
      await gateway.deliver(ISSUER, after);
      // Of these nothing belongs to the card.
      await gateway.deliver(ISSUER, outside({ virtualCardId: `stranger-${randomUUID()}` }));
      await gateway.deliver(ISSUER, outside({ virtualCardId: token, issuerCardRefId: `other-${card}` }));
      await gateway.deliver(OTHER, outside({ issuerCardRefId: card }));
      const elsewhere = await confirmed({ ...place, card: `other-${card}` });
      await gateway.deliver(ISSUER, outside({ correlationId: elsewhere, errorCode: 231 }));

      const { items } = await timelineOf(place, hasAll(7));
      expect(items).toMatchObject([
        {
          kind: 'operation',
          operationId,
          status: 'CONFIRMED',
          effectiveStatus: 'UNKNOWN',
          attention: 'CONFLICT',
        },
        { kind: 'late', operationId, judged: 'conflict', change: { errorCode: 231 } },
        { kind: 'foreign', correlationId: named.correlationId, action: 'RESUME', source: 'WALLET' },
        { kind: 'foreign', correlationId: cardless.correlationId, action: 'DELETE' },
        { kind: 'renewal', correlationId: renewal.correlationId, virtualCardId, result: 'RENEWED' },
        { kind: 'foreign', correlationId: ofRenewed.correlationId, virtualCardId },
        { kind: 'late', correlationId: cardless.correlationId, change: { action: 'SUSPEND' } },
      ]);
      const times = items.map(({ at }) => at);
      expect(times).toEqual(times.toSorted());
      // Real servers allow ten visibility queries per second.
      const listed = jest.spyOn(env.client.workflow, 'list');
      await gateway.describeTimeline({ issuerId: ISSUER, issuerCardRefId: card });
      expect(listed.mock.calls.length).toBeLessThanOrEqual(6);
      listed.mockRestore();
      const theirs = await timelineOf(place, hasAll(1), OTHER);
      expect(theirs.items).toMatchObject([{ kind: 'foreign' }]);
      // Somebody decides: the same item again, and a new one.
      await gateway.resolveOperation(
        { issuerId: ISSUER, operationId },
        { status: 'FAILED', note: 'n', by: 'jo' },
      );
      const decided = await timelineOf(place, (timeline) => {
        const [first] = timeline.items;
        return hasAll(8)(timeline) && first?.kind === 'operation' && first.effectiveStatus === 'FAILED';
      });
      expect(decided.items.at(-1)).toMatchObject({
        kind: 'late',
        judged: 'decision',
        by: 'jo',
        status: 'FAILED',
      });
    });
  });

  it('is partial when no worker answers: what the server itself knows is there', async () => {
    const place = aPlace();
    const { card, token, gateway } = place;
    const operationId = await workOn(place, async () => confirmed(place));
    await gateway.deliver(
      ISSUER,
      aChange({ correlationId: operationId, virtualCardId: token, errorCode: 231 }),
    );
    const correlationId = `outside-${randomUUID()}`;
    await gateway.deliver(
      ISSUER,
      aChange({ correlationId, virtualCardId: 'unnamed', issuerCardRefId: card, errorCode: 231 }),
    );
    const askedAt = Date.now();
    const timeline = await timelineOf(place, has(3));
    expect(timeline.partial).toBe(true);
    const late: Partial<TimelineItem> = { kind: 'late', correlationId: operationId, operationId };
    expect(timeline.items).toMatchObject([
      // Nobody has judged yet whether that stands.
      { kind: 'operation', operationId, status: 'CONFIRMED', effectiveStatus: 'UNKNOWN' },
      late,
      { kind: 'foreign', correlationId, virtualCardId: 'unnamed', action: 'SUSPEND', errorCode: 231 },
    ]);
    expect(timeline.items[1]).not.toHaveProperty('judged');
    expect(Date.now() - askedAt).toBeLessThan(10 * SECOND);
    await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, correlationId)).terminate();
    await env.client.workflow.getHandle(lateWorkflowId(ISSUER, operationId)).terminate();
  });

  it.each(['a"b', "'a", 'a\\b', '"', 'x" OR LcmIssuer != "', 'a%/b', 'ä€'])(
    'keeps cards apart, whatever a reference is made of: %s',
    async (odd) => {
      const own = randomUUID().slice(0, 8);
      const place = aPlace(`${odd}${own}`);
      const { card, gateway } = place;
      await workOn(place, async () => {
        const outside = (issuerCardRefId: string) =>
          aChange({
            correlationId: `outside-${randomUUID()}`,
            virtualCardId: `token-${own}`,
            issuerCardRefId,
          });
        const mine = outside(card);
        for (const change of [mine, outside(`${card}x`), outside(`b${card}`), outside(`${card}"`)]) {
          await gateway.deliver(ISSUER, change);
        }
        if (/^["']/.test(odd)) {
          // Nothing of it can be searched for.
          const timeline = await timelineOf(place, ({ partial }) => partial === true);
          expect(timeline.items).toEqual([]);
          return;
        }
        const { items } = await timelineOf(place, hasAll(1));
        expect(items).toMatchObject([{ correlationId: mine.correlationId }]);
      });
    },
  );
});
