import type { LateEntry, OperationReport, OperationView } from '../report/report.js';
import type { Decision } from '../token/index.js';
import { isFinalStatus } from '../report/status.js';
import type { LateArrival } from './arrivals.js';
import { judge } from './judge.js';
import { attentionOf, beginStanding } from './standing.js';
import { toSubject } from './subject.js';

/**
 * The operation as callers see it, with everything that came late: each arrival is judged by the outcome as it stood
 * when it came (design 5.4). The recorded status never changes; the effective one follows an amendment's word, is
 * UNKNOWN after a conflict, and then what a reading or a person decides.
 */
export function toView(report: OperationReport, arrivals: readonly LateArrival[] = []): OperationView {
  const { heard: _heard, provisional: _provisional, decision, outcomes, ...rest } = report;
  const shown = {
    ...rest,
    outcomes: outcomes.map(({ provisional: _mayChange, disputed: _isDisputed, ...outcome }) => outcome),
  };
  if (!isFinalStatus(report.status)) return { ...shown, late: [] };
  const subject = toSubject(report);
  const late: LateEntry[] =
    decision === undefined ? [] : [{ kind: 'decision', status: report.status, ...decision }];
  let standing = beginStanding(report);
  for (const arrival of arrivals) {
    const judged = judge(standing, arrival, subject);
    standing = judged.standing;
    late.push(judged.entry);
  }
  const { attention: _attention, ...unworried } = shown;
  const attention = attentionOf(standing);
  const omitted = arrivals.reduce((sum, arrival) => sum + omittedOf(arrival), report.omitted ?? 0);
  return {
    ...unworried,
    ...(omitted > 0 && { omitted }),
    effectiveStatus: standing.effectiveStatus,
    ...(standing.device !== undefined && { device: standing.device }),
    ...(attention !== undefined && { attention }),
    duplicates: standing.duplicates,
    late,
  };
}

/**
 * Whether this is what a person decided last, and nothing has been in doubt since: whoever sends it again repeats a request
 * that got no answer, and does not decide anew.
 */
export function isDecidedSo(
  {
    late,
    effectiveStatus,
    attention,
    partial,
  }: Pick<OperationView, 'late' | 'effectiveStatus' | 'attention' | 'partial'>,
  decision: Decision,
): boolean {
  const last = late.findLast(({ kind }) => kind === 'decision');
  return (
    attention === undefined &&
    partial === undefined &&
    effectiveStatus === decision.status &&
    last?.status === decision.status &&
    last.note === decision.note &&
    last.by === decision.by
  );
}

function omittedOf(arrival: LateArrival): number {
  return arrival.kind === 'overflow' ? arrival.count : 0;
}
