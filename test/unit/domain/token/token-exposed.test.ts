import type { Answer } from '../../../../src/domain/hub/answer.js';
import { recordLateChange, recordLateReading } from '../../../../src/domain/late/arrivals.js';
import { beginLateArrivals, toView } from '../../../../src/domain/late/index.js';
import { toReport, type TokenRequest, evolve } from '../../../../src/domain/token/index.js';
import type { OperationReport } from '../../../../src/domain/report/report.js';
import { aChange, anOperation, aReading, MINUTE, SECOND } from '../../../support/builders.js';
import { runOperation, type Script } from '../../../support/virtual/run-operation.js';

const refused = (errorCode: number): Answer => ({ kind: 'refused', errorCode, httpStatus: 400 });

function endOf(
  status: string,
  script: Partial<Script>,
  request: Partial<TokenRequest> = {},
): OperationReport {
  const begun = anOperation({ hardDeadlineAt: 20 * MINUTE, ...request });
  const run = runOperation(begun, { answers: [], readings: () => aReading(status), ...script });
  return toReport(run.operation);
}

describe('a token that was to be suspended or deleted, and was not', () => {
  it.each(['INACTIVE', 'DEPLOYMENT_ONGOING', 'RESUMED', 'BLOCKED'])(
    'I4: is named as exposed when the hub refused for its state and then lists it as %s',
    (status) => {
      expect(endOf(status, { answers: [refused(432)] })).toMatchObject({
        status: 'REJECTED',
        evidence: 'ANSWER',
        errorCode: 432,
        exposed: ['token-1'],
        attention: 'TOKEN_EXPOSED',
        lastReading: { answered: true, status },
      });
    },
  );

  it.each([
    ['FAILED', { answers: [], changes: [{ at: SECOND, change: aChange({ errorCode: 221 }) }] }],
  ] as const)('is named so, too, when it ended %s by what readings showed', (status, script) => {
    expect(endOf('RESUMED', script)).toMatchObject({
      status,
      exposed: ['token-1'],
      attention: 'TOKEN_EXPOSED',
    });
  });

  it.each([
    ['it cannot pay', 'DELETED', { answers: [refused(160)] }, {}],
    ['it was to be resumed', 'INACTIVE', { answers: [refused(432)] }, { action: 'RESUME' as const }],
    ['it is as wanted', 'SUSPENDED', { answers: [refused(432)] }, {}],
    ['nobody has looked', 'INACTIVE', { answers: [refused(111)] }, {}],
    ['nobody knows what became of it', 'RESUMED', { answers: [{ kind: 'accepted' as const }] }, {}],
    [
      'nothing was ever sent',
      'RESUMED',
      { answers: [{ kind: 'again' as const, effect: 'none' as const }] },
      {},
    ],
  ])('is not when %s', (_why, status, script, request) => {
    const report = endOf(status, script, request);
    expect([report.exposed, report.attention === 'TOKEN_EXPOSED']).toEqual([[], false]);
  });

  it('is not once a person has decided, who has looked', () => {
    const { operation } = runOperation(anOperation(), {
      answers: [{ kind: 'accepted' }],
      readings: (now) => aReading(now < 20 * MINUTE ? 'RESUMED' : 'SUSPENDED'),
    });
    const open = { ...operation, phase: { kind: 'waiting' } as const, lastSeenStatus: 'RESUMED' };
    const decided = evolve(
      open,
      { kind: 'resolve', decision: { status: 'FAILED', note: 'seen in the portal' } },
      SECOND,
    );
    expect(toReport(decided)).toMatchObject({ status: 'FAILED', exposed: [] });
    expect(toReport(decided).attention).toBeUndefined();
  });

  it('needs nobody any more once a late look shows that it cannot pay, or a late callback that it is done', () => {
    const rejected = endOf('INACTIVE', { answers: [refused(432)] });
    const late = beginLateArrivals('ISSUER1234', 'op-1', MINUTE);
    const subject = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' } as const;
    const seen = (status: string) =>
      toView(rejected, recordLateReading(late, { reading: aReading(status), subject }, MINUTE).arrivals);
    expect(seen('INACTIVE')).toMatchObject({ status: 'REJECTED', attention: 'TOKEN_EXPOSED' });
    expect(seen('DELETED').attention).toBeUndefined();
    const failed = endOf('RESUMED', { changes: [{ at: SECOND, change: aChange({ errorCode: 221 }) }] });
    const heard = toView(failed, recordLateChange(late, aChange(), MINUTE).arrivals);
    expect(heard).toMatchObject({ effectiveStatus: 'CONFIRMED', attention: 'LATE_AMENDMENT' });
  });
});
