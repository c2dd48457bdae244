import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { CardRenewals } from '../../../src/domain/unsolicited/index.js';
import {
  cardRenewalsWorkflowId,
  lateWorkflowId,
  ownerWorkflowId,
  tokenRenewalsWorkflowId,
} from '../../../src/contract/workflow-ids.js';
import { toIndexedText } from '../../../src/references/indexed-text.js';
import type { GatewaySettings } from '../../../src/temporal/temporal-gateway.js';
import {
  actionKey,
  attentionKey,
  cardKey,
  errorCodeKey,
  issuerKey,
  scopeKey,
  virtualCardKey,
} from '../../../src/contract/search-attributes.js';
import { aChange, HOUR, SECOND } from '../../support/builders.js';
import { createFakeHub, type FakeHub } from '../../support/fake-hub.js';
import { aPatientGateway } from '../../support/temporal/gateway.js';
import {
  aPlace,
  cardlessOf,
  deliverAll,
  hubOf,
  ISSUER,
  renewalOf,
  seen,
  tokenOf,
  toldOf,
  type Place,
} from '../../support/renewing-card.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);

const handleOf = (workflowId: string) => env.client.workflow.getHandle(workflowId);
const ofCard = ({ card }: Place) => handleOf(cardRenewalsWorkflowId(ISSUER, card));
const ofToken = (place: Place, name: string) =>
  handleOf(tokenRenewalsWorkflowId(ISSUER, tokenOf(place, name)));
const gatewayOf = ({ taskQueue }: Place, settings: Partial<GatewaySettings> = {}) =>
  aPatientGateway(env.client, { taskQueue, ...settings });
const workOn = async <T>({ taskQueue }: Place, { activities }: FakeHub, use: () => Promise<T>) =>
  withWorker(env, { taskQueue, activities }, use);

describe('a callback that tells of a renewal', () => {
  it('I1: is kept by the renewals of its card, those of its sister tokens too, and by no foreign change', async () => {
    const place = aPlace();
    const gateway = gatewayOf(place);
    await deliverAll(gateway, [
      renewalOf(place, 'a', { correlationId: 'r-a' }),
      renewalOf(place, 'a', { correlationId: 'r-a' }),
      renewalOf(place, 'b', { correlationId: 'r-b', errorCode: 231 }),
    ]);
    await workOn(place, hubOf(place, 'a', 'b', 'c'), async () => {
      const report = (await ofCard(place).result()) as CardRenewals;
      expect(toldOf(place, report)).toEqual({ a: ['r-a RENEWED x1'], b: ['r-b FAILED 231'], c: [] });
      for (const id of ['r-a', 'r-b']) {
        await expect(handleOf(ownerWorkflowId(ISSUER, id)).describe()).rejects.toThrow('not found');
      }
    });
  });

  it.each([
    ['half a surrogate pair', '\ud83d'],
    ['a zero and a line break', 'card\u0000\n'],
    ['255 letters of four bytes', '😀'.repeat(255)],
    ['255 letters of three bytes', '中'.repeat(255)],
  ])('I7: is stored, read and told of whatever the reference of its card is: %s', async (_what, card) => {
    const place = { ...aPlace(), card: `${card}` };
    const gateway = gatewayOf(place);
    await workOn(place, hubOf(place, 'a'), async () => {
      await deliverAll(gateway, [renewalOf(place, 'a', { virtualCardId: card })]);
      const id = cardRenewalsWorkflowId(ISSUER, toIndexedText(card));
      const report = (await handleOf(id).result()) as CardRenewals;
      expect(report).toMatchObject({ issuerCardRefId: card, expectation: { kind: 'known' } });
      expect(report.tokens.map(({ virtualCardId }) => virtualCardId)).toContain(card);
      const { typedSearchAttributes } = await handleOf(id).describe();
      expect(typedSearchAttributes.get(cardKey)).toBe(toIndexedText(card));
    });
  });

  it.each(['\ud83d', 'token\u0000'])('I7: of others is stored whatever its texts are (%j)', async (odd) => {
    const place = aPlace();
    const gateway = gatewayOf(place, { foreignQuietMs: SECOND, lateQuietMs: SECOND });
    const change = aChange({
      correlationId: `odd-${place.card}`,
      virtualCardId: odd,
      issuerCardRefId: odd,
      action: odd,
      source: odd,
    });
    await workOn(place, hubOf(place, 'a'), async () => {
      await gateway.deliver(ISSUER, change);
      const foreign = await handleOf(ownerWorkflowId(ISSUER, change.correlationId)).result();
      expect(foreign).toMatchObject({ tokens: [{ virtualCardId: odd, issuerCardRefId: odd }] });
      await gateway.deliver(ISSUER, change);
      const late = await handleOf(lateWorkflowId(ISSUER, change.correlationId)).result();
      expect(late).toMatchObject({ arrivals: [{ change: { virtualCardId: odd, action: odd } }] });
    });
  });

  it('is kept by the renewals of its token when it names no card', async () => {
    const place = aPlace();
    const hub = hubOf(place, 'a');
    await deliverAll(gatewayOf(place), [cardlessOf(place, 'a'), cardlessOf(place, 'a')]);
    await workOn(place, hub, async () => {
      const report = (await ofToken(place, 'a').result()) as CardRenewals;
      expect(toldOf(place, report)).toEqual({ a: ['r-1 RENEWED x1'] });
      expect(hub.read).toEqual([]);
    });
  });

  it('says in the list and at the top of its page what it is about, and that it failed, before any worker runs', async () => {
    const place = aPlace();
    const failed = { errorCode: 231 };
    await deliverAll(gatewayOf(place), [renewalOf(place, 'a', failed), cardlessOf(place, 'a', failed)]);
    const shown = [
      { handle: ofCard(place), summary: `renewals of card ${place.card}`, card: place.card },
      {
        handle: ofToken(place, 'a'),
        summary: `renewals of token ${tokenOf(place, 'a')}`,
        token: tokenOf(place, 'a'),
      },
    ];
    for (const { handle, summary, card, token } of shown) {
      const described = await handle.describe();
      expect(described.type).toBe('cardRenewals');
      expect(await described.staticSummary()).toBe(summary);
      const attributes = described.typedSearchAttributes;
      expect(
        [issuerKey, scopeKey, actionKey, cardKey, virtualCardKey, attentionKey].map((key) =>
          attributes.get(key),
        ),
      ).toEqual([ISSUER, 'RENEWAL', 'RENEW', card, token, 'RENEWAL_FAILED']);
      expect(attributes.get(errorCodeKey)).toBeUndefined();
    }
  });

  it('does not reach a running owner of its correlation id, nor one that has closed', async () => {
    const place = aPlace();
    const gateway = gatewayOf(place);
    const correlationId = `op-${place.own}`;
    const own = { correlationId, virtualCardId: tokenOf(place, 'a') };
    await gateway.deliver(ISSUER, aChange(own));
    await gateway.deliver(ISSUER, renewalOf(place, 'a', own));
    await workOn(place, hubOf(place, 'a'), async () => {
      const owner = await handleOf(ownerWorkflowId(ISSUER, correlationId)).result();
      expect(owner).toMatchObject({ tokens: [{ changes: [{ action: 'SUSPEND' }] }] });
      await gateway.deliver(ISSUER, renewalOf(place, 'a', own));
      await expect(handleOf(lateWorkflowId(ISSUER, correlationId)).describe()).rejects.toThrow('not found');
      expect(toldOf(place, await seen(place, gateway))).toEqual({ a: [`${correlationId} RENEWED x1`] });
    });
  });

  it('leaves the operation alone whose correlation id it carries', async () => {
    const place = aPlace();
    const gateway = gatewayOf(place);
    await workOn(place, createFakeHub(), async () => {
      const body = {
        action: 'SUSPEND',
        issuerCardRefId: place.card,
        virtualCardId: tokenOf(place, 'a'),
      } as const;
      const started = await gateway.startOperation({
        ...body,
        issuerId: ISSUER,
        caller: '',
        idempotencyKey: place.own,
        body,
        softDeadlineSeconds: 20,
        hardDeadlineSeconds: 40,
      });
      if (started.kind !== 'started') throw new Error(started.kind);
      const { operationId } = started.operation;
      await gateway.deliver(ISSUER, renewalOf(place, 'a', { correlationId: operationId }));
      await gateway.deliver(
        ISSUER,
        aChange({ correlationId: operationId, virtualCardId: tokenOf(place, 'a') }),
      );
      const operation = await gateway.waitForOperation(
        { issuerId: ISSUER, operationId },
        { waitMs: 60 * SECOND },
      );
      expect(operation).toMatchObject({ status: 'CONFIRMED', unexpected: [], duplicates: 0 });
      expect(operation).not.toHaveProperty('attention');
      expect(toldOf(place, await seen(place, gateway))).toEqual({ a: [`${operationId} RENEWED`] });
    });
  });

  it('I1: ten at a time of one card are stored, and those of another card do not wait for them', async () => {
    const place = aPlace();
    const other = aPlace();
    const gateway = gatewayOf(place, { renewalQuietMs: HOUR });
    const began: string[] = [];
    const release: (() => void)[] = [];
    const spy = jest
      .spyOn(env.client.workflow, 'signalWithStart')
      .mockImplementation(async (_type, options) => {
        began.push(options.workflowId);
        await new Promise<void>((resolve) => release.push(resolve));
        return undefined as never;
      });
    try {
      // One correlation id each: what keeps them apart is the card.
      const all = Array.from({ length: 12 }, async (_, index) =>
        gateway.deliver(ISSUER, renewalOf(place, 'a', { correlationId: `r-${index}` })),
      );
      all.push(gateway.deliver(ISSUER, renewalOf(other, 'a', { correlationId: 'r-0' })));
      await eventually(
        async () => began.length,
        (count) => count === 11,
      );
      expect(began.filter((id) => id === cardRenewalsWorkflowId(ISSUER, place.card))).toHaveLength(10);
      while (release.length > 0) {
        release.splice(0).forEach((go) => go());
        await new Promise((turn) => setImmediate(turn));
      }
      await Promise.all(all);
      expect(began).toHaveLength(13);
    } finally {
      spy.mockRestore();
    }
  });

  it('joins the renewals that run, and starts them anew when they have closed', async () => {
    const place = aPlace();
    const gateway = gatewayOf(place);
    await gateway.deliver(ISSUER, renewalOf(place, 'a'));
    const first = (await ofCard(place).describe()).runId;
    await gateway.deliver(ISSUER, renewalOf(place, 'b'));
    expect((await ofCard(place).describe()).runId).toBe(first);
    await workOn(place, hubOf(place, 'a'), async () => {
      await ofCard(place).result();
      await gateway.deliver(ISSUER, renewalOf(place, 'a'));
      expect((await ofCard(place).describe()).runId).not.toBe(first);
      await ofCard(place).result();
    });
  });
});
