// Operations on a card and on its tokens that overlap: the last intent wins across scopes (docs/decisions, record 8), and each
// of them ends by what the hub has done.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Action } from '../../src/domain/hub/token-state.js';
import { until, withOutput } from '../support/processes/processes.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';

interface Card {
  readonly issuerCardRefId: string;
  readonly first: string;
  readonly second: string;
}

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(async () => stack?.stop(), 120_000);
jest.setTimeout(240_000);

/** A send that starts later than this after its request looks for a newer intent first. */
const LATE_MS = 2_500;
/** Of two requests that are this far apart the later one is the newer, whatever they want (decision 16). */
const APART_MS = 2_500;

async function aCard(status: 'RESUMED' | 'SUSPENDED'): Promise<Card> {
  const issuerCardRefId = `card-${randomUUID().slice(0, 8)}`;
  const [first, second] = [`${issuerCardRefId}-1`, `${issuerCardRefId}-2`];
  const suspenders = status === 'SUSPENDED' ? (['ISSUER'] as const) : [];
  await stack.simulator.putCard(
    issuerCardRefId,
    [first, second].map((virtualCardId) => ({ virtualCardId, status, suspenders })),
  );
  return { issuerCardRefId, first, second };
}

/** Asks for the whole card, or for its first token; answers with the operation's id. */
async function ask(
  service: Service,
  action: Action,
  { issuerCardRefId, first }: Card,
  scope: 'card' | 'token',
): Promise<string> {
  const { operationId } = await service.start({
    action,
    issuerCardRefId,
    ...(scope === 'token' && { virtualCardId: first }),
    // A worker may take its time to start, and an operation that is overdue would be settled by a look.
    softDeadlineSeconds: 90,
    hardDeadlineSeconds: 120,
  });
  return operationId;
}

async function statusesOf({ issuerCardRefId, first, second }: Card): Promise<string[]> {
  const tokens = [first, second].map(async (id) => stack.simulator.token(issuerCardRefId, id));
  return (await Promise.all(tokens)).map(({ status }) => status);
}

describe('accepted while no worker runs', () => {
  const processes: Service[] = [];
  afterAll(async () => {
    for (const { process } of processes) await process.kill();
  }, 120_000);
  it(
    'only the later intent reaches the hub, but for the SUSPEND of a card, which fails for no token',
    withOutput(async () => {
      const doorman = await stack.service({ roles: 'api,callbacks' });
      processes.push(doorman);
      const cards = {
        tokenThenCard: await aCard('RESUMED'),
        cardThenToken: await aCard('SUSPENDED'),
        cardThenCard: await aCard('RESUMED'),
        suspendThenToken: await aCard('RESUMED'),
      };
      const tokenResume = await ask(doorman, 'RESUME', cards.tokenThenCard, 'token');
      const cardResume = await ask(doorman, 'RESUME', cards.cardThenToken, 'card');
      const cardDelete = await ask(doorman, 'DELETE', cards.cardThenCard, 'card');
      const cardSuspend = await ask(doorman, 'SUSPEND', cards.suspendThenToken, 'card');

      // Closer together, the safer action counts as the newer, whatever was asked for first.
      await sleep(APART_MS);
      const thenCardSuspend = await ask(doorman, 'SUSPEND', cards.tokenThenCard, 'card');
      const thenTokenSuspend = await ask(doorman, 'SUSPEND', cards.cardThenToken, 'token');
      const thenCardSuspendInstead = await ask(doorman, 'SUSPEND', cards.cardThenCard, 'card');
      const thenTokenDelete = await ask(doorman, 'DELETE', cards.suspendThenToken, 'token');
      await sleep(LATE_MS);
      processes.push(await stack.service({ roles: 'worker' }));

      for (const [overtaken, by] of [
        [tokenResume, thenCardSuspend],
        [cardResume, thenTokenSuspend],
        [cardDelete, thenCardSuspendInstead],
      ] as const) {
        expect(await doorman.final(overtaken)).toMatchObject({
          status: 'SUPERSEDED',
          evidence: 'NONE',
          attempts: 0,
          supersededBy: by,
        });
        expect(await stack.simulator.updates(overtaken)).toEqual([]);
      }
      for (const [operationId, card] of [
        [thenCardSuspend, cards.tokenThenCard],
        [thenCardSuspendInstead, cards.cardThenCard],
      ] as const) {
        expect(await doorman.final(operationId)).toMatchObject({
          status: 'CONFIRMED',
          evidence: 'CALLBACK',
          exposed: [],
        });
        expect(await stack.simulator.effects(operationId)).toHaveLength(2);
        expect(await statusesOf(card)).toEqual(['SUSPENDED', 'SUSPENDED']);
      }
      // It is suspended already, so the hub refuses it, and a reading shows why.
      expect(await doorman.final(thenTokenSuspend)).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'READING',
      });
      expect(await statusesOf(cards.cardThenToken)).toEqual(['SUSPENDED', 'SUSPENDED']);

      expect(await doorman.final(thenTokenDelete)).toMatchObject({ status: 'CONFIRMED' });
      // The hub alone orders these two, so a token that is deleted first may never be called suspended.
      const goesAhead = await until(
        async () => doorman.operation(cardSuspend),
        ({ acceptedAt }) => acceptedAt !== undefined,
      );
      expect(goesAhead.supersededBy).toBeUndefined();
      await until(
        async () => statusesOf(cards.suspendThenToken),
        ([, second]) => second === 'SUSPENDED',
      );
      expect(await statusesOf(cards.suspendThenToken)).toEqual(['DELETED', 'SUSPENDED']);
    }),
  );
});

describe('with the hub down in between', () => {
  let service: Service;
  beforeAll(async () => {
    service = await stack.service();
  }, 120_000);
  afterAll(async () => service?.process.kill(), 120_000);

  it(
    'what the hub may have got is not sent again once a newer intent for the card or a token wants something else',
    withOutput(async () => {
      const tokenThenCard = await aCard('SUSPENDED');
      const cardThenToken = await aCard('SUSPENDED');
      await stack.simulator.goDown();
      const tokenResume = await ask(service, 'RESUME', tokenThenCard, 'token');
      const cardResume = await ask(service, 'RESUME', cardThenToken, 'card');
      for (const operationId of [tokenResume, cardResume]) {
        await until(
          async () => stack.simulator.updates(operationId),
          (updates) => updates.length > 0,
        );
      }
      const cardDelete = await ask(service, 'DELETE', tokenThenCard, 'card');
      const tokenDelete = await ask(service, 'DELETE', cardThenToken, 'token');
      await stack.simulator.comeBack();

      for (const [overtaken, by] of [
        [tokenResume, cardDelete],
        [cardResume, tokenDelete],
      ] as const) {
        expect(await service.final(overtaken)).toMatchObject({ supersededBy: by, evidence: 'NONE' });
        const statuses = (await stack.simulator.updates(overtaken)).map(({ status }) => status);
        expect(new Set(statuses)).toEqual(new Set([503]));
        expect(await stack.simulator.effects(overtaken)).toEqual([]);
      }
      expect(await service.final(cardDelete)).toMatchObject({ status: 'CONFIRMED', exposed: [] });
      expect(await service.final(tokenDelete)).toMatchObject({ status: 'CONFIRMED' });
      expect(await statusesOf(tokenThenCard)).toEqual(['DELETED', 'DELETED']);
      expect(await statusesOf(cardThenToken)).toEqual(['DELETED', 'SUSPENDED']);
    }),
  );

  it(
    'I2: two operations on one card at once have one effect per token between them, and both say what is so',
    withOutput(async () => {
      const card = await aCard('RESUMED');
      const body = { action: 'SUSPEND', issuerCardRefId: card.issuerCardRefId } as const;
      const started = await Promise.all([service.start(body), service.start(body)]);
      for (const { operationId } of started) {
        expect(await service.final(operationId)).toMatchObject({ status: 'CONFIRMED', exposed: [] });
      }
      for (const virtualCardId of [card.first, card.second]) {
        expect(await stack.simulator.effectsOn(virtualCardId)).toHaveLength(1);
      }
      const updates = await Promise.all(
        started.map(async ({ operationId }) => stack.simulator.updates(operationId)),
      );
      expect(updates.flat().filter(({ status }) => status === 200)).toHaveLength(1);
      // While the other's change is under way it is refused with 321 and sent again; afterwards with 432.
      const refused = updates.flat().filter(({ status }) => status !== 200);
      expect(refused.length).toBeGreaterThan(0);
      for (const { responseCode } of refused) expect([321, 432]).toContain(responseCode);
    }),
  );
});
