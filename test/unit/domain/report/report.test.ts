import { toReport, evolve } from '../../../../src/domain/token/index.js';
import { toView } from '../../../../src/domain/late/index.js';
import { toIsoTime } from '../../../../src/domain/report/report.js';
import { FINAL_STATUSES, isFinalStatus } from '../../../../src/domain/report/status.js';
import { aChange, anOperation, SECOND } from '../../../support/builders.js';

const sent = evolve(anOperation({ retryOf: 'op-0' }), { kind: 'begun', effect: 'send' }, SECOND);
const accepted = evolve(sent, { kind: 'answer', answer: { kind: 'accepted' }, chance: 0 }, 2 * SECOND);

describe('the report of an operation', () => {
  it('has, while it runs, exactly these fields', () => {
    expect(toReport(anOperation())).toEqual({
      operationId: 'op-1',
      correlationId: 'op-1',
      issuerId: 'ISSUER1234',
      scope: 'TOKEN',
      action: 'SUSPEND',
      issuerCardRefId: 'card-1',
      virtualCardId: 'token-1',
      status: 'REQUESTED',
      effectiveStatus: 'REQUESTED',
      final: false,
      provisional: false,
      evidence: 'NONE',
      outcomes: [{ virtualCardId: 'token-1', result: 'PENDING', expected: true, evidence: 'NONE' }],
      exposed: [],
      duplicates: 0,
      conflicts: [],
      unexpected: [],
      attempts: 0,
      requestedAt: '1970-01-01T00:00:00.000Z',
      softDeadlineAt: '1970-01-01T00:15:00.000Z',
      hardDeadlineAt: '1970-01-04T00:00:00.000Z',
      heard: [],
    });
  });

  it('says when the hub took the request, apart from when it was settled', () => {
    expect(toReport(accepted)).toMatchObject({
      status: 'AWAITING_CALLBACK',
      attempts: 1,
      acceptedAt: '1970-01-01T00:00:02.000Z',
      retryOf: 'op-0',
    });
    expect(toReport(accepted)).not.toHaveProperty('settledAt');
  });

  it('shows the last look, whatever it decided: what it found, or that nobody answered', () => {
    const looking = evolve(accepted, { kind: 'begun', effect: 'read' }, 3 * SECOND);
    const mine = { virtualCardId: 'token-1', status: 'RESUMED' };
    const other = { virtualCardId: 'token-2', status: 'RESUMED' };
    const seen = evolve(
      looking,
      { kind: 'reading', reading: { kind: 'listed', tokens: [mine, other] } },
      4 * SECOND,
    );
    const at = '1970-01-01T00:00:03.000Z';
    expect(toReport(seen)).toMatchObject({
      final: false,
      lastReading: { at, answered: true, status: 'RESUMED' },
    });
    const again = evolve(seen, { kind: 'begun', effect: 'read' }, 5 * SECOND);
    const later = { at: '1970-01-01T00:00:05.000Z' };
    const notListed = evolve(
      again,
      { kind: 'reading', reading: { kind: 'listed', tokens: [other] } },
      6 * SECOND,
    );
    expect(toReport(notListed).lastReading).toEqual({ ...later, answered: true });
    const unanswered = evolve(again, { kind: 'reading', reading: { kind: 'failed' } }, 6 * SECOND);
    expect(toReport(unanswered).lastReading).toEqual({ ...later, answered: false });
  });

  it('gives the outcome of its one token the words of the operation', () => {
    const failed = toReport(
      evolve(accepted, { kind: 'callback', change: aChange({ errorCode: 231 }) }, 3 * SECOND),
    );
    expect(failed).toMatchObject({
      status: 'FAILED',
      final: true,
      evidence: 'CALLBACK',
      errorCode: 231,
      settledAt: '1970-01-01T00:00:03.000Z',
      outcomes: [
        {
          result: 'FAILED',
          expected: true,
          evidence: 'CALLBACK',
          errorCode: 231,
          at: '1970-01-01T00:00:03.000Z',
        },
      ],
    });
  });

  it('shows what is known of the device in both places', () => {
    const done = evolve(
      evolve(accepted, { kind: 'callback', change: aChange() }, 3),
      { kind: 'callback', change: aChange({ errorCode: 221 }) },
      4,
    );
    expect(toReport(done)).toMatchObject({ device: 'NOT_REACHED', outcomes: [{ device: 'NOT_REACHED' }] });
  });

  it.each([
    ['CONFIRMED', 'CONFIRMED'],
    ['FAILED', 'FAILED'],
    ['REJECTED', 'FAILED'],
    ['UNKNOWN', 'SILENT'],
    ['CANCELLED', 'SILENT'],
    ['SUPERSEDED', 'SILENT'],
  ] as const)('of an operation that ended %s has an outcome that is %s', (status, result) => {
    const decided = evolve(
      accepted,
      { kind: 'resolve', decision: { status, note: 'seen in the wallet', by: 'night shift' } },
      5,
    );
    expect(toReport(decided)).toMatchObject({ status, evidence: 'PERSON', outcomes: [{ result }] });
  });

  it('leaves out what is not known, so that it is the same after a crossing of the wire', () => {
    for (const operation of [
      anOperation(),
      accepted,
      evolve(accepted, { kind: 'callback', change: aChange() }, 3),
    ]) {
      const report = toReport(operation);
      expect(Object.keys(report)).toEqual(Object.keys(JSON.parse(JSON.stringify(report)) as object));
    }
  });

  it('as callers see it hides what is kept for ourselves', () => {
    const view = toView(toReport(evolve(accepted, { kind: 'callback', change: aChange() }, 3)));
    expect(view).not.toHaveProperty('heard');
    expect(view).not.toHaveProperty('provisional');
    expect(view.late).toEqual([]);
  });

  it('shows a change without the correlation id that it was found by', () => {
    const odd = evolve(
      accepted,
      { kind: 'callback', change: aChange({ action: 'RENEW', source: 'TSP' }) },
      3,
    );
    expect(toReport(odd).unexpected).toEqual([
      { virtualCardId: 'token-1', action: 'RENEW', source: 'TSP', receivedAt: aChange().receivedAt },
    ]);
  });

  it('warns from the start when the first id of the request was taken', () => {
    expect(toReport(anOperation({ idTaken: true })).attention).toBe('ID_TAKEN');
  });
});

describe('a status', () => {
  it.each(FINAL_STATUSES)('%s is final', (status) => {
    expect(isFinalStatus(status)).toBe(true);
  });

  it.each(['REQUESTED', 'AWAITING_CALLBACK', 'OVERDUE', '', 'confirmed'])('%p is not', (status) => {
    expect(isFinalStatus(status)).toBe(false);
  });
});

it('times are RFC 3339, in UTC', () => {
  expect(toIsoTime(1_795_341_600_123)).toBe('2026-11-22T10:00:00.123Z');
});
