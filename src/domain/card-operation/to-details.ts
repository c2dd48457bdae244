import { toRequestLine } from '../remark.js';
import type { OperationReport } from '../report.js';
import type { CardOperation } from './state.js';

/** How the sender of an operation on a card stands, or ended, in a few lines of Markdown for a tired person who looks at the Temporal UI. */
export function toCardDetails(
  { told, attempts }: Pick<CardOperation, 'told' | 'attempts'>,
  report: Pick<OperationReport, 'status' | 'attention' | 'evidence' | 'final' | 'requests'>,
): string {
  const { status, attention, evidence, final } = report;
  return [
    `**${status}**${attention === undefined ? '' : ` · attention **${attention}**`}${told === undefined ? '' : `: ${told.progress}`}`,
    ...(final ? [`Evidence ${evidence}.`] : []),
    attempts === 0 ? 'Nothing has been sent.' : `Attempts: ${attempts}.`,
    ...toRequestLine(report),
    'The callbacks and the outcome of each token are with the child workflow, in the tab Relationships.',
  ].join('\n\n');
}
