import { CancellationScope, continueAsNew, setCurrentDetails, setHandler, uuid4 } from '@temporalio/workflow';
import type { VirtualCardChange } from '../src/domain/change.js';
import type { Reading } from '../src/domain/reading.js';
import {
  attentionOf,
  beginRenewals,
  isNews,
  nextReadingAt,
  recordCardReading,
  recordRenewals,
  toRenewalDetails,
  type CardRenewals,
} from '../src/domain/renewals/index.js';
import { now } from './clock.js';
import { untilDue } from './condition-until.js';
import { isWellFormed } from './guards.js';
import { readCard } from './hub-calls.js';
import { createInbox } from './inbox.js';
import { renewalsQuery, virtualCardChangedSignal } from './messages.js';
import { createRunLength } from './run-length.js';
import { attentionKey, writeSearchAttributes } from './search-attributes.js';

export interface CardRenewalsInput {
  readonly issuerId: string;
  /** Absent when the callbacks name no card: there is then nothing to read. */
  readonly issuerCardRefId?: string;
  /** How long it stays open after the last arrival. */
  readonly quietMs: number;
  readonly readIntervalMs: number;
  /** How long the hub may take for one exchange. */
  readonly hubTimeoutMs: number;
  /** What the run before this one knew. */
  readonly renewals?: CardRenewals;
}

/**
 * Follows the renewals of a card's tokens by their TSP, which no request of ours announces (design 5.4): who has been
 * renewed, whose renewal failed, and who has not been heard of. Cancelling it has no effect: what it keeps must stay readable.
 */
export async function cardRenewals(input: CardRenewalsInput): Promise<CardRenewals> {
  const { quietMs, readIntervalMs } = input;
  const inbox = createInbox(input.renewals ?? beginRenewals(input, now()), recordRenewals);
  const run = createRunLength();
  setHandler(virtualCardChangedSignal, (...changes: VirtualCardChange[]) => {
    run.noteSignal(changes.length);
    for (const change of changes.filter(isWellFormed)) inbox.put(change);
  });
  setHandler(renewalsQuery, () => inbox.state);

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      const shown = inbox.state;
      show(shown);
      if (run.isTooLong()) await continueAsNew<typeof cardRenewals>({ ...input, renewals: shown });
      const closing = shown.lastArrivalAt + quietMs;
      if (closing <= now()) return shown;
      const reading = nextReadingAt(shown);
      if (reading !== undefined && reading <= now()) {
        const listed = await readTokens(input);
        inbox.state = recordCardReading(inbox.state, listed, { now: now(), readIntervalMs });
        continue;
      }
      const isReadingNext = reading !== undefined && reading < closing;
      const wake = isReadingNext
        ? { at: reading, reason: 'until the card is read again' }
        : { at: closing, reason: 'until it has been quiet' };
      // A storm is made of copies, and each look at it costs a timer.
      await untilDue(wake, { version: () => inbox.version(), isDue: () => isNews(shown, inbox.state), run });
    }
  });
}

/** Looks at all tokens of the card, under a correlation id of its own: nobody has asked for anything. */
async function readTokens({ issuerId, issuerCardRefId, hubTimeoutMs }: CardRenewalsInput): Promise<Reading> {
  if (issuerCardRefId === undefined) return { kind: 'failed' };
  return readCard(
    { issuerId, correlationId: uuid4(), issuerCardRefId },
    { withinMs: 2 * hubTimeoutMs, hubTimeoutMs, purpose: 'which tokens can be renewed?' },
  );
}

/** What a person sees of it in the Temporal UI. */
function show(renewals: CardRenewals): void {
  setCurrentDetails(toRenewalDetails(renewals));
  writeSearchAttributes([{ key: attentionKey, value: attentionOf(renewals) ?? null }]);
}
