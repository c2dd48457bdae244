import { CancellationScope, continueAsNew, setHandler } from '@temporalio/workflow';
import type { VirtualCardChange } from '../src/domain/change.js';
import { beginForeignChange, recordForeignChange, type ForeignChange } from '../src/domain/foreign-change.js';
import { now } from './clock.js';
import { isWellFormed } from './guards.js';
import { foreignChangeQuery, virtualCardChangedSignal } from './messages.js';
import { createRunLength } from './run-length.js';
import { attentionKey, writeSearchAttributes } from './search-attributes.js';
import { untilQuiet } from './until-quiet.js';

export interface ForeignChangeInput {
  readonly issuerId: string;
  readonly correlationId: string;
  /** How long it stays open after the last arrival, so that repeats and sister tokens join it. */
  readonly quietMs: number;
  readonly foreign?: ForeignChange;
}

/**
 * A change that no operation of ours asked for: a wallet's, a cardholder's, the network's (design 5.4). Cancelling it has no
 * effect: what it keeps must stay readable.
 */
export async function foreignChange(input: ForeignChangeInput): Promise<ForeignChange> {
  let foreign = input.foreign ?? beginForeignChange(input.issuerId, input.correlationId, now());
  const run = createRunLength();
  setHandler(virtualCardChangedSignal, (...changes: VirtualCardChange[]) => {
    run.noteSignal(changes.length);
    for (const change of changes.filter(isWellFormed)) foreign = recordForeignChange(foreign, change, now());
  });
  setHandler(foreignChangeQuery, () => foreign);

  return CancellationScope.nonCancellable(async () => {
    const ended = await untilQuiet({
      quietMs: input.quietMs,
      run,
      lastArrivalAt: () => foreign.lastArrivalAt,
    });
    // Nothing is waited for from here on, so nothing can come that this would not show.
    writeSearchAttributes([{ key: attentionKey, value: foreign.cardDataSeen ? 'CARD_DATA_SEEN' : null }]);
    if (ended === 'run-too-long') await continueAsNew<typeof foreignChange>({ ...input, foreign });
    return foreign;
  });
}
