import { readFileSync, statSync } from 'node:fs';
import { openStore } from '../../../src/simulator/cards/store.js';
import { aFolder } from './support.js';

describe('the state file', () => {
  let folder: ReturnType<typeof aFolder>;

  beforeEach(() => {
    folder = aFolder();
  });
  afterEach(() => folder.remove());

  const open = (limit = 100) => openStore({ stateFile: folder.path('state.json'), limit });
  const anEffect = (number: number) =>
    ({
      at: '2026-01-01T00:00:00.000Z',
      issuerId: 'ISSUER1234',
      issuerCardRefId: 'card-1',
      virtualCardId: 'token-1',
      correlationId: `op-${number}`,
      action: 'SUSPEND',
      source: 'ISSUER',
      from: 'RESUMED',
      to: 'SUSPENDED',
      suspenders: ['ISSUER'],
    }) as const;

  test('grows by what has changed, not by what there is', async () => {
    const store = open();
    const cards = Array.from({ length: 500 }, (_, index) => ({
      issuerId: 'ISSUER1234',
      issuerCardRefId: `card-${index}`,
      tokens: [],
    }));
    store.change(({ cards: table }) => cards.forEach((card) => table.set(card.issuerCardRefId, card)));
    await store.stored();
    const before = statSync(folder.path('state.json')).size;
    store.change(({ operations }) => operations.delete('nobody'));
    store.change(({ readings }) => readings.set('card-1', 1));
    await store.stored();
    const text = readFileSync(folder.path('state.json'), 'utf8');
    expect(text.length - before).toBeLessThan(50);
    expect(text.endsWith('\n["readings","card-1",1]\n')).toBe(true);
  });

  test('becomes one snapshot again before it is much larger than what there is', async () => {
    const store = open(10);
    for (let number = 0; number < 4_000; number += 1) {
      store.change(({ effects }) => effects.add({ ...anEffect(number), suspenders: ['ISSUER'] }));
      if (number % 100 === 0) await store.stored();
    }
    await store.stored();
    expect(statSync(folder.path('state.json')).size).toBeLessThan(1_000_000);
  });

  test('has the same state for the next process, and the same count of what was forgotten', async () => {
    const store = open(10);
    store.change(({ readings }) => {
      for (let number = 0; number < 12; number += 1) readings.set(`card-${number}`, number);
    });
    await store.stored();
    for (let number = 0; number < 15; number += 1) {
      store.change(({ effects }) => effects.add({ ...anEffect(number), suspenders: [] }));
      await store.stored();
    }
    const next = open(10).state;
    expect([...next.readings.entries()]).toEqual([...store.state.readings.entries()]);
    expect(next.effects.entries()).toEqual(store.state.effects.entries());
    expect([next.effects.forgotten(), next.effects.entries()[0]?.correlationId]).toEqual([5, 'op-5']);
  });
});
