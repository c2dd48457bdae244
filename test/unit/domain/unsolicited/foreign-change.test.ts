import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import {
  beginForeignChange,
  recordForeignChange,
  type ForeignChange,
} from '../../../../src/domain/unsolicited/foreign-change.js';
import { aChange } from '../../../support/builders.js';

/** Records these changes one second apart. */
function record(changes: readonly VirtualCardChange[]): ForeignChange {
  return changes.reduce(
    (foreign, change, index) => recordForeignChange(foreign, change, 1_000 * (index + 1)),
    beginForeignChange('ISSUER1234', 'wallet-1', 0),
  );
}

const stepsOf = (foreign: ForeignChange, token = 0) => foreign.tokens[token]?.changes ?? [];

describe('a change that nobody asked us for', () => {
  it('begins with nothing heard', () => {
    expect(record([])).toEqual({
      issuerId: 'ISSUER1234',
      correlationId: 'wallet-1',
      tokens: [],
      lastArrivalAt: 0,
      omitted: 0,
      characters: 0,
      cardDataSeen: false,
    });
  });

  it('keeps what came, with its source, its card and its wallet', () => {
    const change = aChange({
      issuerCardRefId: 'card-1',
      walletProviderId: 'WALLET',
      source: 'TSP',
      errorCode: 231,
    });
    const { tokens, lastArrivalAt } = record([change]);
    expect(lastArrivalAt).toBe(1_000);
    expect(tokens).toEqual([
      {
        virtualCardId: 'token-1',
        issuerCardRefId: 'card-1',
        walletProviderId: 'WALLET',
        changes: [
          {
            key: expect.any(String) as string,
            action: 'SUSPEND',
            errorCode: 231,
            source: 'TSP',
            firstAt: change.receivedAt,
            lastAt: change.receivedAt,
            repeats: 0,
          },
        ],
      },
    ]);
  });

  it('takes another action on the same token for the next change, never for a conflict', () => {
    const actions = ['SUSPEND', 'RESUME', 'DELETE'];
    const foreign = record(actions.map((action) => aChange({ action })));
    expect(stepsOf(foreign).map(({ action }) => action)).toEqual(actions);
  });

  it('keeps success and failure of the same action side by side', () => {
    const foreign = record([aChange({ errorCode: 221 }), aChange()]);
    expect(stepsOf(foreign).map(({ errorCode }) => errorCode)).toEqual([221, undefined]);
  });

  it('counts repeats with the first and the last time, right behind each other', () => {
    const foreign = record([
      aChange({ action: 'RESUME', receivedAt: '1' }),
      aChange({ receivedAt: '2' }),
      aChange({ receivedAt: '3', isPrimary: true }),
    ]);
    expect(stepsOf(foreign)).toMatchObject([
      { action: 'RESUME', repeats: 0 },
      { action: 'SUSPEND', repeats: 1, firstAt: '2', lastAt: '3' },
    ]);
    expect(foreign.lastArrivalAt).toBe(3_000);
  });

  it.each([
    ['another action', { action: 'RESUME' }],
    ['another code', { errorCode: 231 }],
  ])(
    'I1: takes what comes after %s on the same token for the next change, not for a copy',
    (_what, other) => {
      const foreign = record([
        aChange({ receivedAt: '1' }),
        aChange({ ...other, receivedAt: '2' }),
        aChange({ receivedAt: '3' }),
        aChange({ receivedAt: '4' }),
      ]);
      expect(stepsOf(foreign)).toMatchObject([
        { action: 'SUSPEND', repeats: 0, firstAt: '1' },
        { ...other, repeats: 0 },
        { action: 'SUSPEND', repeats: 1, firstAt: '3', lastAt: '4' },
      ]);
    },
  );

  it.each([
    ['of another token', { virtualCardId: 'token-2', action: 'RESUME' }],
    ['of the other half of a pair', { isPrimary: false }],
  ])('knows a copy behind a word %s', (_what, other) => {
    const foreign = record([aChange(), aChange(other), aChange(), aChange(other)]);
    expect(foreign.tokens.flatMap(({ changes }) => changes.map(({ repeats }) => repeats))).toEqual([1, 1]);
  });

  it('counts the same word again with the one before when there is no room for one more', () => {
    const words = Array.from({ length: 50 }, (_, index) => aChange({ errorCode: index + 1 }));
    const foreign = record([...words, aChange({ errorCode: 1, receivedAt: 'later' })]);
    expect(foreign).toMatchObject({ omitted: 0 });
    expect(stepsOf(foreign)[0]).toMatchObject({ errorCode: 1, repeats: 1, lastAt: 'later' });
  });

  it('keeps its tokens apart, in order of arrival', () => {
    const foreign = record([
      aChange({ virtualCardId: 'b' }),
      aChange({ virtualCardId: 'a' }),
      aChange({ virtualCardId: 'b', action: 'RESUME' }),
    ]);
    expect(foreign.tokens.map(({ virtualCardId, changes }) => [virtualCardId, changes.length])).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
  });

  it('keeps a change without an action', () => {
    const { action: _action, ...withoutAction } = aChange();
    expect(stepsOf(record([withoutAction]))).toHaveLength(1);
  });

  it('I6: remembers that a reference had to be hashed', () => {
    expect(record([aChange({ cardDataSeen: true }), aChange({ action: 'RESUME' })]).cardDataSeen).toBe(true);
    expect(record([aChange(), aChange({ cardDataSeen: false })]).cardDataSeen).toBe(false);
  });

  it.each<[string, number, number, (index: number) => Partial<VirtualCardChange>]>([
    ['200 tokens', 200, 201, (index) => ({ virtualCardId: `token-${index}` })],
    ['50 changes of one token', 50, 51, (index) => ({ errorCode: index + 1 })],
    [
      '1,000 changes of many tokens',
      1_000,
      1_020,
      (index) => ({ virtualCardId: `token-${index % 100}`, errorCode: index + 1 }),
    ],
  ])('keeps at most %s, and counts the others', (_what, most, offered, toOverrides) => {
    const foreign = record(Array.from({ length: offered }, (_, index) => aChange(toOverrides(index))));
    expect(foreign.tokens.flatMap(({ changes }) => changes)).toHaveLength(most);
    expect(foreign.omitted).toBe(offered - most);
  });

  it('keeps what is as long as 600,000 characters of JSON, and not one more', () => {
    const changes = [aChange(), aChange({ action: 'RESUME' }), aChange({ virtualCardId: 'token-2' })];
    const [token, other] = record(changes).tokens;
    const added = [{ ...token, changes: token?.changes.slice(0, 1) }, token?.changes[1], other];
    const lengths = added.map((part) => JSON.stringify(part).length);
    expect(record(changes).characters).toBe(lengths.reduce((sum, length) => sum + length, 0));
    const room = (characters: number) => ({ ...record(changes.slice(0, 2)), characters });
    const longest = 600_000 - (lengths[2] ?? 0);
    const third = aChange({ virtualCardId: 'token-2' });
    expect(recordForeignChange(room(longest), third, 9)).toMatchObject({ omitted: 0, characters: 600_000 });
    const left = recordForeignChange(room(longest + 1), third, 9);
    expect(left).toMatchObject({ omitted: 1, characters: longest + 1 });
    expect(left.tokens).toHaveLength(1);
  });

  it.each<[string, (index: number) => Partial<VirtualCardChange>]>([
    ['tokens', (index) => ({ virtualCardId: `${index}-`.padEnd(255, 'x') })],
    ['changes of one token', (index) => ({ errorCode: index + 1 })],
    [
      'changes of many tokens',
      (index) => ({ virtualCardId: `${index % 100}-`.padEnd(255, 'x'), errorCode: index + 1 }),
    ],
  ])(
    'stays small enough for one message under 5,000 different %s, and counts what it leaves out',
    (_what, toOverrides) => {
      const foreign = record(Array.from({ length: 5_000 }, (_, index) => aChange(toOverrides(index))));
      const kept = foreign.tokens.flatMap(({ changes }) => changes).length;
      expect(kept + foreign.omitted).toBe(5_000);
      expect(JSON.stringify(foreign).length).toBeLessThan(1_000_000);
      expect(foreign.lastArrivalAt).toBe(5_000_000);
    },
  );

  it.each([
    ['three bytes', '中'],
    ['six bytes', '\u0001'],
    ['twice escaped', '"'],
  ])('I3: fits into one message of 2 MiB although each character of it is %s', (_what, character) => {
    const longest = character.repeat(250);
    const foreign = record(
      Array.from({ length: 5_000 }, (_, index) => ({
        correlationId: 'c'.repeat(64),
        virtualCardId: `${longest}${index % 250}`,
        issuerCardRefId: longest,
        walletProviderId: longest.slice(0, 128),
        action: longest.slice(0, 64),
        errorCode: `${index}${longest}`.slice(0, 64),
        source: longest.slice(0, 64),
        receivedAt: '2026-11-22T10:00:00.000Z',
      })),
    );
    const kept = foreign.tokens.flatMap(({ changes }) => changes).length;
    expect(kept + foreign.omitted).toBe(5_000);
    expect(Buffer.byteLength(JSON.stringify(foreign))).toBeLessThan(2_000_000);
  });

  it('still counts the repeats of what it kept when it is full', () => {
    const full = record(
      Array.from({ length: 500 }, (_, index) => aChange({ virtualCardId: `token-${index}` })),
    );
    const again = recordForeignChange(full, aChange({ virtualCardId: 'token-0' }), 9);
    expect(again.omitted).toBe(full.omitted);
    expect(stepsOf(again)).toMatchObject([{ repeats: 1 }]);
  });

  it('survives a crossing of the wire unchanged', () => {
    const foreign = record([aChange(), aChange({ virtualCardId: 'token-2', errorCode: 'E1' })]);
    expect(JSON.parse(JSON.stringify(foreign))).toEqual(foreign);
  });
});
