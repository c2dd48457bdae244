import { duplicateKey, type VirtualCardChange } from '../../../../src/domain/hub/change.js';
import {
  beginCardOperation,
  fromCompact,
  recordCardChanges,
  toCompact,
  toCardReport,
  type CardOperation,
  evolveCard,
} from '../../../../src/domain/card/index.js';
import { withRequest } from '../../../../src/domain/operation/remark.js';
import { aPolicy, aRequest, SENDER_PATIENCE_MS, senderEnded } from '../../../support/builders.js';

/** The server takes no message that is larger. */
const MOST_BYTES = 2 * 1_024 * 1_024;
const LONG_TEXT = 'x'.repeat(128);

/** A card with as many tokens as are ever read, with references of the greatest length. */
function aCardOperation(count: number): { operation: CardOperation; ids: readonly string[] } {
  const { virtualCardId: _virtualCardId, ...request } = aRequest({ issuerCardRefId: 'c'.repeat(48) });
  const ids = Array.from({ length: count }, (_, index) => String(index).padStart(64, 'v'));
  const tokens = ids.map((virtualCardId) => ({ virtualCardId, status: 'RESUMED' }));
  const seen = evolveCard(
    beginCardOperation(request, aPolicy(), SENDER_PATIENCE_MS),
    {
      kind: 'snapshot',
      reading: {
        kind: 'listed',
        tokens,
      },
    },
    0,
  );
  return { operation: evolveCard(seen, senderEnded({ kind: 'accepted', at: 0 }), 0), ids };
}

function aWord(virtualCardId: string, errorCode?: number): VirtualCardChange {
  return {
    correlationId: 'op-1',
    virtualCardId,
    issuerCardRefId: 'c'.repeat(48),
    walletProviderId: LONG_TEXT,
    action: 'SUSPEND',
    source: LONG_TEXT,
    receivedAt: '2026-11-22T10:00:00.000Z',
    ...(errorCode !== undefined && { errorCode }),
  };
}

function recordAll(
  operation: CardOperation,
  ids: readonly string[],
  { errorCode, at }: { errorCode?: number; at: number },
): CardOperation {
  return recordCardChanges(
    operation,
    ids.map((id) => ({ change: aWord(id, errorCode), at })),
  );
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

it('I5: words that overtake each other are kept up to a number on all tokens together, and then ask for a person', () => {
  const { operation, ids } = aCardOperation(300);
  const turns = Array.from({ length: 20 }, (_, turn) => (turn % 2 === 0 ? 'DELETE' : 'RESUME'));
  const arrivals = turns.flatMap((action, at) => ids.map((id) => ({ change: { ...aWord(id), action }, at })));
  const own = ids.map((id) => ({ change: aWord(id), at: 0 }));
  const recorded = recordCardChanges(operation, [...own, ...arrivals]);
  expect(recorded.members.flatMap(({ token }) => token.unexpected)).toHaveLength(1_500);
  expect(toCardReport(recorded).attention).toBe('CONFLICT');
});

describe('the state of 2,500 tokens that all fail, and then say the opposite', () => {
  const { operation: begun, ids } = aCardOperation(2_500);
  const failed = recordAll(begun, ids, { errorCode: 231, at: 1 });
  const contradicted = recordAll(failed, ids.slice(0, 1_600), { at: 2 });
  const handedOver = fromCompact(JSON.parse(JSON.stringify(toCompact(contradicted))) as never);

  it('I3: fits into one message of Temporal, and so does its report', () => {
    expect(bytesOf(toCompact(contradicted))).toBeLessThan(MOST_BYTES);
    expect(bytesOf(toCardReport(contradicted))).toBeLessThan(MOST_BYTES);
  });

  it('I3: fits also when people have asked for much, with the longest reasons', () => {
    // JSON writes each of these as six characters.
    const remark = { by: '\u0001'.repeat(500), note: '\u0001'.repeat(500) };
    let asked = contradicted;
    for (let n = 0; n < 400; n += 1) asked = withRequest(asked, { kind: 'read', remark }, n);
    expect(bytesOf(toCompact(asked))).toBeLessThan(MOST_BYTES);
    expect(bytesOf(toCardReport(asked))).toBeLessThan(MOST_BYTES);
  });

  it('I5: keeps every outcome and every open conflict, and counts what is left out', () => {
    const before = toCardReport(contradicted);
    const after = toCardReport(handedOver);
    expect(after).toEqual({
      ...before,
      conflicts: [],
      omitted: before.conflicts.length + (before.omitted ?? 0),
    });
    expect(after.attention).toBe('CONFLICT');
  });

  it('knows a word that it has heard before', () => {
    const [first = ''] = ids;
    const again = evolveCard(handedOver, { kind: 'callback', change: aWord(first, 231) }, 3);
    expect(toCardReport(again).duplicates).toBe(1);
    expect(toCardReport(again).heard).toContain(duplicateKey(aWord(first, 231)));
  });
});

it('leaves nothing out of the state of 1,000 tokens of which some contradict themselves', () => {
  const { operation: begun, ids } = aCardOperation(1_000);
  const failed = recordAll(begun, ids, { errorCode: 231, at: 1 });
  const contradicted = recordAll(failed, ids.slice(0, 100), { at: 2 });
  expect(toCardReport(fromCompact(toCompact(contradicted)))).toEqual(toCardReport(contradicted));
});
