import {
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import type { Reading } from '../src/domain/reading.js';
import {
  attentionOf,
  beginRenewals,
  isNews,
  nextReadingAt,
  recordCardReading,
  recordRenewal,
  toRenewalDetails,
  type CardRenewals,
} from '../src/domain/renewals/index.js';
import { now } from './clock.js';
import { isWellFormed } from './guards.js';
import { readCard } from './hub-calls.js';
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
  let renewals = input.renewals ?? beginRenewals(input, now());
  let isShown = false;
  const run = createRunLength();
  setHandler(virtualCardChangedSignal, (change) => {
    run.noteSignal();
    if (!isWellFormed(change)) return;
    const before = renewals;
    renewals = recordRenewal(renewals, change, now());
    // A storm is made of copies, and each look at it costs a timer.
    if (isNews(before, renewals)) isShown = false;
  });
  setHandler(renewalsQuery, () => renewals);

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      show(renewals);
      isShown = true;
      if (run.isTooLong()) await continueAsNew<typeof cardRenewals>({ ...input, renewals });
      const closing = renewals.lastArrivalAt + quietMs;
      if (closing <= now()) return renewals;
      const reading = nextReadingAt(renewals);
      if (reading !== undefined && reading <= now()) {
        const shown = await readTokens(input);
        renewals = recordCardReading(renewals, shown, { now: now(), readIntervalMs });
        continue;
      }
      const isReadingNext = reading !== undefined && reading < closing;
      await condition(() => !isShown || run.isTooLong(), (isReadingNext ? reading : closing) - now(), {
        summary: isReadingNext ? 'until the card is read again' : 'until it has been quiet',
      });
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
