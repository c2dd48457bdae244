import { continueAsNew, setHandler } from '@temporalio/workflow';
import {
  beginForeignChange,
  foreignAgendaOf,
  recordForeignChange,
  type ForeignChange,
} from '../src/domain/unsolicited/foreign-change.js';
import { takeCallbacks } from './listen.js';
import { foreignChangeQuery } from '../src/contract/messages.js';
import { createDriver, type Display } from './run-agenda.js';
import { attentionKey } from '../src/contract/search-attributes.js';
import { writeSearchAttributes } from './display.js';
import { now, temporalRuntime, uncancelled } from './runtime.js';

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
  const { issuerId, correlationId, quietMs } = input;
  const driver = createDriver(input.foreign ?? beginForeignChange(issuerId, correlationId, now()), {
    machine: {
      evolve: (foreign) => foreign,
      receive: (foreign, arrivals) =>
        arrivals.reduce((known, { change, at }) => recordForeignChange(known, change, at), foreign),
      agendaOf: (foreign, instant) => foreignAgendaOf(foreign, quietMs, instant),
      isSettled: () => false,
    },
    effects: {},
    display: createForeignDisplay(),
    runtime: temporalRuntime<ForeignChange>(async (foreign) =>
      continueAsNew<typeof foreignChange>({ ...input, foreign }),
    ),
  });
  takeCallbacks(driver);
  setHandler(foreignChangeQuery, driver.peek);
  return uncancelled(driver.run);
}

function createForeignDisplay(): Display<ForeignChange> {
  const attentionOf = ({ cardDataSeen }: ForeignChange): string | null =>
    cardDataSeen ? 'CARD_DATA_SEEN' : null;
  let shown: string | null | undefined;
  return {
    isOutdated: (foreign) => attentionOf(foreign) !== shown,
    show: (foreign) => {
      shown = attentionOf(foreign);
      writeSearchAttributes([{ key: attentionKey, value: shown }]);
    },
  };
}
