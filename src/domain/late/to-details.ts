import { toIsoTime } from '../report/report.js';
import type { LateArrivals } from './arrivals.js';
import { attentionOf, type LateStanding } from './standing.js';

/** What came late and what it means, in a few lines of Markdown for a tired person who looks at the Temporal UI. */
export function toLateDetails(late: LateArrivals, standing: LateStanding | undefined): string {
  return [
    ...(standing === undefined ? [] : describeStanding(standing)),
    `Arrivals after the end: ${late.arrivals.length}, last ${toIsoTime(late.lastArrivalAt)}.`,
  ].join('\n\n');
}

function describeStanding(standing: LateStanding): string[] {
  const attention = attentionOf(standing);
  return [
    `Now **${standing.effectiveStatus}**${attention === undefined ? '' : ` · attention **${attention}**`}`,
    ...(standing.conflictOpen
      ? ['What came late contradicts the outcome. Look at the token, then resolve the operation.']
      : []),
  ];
}
