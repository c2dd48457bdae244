import { continueAsNew, setCurrentDetails, setHandler, uuid4 } from '@temporalio/workflow';
import type { Reading } from '../src/domain/hub/reading.js';
import {
  attentionOf,
  beginRenewals,
  evolveRenewals,
  isNews,
  recordRenewals,
  renewalsAgendaOf,
  toRenewalDetails,
  type CardRenewals,
  type FollowedRenewals,
  type RenewalsEvent,
} from '../src/domain/unsolicited/index.js';
import { readCard } from './hub-calls.js';
import { takeCallbacks } from './listen.js';
import { renewalsQuery } from '../src/contract/messages.js';
import { createDriver, type Display, type Machine } from './run-agenda.js';
import { attentionKey } from '../src/contract/search-attributes.js';
import { writeSearchAttributes } from './display.js';
import { now, temporalRuntime, uncancelled } from './runtime.js';

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
  const renewals = input.renewals ?? beginRenewals(input, now());
  const begun: FollowedRenewals = { renewals, quietMs, readIntervalMs, isReading: false };
  const driver = createDriver(begun, {
    machine,
    effects: { read: () => ({ ended: read(input) }) },
    display: createRenewalsDisplay(),
    runtime: temporalRuntime<FollowedRenewals>(async (followed) =>
      continueAsNew<typeof cardRenewals>({ ...input, renewals: followed.renewals }),
    ),
  });
  takeCallbacks(driver);
  setHandler(renewalsQuery, () => driver.peek().renewals);
  return (await uncancelled(driver.run)).renewals;
}

const machine: Machine<FollowedRenewals, RenewalsEvent, 'read'> = {
  evolve: evolveRenewals,
  receive: (followed, arrivals) => ({ ...followed, renewals: recordRenewals(followed.renewals, arrivals) }),
  agendaOf: renewalsAgendaOf,
  isSettled: () => false,
};

async function read(input: CardRenewalsInput): Promise<RenewalsEvent> {
  return { kind: 'reading', reading: await readTokens(input) };
}

/** Looks at all tokens of the card, under a correlation id of its own: nobody has asked for anything. */
async function readTokens({ issuerId, issuerCardRefId, hubTimeoutMs }: CardRenewalsInput): Promise<Reading> {
  if (issuerCardRefId === undefined) return { kind: 'failed' };
  return readCard(
    { issuerId, correlationId: uuid4(), issuerCardRefId },
    { withinMs: 2 * hubTimeoutMs, hubTimeoutMs, purpose: 'which tokens can be renewed?' },
  );
}

/** A storm is made of copies, which show nothing new. */
function createRenewalsDisplay(): Display<FollowedRenewals> {
  let shown: CardRenewals | undefined;
  return {
    isOutdated: ({ renewals }) => shown === undefined || isNews(shown, renewals),
    show: ({ renewals }) => {
      shown = renewals;
      setCurrentDetails(toRenewalDetails(renewals));
      writeSearchAttributes([{ key: attentionKey, value: attentionOf(renewals) ?? null }]);
    },
  };
}
