import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { cardRenewalsWorkflowId, tokenRenewalsWorkflowId } from '../../../src/contract/workflow-ids.js';
import type { GatewaySettings } from '../../../src/temporal/temporal-gateway.js';
import { HOUR, SECOND } from '../../support/builders.js';
import type { FakeHub } from '../../support/fake-hub.js';
import { aGateway, aPatientGateway } from '../../support/temporal/gateway.js';
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

const at = (second: number): string => `2026-11-22T10:00:${String(second).padStart(2, '0')}.000Z`;
const handleOf = (workflowId: string) => env.client.workflow.getHandle(workflowId);
const ofCard = ({ card }: Place) => handleOf(cardRenewalsWorkflowId(ISSUER, card));
const ofToken = (place: Place, name: string) =>
  handleOf(tokenRenewalsWorkflowId(ISSUER, tokenOf(place, name)));
const gatewayOf = ({ taskQueue }: Place, settings: Partial<GatewaySettings> = {}) =>
  aPatientGateway(env.client, { taskQueue, ...settings });
const workOn = async <T>({ taskQueue }: Place, { activities }: FakeHub, use: () => Promise<T>) =>
  withWorker(env, { taskQueue, activities }, use);

describe('the renewals of a card', () => {
  it('that nobody has heard of are none, by one question', async () => {
    const place = aPlace();
    const listed = jest.spyOn(env.client.workflow, 'list');
    expect(await seen(place, gatewayOf(place))).toEqual({
      issuerCardRefId: place.card,
      tokens: [],
      open: false,
    });
    expect(listed).not.toHaveBeenCalled();
    listed.mockRestore();
  });

  it('are told while they run and after they have closed', async () => {
    const place = aPlace();
    const gateway = gatewayOf(place, { renewalQuietMs: 10 * SECOND });
    await workOn(place, hubOf(place, 'a', 'b'), async () => {
      await gateway.deliver(ISSUER, renewalOf(place, 'a', { errorCode: 231, receivedAt: at(1) }));
      const running = await eventually(
        async () => seen(place, gateway),
        ({ tokens }) => tokens.length === 2,
      );
      expect(running).toEqual({
        issuerCardRefId: place.card,
        tokens: [
          {
            virtualCardId: tokenOf(place, 'a'),
            expected: true,
            renewals: [
              {
                correlationId: 'r-1',
                result: 'FAILED',
                errorCode: 231,
                firstAt: at(1),
                lastAt: at(1),
                repeats: 0,
              },
            ],
          },
          { virtualCardId: tokenOf(place, 'b'), expected: true, renewals: [] },
        ],
        open: true,
        attention: 'RENEWAL_FAILED',
      });
      await ofCard(place).result();
      const closed = await seen(place, gateway);
      expect(closed).toEqual({ ...running, open: false });
      // Another issuer's card of the same name is another card.
      const others = await gateway.describeRenewals({ issuerId: 'OTHER12345', issuerCardRefId: place.card });
      expect(others.tokens).toEqual([]);
    });
  });

  it('are those of all runs, closed or running: a copy in a later run is the same renewal', async () => {
    const place = aPlace();
    const brief = gatewayOf(place);
    const lasting = gatewayOf(place, { renewalQuietMs: HOUR });
    await deliverAll(brief, [
      renewalOf(place, 'a', { receivedAt: at(1) }),
      renewalOf(place, 'a', { receivedAt: at(2) }),
      renewalOf(place, 'b', { errorCode: 231, receivedAt: at(3) }),
    ]);
    await workOn(place, hubOf(place, 'a', 'b'), async () => {
      await ofCard(place).result();
      expect(await seen(place, brief)).toMatchObject({ open: false, attention: 'RENEWAL_FAILED' });
      await deliverAll(lasting, [
        renewalOf(place, 'a', { receivedAt: at(4) }),
        renewalOf(place, 'b', { correlationId: 'r-2', receivedAt: at(5) }),
      ]);
      const known = await eventually(
        async () => seen(place, lasting),
        (view) => view.tokens.flatMap(({ renewals }) => renewals).length === 3,
      );
      expect(toldOf(place, known)).toEqual({ a: ['r-1 RENEWED x2'], b: ['r-1 FAILED 231', 'r-2 RENEWED'] });
      expect(known.tokens[0]?.renewals).toMatchObject([{ firstAt: at(1), lastAt: at(4) }]);
      expect(known.open).toBe(true);
      // Of the earlier run the search attribute still says so; together they know better.
      expect(known).not.toHaveProperty('attention');
    });
    await ofCard(place).terminate();
  });

  it('count once what a run has handed over to the next one', async () => {
    const place = aPlace();
    const gateway = gatewayOf(place, { renewalQuietMs: HOUR });
    await workOn(place, hubOf(place, 'a'), async () => {
      await gateway.deliver(ISSUER, renewalOf(place, 'a'));
      const first = (await ofCard(place).describe()).runId;
      for (let batch = 0; batch < 10; batch += 1) {
        const some = Array.from({ length: 100 }, async () => gateway.deliver(ISSUER, renewalOf(place, 'a')));
        await Promise.all(some);
      }
      await eventually(
        async () => (await ofCard(place).describe()).runId,
        (runId) => runId !== first,
      );
      const known = await eventually(
        async () => seen(place, gateway),
        (view) => view.partial === undefined,
      );
      expect(toldOf(place, known)).toEqual({ a: ['r-1 RENEWED x1000'] });
    });
    await ofCard(place).terminate();
  });

  it('include those of its tokens whose callbacks named no card, and of no other card’s tokens', async () => {
    const place = aPlace();
    const gateway = gatewayOf(place);
    await workOn(place, hubOf(place, 'a', 'b'), async () => {
      await deliverAll(gateway, [
        cardlessOf(place, 'a', { errorCode: 231, receivedAt: at(1) }),
        cardlessOf(place, 'b', { receivedAt: at(2) }),
        cardlessOf(place, 'z', { receivedAt: at(2) }),
      ]);
      expect((await seen(place, gateway)).tokens).toEqual([]);
      await gateway.deliver(ISSUER, renewalOf(place, 'a', { correlationId: 'r-2', receivedAt: at(3) }));
      for (const handle of [ofCard(place), ...['a', 'b', 'z'].map((name) => ofToken(place, name))]) {
        await handle.result();
      }
      const known = await eventually(
        async () => seen(place, gateway),
        (view) => view.tokens.flatMap(({ renewals }) => renewals).length === 3,
      );
      expect(toldOf(place, known)).toEqual({ a: ['r-1 FAILED 231', 'r-2 RENEWED'], b: ['r-1 RENEWED'] });
      expect(known.tokens.map(({ expected }) => expected)).toEqual([true, true]);
      expect(known).not.toHaveProperty('attention');
    });
  });

  it('are partial when no worker answers: what the server itself knows is there', async () => {
    const place = aPlace();
    const gateway = aGateway(env.client, { taskQueue: place.taskQueue, renewalQuietMs: HOUR });
    await gateway.deliver(ISSUER, renewalOf(place, 'a', { errorCode: 231 }));
    const askedAt = Date.now();
    expect(await seen(place, gateway)).toEqual({
      issuerCardRefId: place.card,
      tokens: [],
      open: true,
      attention: 'RENEWAL_FAILED',
      partial: true,
    });
    expect(Date.now() - askedAt).toBeLessThan(10 * SECOND);
    await ofCard(place).terminate();
  });

  it('are told, too, by a run that somebody has ended by hand', async () => {
    const place = aPlace();
    const gateway = gatewayOf(place, { renewalQuietMs: HOUR });
    await workOn(place, hubOf(place, 'a'), async () => {
      await gateway.deliver(ISSUER, renewalOf(place, 'a'));
      await eventually(
        async () => seen(place, gateway),
        ({ tokens }) => tokens.length === 1,
      );
      await ofCard(place).terminate('by hand');
      const known = await seen(place, gateway);
      expect(toldOf(place, known)).toEqual({ a: ['r-1 RENEWED'] });
      expect(known).toMatchObject({ open: false });
      expect(known).not.toHaveProperty('partial');
    });
  });

  it('whose reference no search can express are those of the latest run at least, and said to be partial', async () => {
    const place = aPlace(`"\\'${randomUUID()}`);
    const gateway = gatewayOf(place);
    await workOn(place, hubOf(place, 'a'), async () => {
      await gateway.deliver(ISSUER, renewalOf(place, 'a'));
      await ofCard(place).result();
      const known = await seen(place, gateway);
      expect(toldOf(place, known)).toEqual({ a: ['r-1 RENEWED'] });
      expect(known).toMatchObject({ open: false, partial: true });
      // A reference that could end the quotation finds nothing of others either.
      const nosy = `x" OR LcmIssuer = "${ISSUER}`;
      expect((await gateway.describeRenewals({ issuerId: ISSUER, issuerCardRefId: nosy })).tokens).toEqual(
        [],
      );
    });
  });
});
