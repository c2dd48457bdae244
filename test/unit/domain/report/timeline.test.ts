import {
  beginForeignChange,
  recordForeignChange,
} from '../../../../src/domain/unsolicited/foreign-change.js';
import type { LateArrival } from '../../../../src/domain/late/index.js';
import { toListed } from '../../../../src/domain/report/listed-operation.js';
import {
  MOST_ITEMS,
  toForeignItems,
  toLateForeignItems,
  toLateItems,
  toOperationItem,
  toRenewalItems,
  toTimeline,
  type ForeignItem,
} from '../../../../src/domain/report/timeline.js';
import { aChange, aReport } from '../../../support/builders.js';

const CARD = { issuerCardRefId: 'card-1', virtualCardIds: new Set(['token-1']) };
const at = (second: number): string => `2026-11-22T10:00:${String(second).padStart(2, '0')}.000Z`;

const foreignAt = (instant: string): ForeignItem => ({
  kind: 'foreign',
  at: instant,
  correlationId: 'outside',
  virtualCardId: 'token-1',
});

describe('a timeline', () => {
  it('is in order of time, whatever kind comes first', () => {
    const operation = toOperationItem({ ...toListed(aReport()), requestedAt: at(2) });
    const { items, partial } = toTimeline([foreignAt(at(3)), operation, foreignAt(at(1))], false);
    expect(items.map((item) => item.at)).toEqual([at(1), at(2), at(3)]);
    expect(partial).toBeUndefined();
  });

  it('has the newest items, and says so, when there are too many', () => {
    const many = Array.from({ length: MOST_ITEMS + 1 }, (_, index) =>
      foreignAt(new Date(Date.UTC(2026, 0, 1) + index).toISOString()),
    );
    const { items, partial } = toTimeline(many, false);
    expect(items).toHaveLength(MOST_ITEMS);
    expect(items[0]?.at).toBe(many[1]?.at);
    expect(partial).toBe(true);
  });

  it('shows an operation as a list does, at the time of its request', () => {
    const report = aReport({
      status: 'FAILED',
      errorCode: 231,
      attention: 'LATE_AMENDMENT',
      retryOf: 'op-0',
    });
    expect(toOperationItem(toListed(report))).toEqual({
      kind: 'operation',
      at: '1970-01-01T00:00:00.000Z',
      operationId: 'op-1',
      scope: 'TOKEN',
      action: 'SUSPEND',
      virtualCardId: 'token-1',
      status: 'FAILED',
      effectiveStatus: 'FAILED',
      final: true,
      errorCode: 231,
      attention: 'LATE_AMENDMENT',
      retryOf: 'op-0',
    });
  });

  it('has of a foreign change the words on tokens of this card: named by the callback, or known to be its own', () => {
    const changes = [
      aChange({ virtualCardId: 'named', issuerCardRefId: 'card-1', source: 'WALLET', receivedAt: at(1) }),
      aChange({ virtualCardId: 'named', issuerCardRefId: 'card-1', source: 'WALLET', receivedAt: at(2) }),
      aChange({ virtualCardId: 'token-1', errorCode: 231, receivedAt: at(3) }),
      aChange({ virtualCardId: 'stranger', receivedAt: at(4) }),
      aChange({ virtualCardId: 'of-another', issuerCardRefId: 'card-2', receivedAt: at(5) }),
    ];
    const foreign = changes.reduce(
      (known, change) => recordForeignChange(known, change, 0),
      beginForeignChange('ISSUER1234', 'outside', 0),
    );
    expect(toForeignItems(foreign, CARD)).toEqual([
      {
        kind: 'foreign',
        at: at(1),
        correlationId: 'outside',
        virtualCardId: 'named',
        action: 'SUSPEND',
        source: 'WALLET',
        lastAt: at(2),
        repeats: 1,
      },
      {
        kind: 'foreign',
        at: at(3),
        correlationId: 'outside',
        virtualCardId: 'token-1',
        action: 'SUSPEND',
        errorCode: 231,
        lastAt: at(3),
        repeats: 0,
      },
    ]);
  });

  it('says of what came late what it means for its operation', () => {
    expect(
      toLateItems('op-1', [{ kind: 'decision', at: at(1), status: 'FAILED', note: 'n', by: 'jo' }]),
    ).toEqual([
      {
        kind: 'late',
        at: at(1),
        correlationId: 'op-1',
        operationId: 'op-1',
        judged: 'decision',
        status: 'FAILED',
        note: 'n',
        by: 'jo',
      },
    ]);
  });

  it('has what came after a foreign change had closed, of this card only and without a judgement', () => {
    const word = (overrides: Parameters<typeof aChange>[0]): LateArrival => ({
      kind: 'word',
      change: aChange({ correlationId: 'outside', receivedAt: at(1), ...overrides }),
      repeats: 0,
      lastAt: at(1),
    });
    const arrivals = [word({}), word({ virtualCardId: 'stranger' })];
    expect(toLateForeignItems('outside', arrivals, CARD)).toEqual([
      {
        kind: 'late',
        at: at(1),
        correlationId: 'outside',
        change: { virtualCardId: 'token-1', action: 'SUSPEND', receivedAt: at(1) },
      },
    ]);
  });

  it('has each renewal of each token', () => {
    const renewal = {
      correlationId: 'r-1',
      result: 'FAILED',
      errorCode: 231,
      firstAt: at(1),
      lastAt: at(2),
      repeats: 1,
    };
    const view = {
      issuerCardRefId: 'card-1',
      tokens: [
        { virtualCardId: 'token-1', expected: true, renewals: [renewal] },
        { virtualCardId: 'token-2', expected: true, renewals: [] },
      ],
      open: true,
    } as const;
    expect(toRenewalItems(view as Parameters<typeof toRenewalItems>[0])).toEqual([
      { kind: 'renewal', at: at(1), virtualCardId: 'token-1', ...renewal },
    ]);
  });
});
