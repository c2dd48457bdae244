import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { VirtualCardChange } from '../src/domain/change.js';
import type { FanOutStanding } from '../src/domain/card-operation/index.js';
import {
  attentionOfFanOut,
  beginFanOut,
  beginFanOutReading,
  fanOutAgendaOf,
  fromCompact,
  isFinal,
  passFanOutTime,
  purposeOfFanOutReading,
  recordFanOutCancellation,
  recordFanOutChanges,
  recordFanOutDecision,
  recordFanOutReading,
  recordFanOutReadingRequest,
  recordSendingEnded,
  recordSnapshot,
  statusOfFanOut,
  toCompact,
  toFanOutDetails,
  toFanOutReport,
  toProgress,
  type CardRequest,
  type CompactFanOut,
  type FanOut,
} from '../src/domain/fan-out/index.js';
import type { Wake } from '../src/domain/operation/index.js';
import type { Reading } from '../src/domain/reading.js';
import { withRequest, type Remark } from '../src/domain/remark.js';
import type { OperationPolicy, OperationReport } from '../src/domain/report.js';
import { now } from './clock.js';
import { untilDue } from './condition-until.js';
import { isDecision, isResult, isWellFormed, toRemark } from './guards.js';
import { readCard } from './hub-calls.js';
import { createInbox } from './inbox.js';
import {
  cancelRequestedSignal,
  decisionMadeSignal,
  fanOutChangedSignal,
  fanOutStandingQuery,
  readRequestedSignal,
  reportQuery,
  sendingEndedSignal,
  virtualCardChangedSignal,
} from './messages.js';
import { createRunLength } from './run-length.js';
import { toSearchAttributes, writeSearchAttributes } from './search-attributes.js';
import { tellSender } from './tell.js';

export interface CardFanOutInput {
  readonly request: CardRequest;
  readonly policy: OperationPolicy;
  /** How long the hub may take for one exchange. */
  readonly hubTimeoutMs: number;
  /** The card's tokens before anything was sent. */
  readonly snapshot?: Reading;
  /** The state of the run before this one. */
  readonly fanOut?: CompactFanOut;
  /** When somebody asked that run for a reading that it has not answered. */
  readonly readingAskedAt?: number;
}

/** How far it is, is written down so often at most, not once per callback. */
const PROGRESS_EVERY_MS = 10_000;

/**
 * Owns the callbacks of a request for all tokens of a card, and says in the end what became of each (design 5.3).
 * It always completes with its report, whatever becomes of the sender.
 */
export async function cardFanOut(input: CardFanOutInput): Promise<OperationReport> {
  const { request, policy, hubTimeoutMs, snapshot = { kind: 'failed' } } = input;
  const inbox = createInbox(
    input.fanOut === undefined
      ? recordSnapshot(beginFanOut(request, policy), snapshot)
      : fromCompact(input.fanOut),
    recordFanOutChanges,
  );
  const run = createRunLength();
  const underWay = new Set<Promise<void>>();
  let { readingAskedAt } = input;
  let told: Told | undefined;

  setHandler(virtualCardChangedSignal, (...changes: VirtualCardChange[]) => {
    run.noteSignal(changes.length);
    for (const change of changes.filter(isWellFormed)) inbox.put(change);
  });
  setHandler(sendingEndedSignal, (result) => {
    run.noteSignal();
    if (!isResult(result)) return;
    inbox.state = recordSendingEnded(inbox.state, result, now());
  });
  const cancel = (remark?: Remark): void => {
    inbox.state = withRequest(
      recordFanOutCancellation(inbox.state, now()),
      { kind: 'cancel', remark },
      now(),
    );
  };
  setHandler(cancelRequestedSignal, (remark) => {
    run.noteSignal();
    cancel(toRemark(remark, 'cancelRequested'));
  });
  setHandler(readRequestedSignal, (remark) => {
    run.noteSignal();
    readingAskedAt = now();
    const asked = { kind: 'read', remark: toRemark(remark, 'readRequested') } as const;
    inbox.state = withRequest(recordFanOutReadingRequest(inbox.state, now()), asked, now());
  });
  setHandler(decisionMadeSignal, (decision) => {
    run.noteSignal();
    if (!isDecision(decision)) return;
    inbox.state = recordFanOutDecision(inbox.state, decision, now());
  });
  setHandler(reportQuery, () => toFanOutReport(inbox.state));
  setHandler(fanOutStandingQuery, () => toStanding(inbox.state));
  // Cancelling this workflow is a person's wish like cancelling the operation; it must not tear down a reading.
  CancellationScope.current().cancelRequested.catch(() => cancel());

  const begin = (work: Promise<void>): void => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };

  const read = async (): Promise<void> => {
    const purpose = purposeOfFanOutReading(inbox.state);
    inbox.state = beginFanOutReading(inbox.state, now());
    const reading = await readCard(request, { withinMs: 2 * hubTimeoutMs, hubTimeoutMs, purpose });
    inbox.state = recordFanOutReading(inbox.state, reading, now());
  };

  const isReadingAnswered = (): boolean =>
    readingAskedAt !== undefined && (inbox.state.lastReadingAt ?? -1) >= readingAskedAt;

  /** Says how it stands where it can be seen without a worker, and to the sender. */
  const tell = (): void => {
    const standing = toStanding(inbox.state);
    told = { standing, at: now() };
    if (isReadingAnswered()) readingAskedAt = undefined;
    const { progress } = standing;
    if (workflowInfo().memo?.['progress'] !== progress) upsertMemo({ progress });
    begin(tellSender(request, fanOutChangedSignal, standing));
  };

  const isNothingUnderWay = (): boolean => underWay.size === 0 && allHandlersFinished();
  const show = (): void => {
    writeSearchAttributes(toSearchAttributes(toFanOutReport(inbox.state)));
    setCurrentDetails(toFanOutDetails(inbox.state, now()));
  };

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      inbox.state = passFanOutTime(inbox.state, now());
      if (isReadingAnswered() || isToldDue(told, inbox.state, now())) tell();
      if (isFinal(inbox.state)) {
        // A callback that comes while the sender is told may open it again. Nothing is shown as its end that is not yet stored.
        await condition(isNothingUnderWay);
        const isAtTheEnd =
          isFinal(inbox.state) && isNothingUnderWay() && !isToldDue(told, inbox.state, now());
        if (!isAtTheEnd) continue;
        show();
        return toFanOutReport(inbox.state);
      }
      show();
      if (run.isTooLong()) {
        // Only between activities: what is under way ends first, and its result goes along.
        await condition(isNothingUnderWay);
        if (isFinal(inbox.state)) continue;
        await continueAsNew<typeof cardFanOut>({
          request,
          policy,
          hubTimeoutMs,
          fanOut: toCompact(inbox.state),
          ...(readingAskedAt !== undefined && { readingAskedAt }),
        });
      }
      if (fanOutAgendaOf(inbox.state, now()).read) begin(read());
      const before = { wake: wakeOf(inbox.state, told), read: fanOutAgendaOf(inbox.state, now()).read };
      const isDue = (): boolean => {
        const agenda = fanOutAgendaOf(inbox.state, now());
        return (
          isFinal(inbox.state) ||
          (agenda.read && !before.read) ||
          isReadingAnswered() ||
          isToldDue(told, inbox.state, now()) ||
          wakeOf(inbox.state, told)?.at !== before.wake?.at
        );
      };
      await untilDue(before.wake, { version: () => inbox.version(), isDue, run });
    }
  });
}

interface Told {
  readonly standing: FanOutStanding;
  readonly at: number;
}

function toStanding(fanOut: FanOut): FanOutStanding {
  const attention = attentionOfFanOut(fanOut);
  const { stance, sending, lastReadingAt } = fanOut;
  const errorCode = stance.kind === 'final' ? stance.settlement.errorCode : undefined;
  return {
    status: statusOfFanOut(fanOut),
    ...(attention !== undefined && { attention }),
    ...(errorCode !== undefined && { errorCode }),
    progress: toProgress(fanOut),
    stopsSending:
      sending.kind !== 'under-way' || fanOut.wordCame || fanOut.cancelledAt !== undefined || isFinal(fanOut),
    ...(sending.kind === 'accepted' && { acceptedAt: sending.at }),
    ...(lastReadingAt !== undefined && { lastReadingAt }),
  };
}

/** What a person acts upon is told at once; how far it is, now and then. */
function isToldDue(told: Told | undefined, fanOut: FanOut, at: number): boolean {
  const standing = toStanding(fanOut);
  if (told === undefined) return true;
  const { standing: before } = told;
  const isUrgent =
    before.status !== standing.status ||
    before.attention !== standing.attention ||
    (before.stopsSending !== standing.stopsSending && fanOut.sending.kind === 'under-way');
  if (before.progress === standing.progress) return isUrgent;
  return isUrgent || isFinal(fanOut) || at >= told.at + PROGRESS_EVERY_MS;
}

function wakeOf(fanOut: FanOut, told: Told | undefined): Wake | undefined {
  const { wake } = fanOutAgendaOf(fanOut, now());
  const isStale = told !== undefined && told.standing.progress !== toProgress(fanOut);
  if (!isStale) return wake;
  const at = told.at + PROGRESS_EVERY_MS;
  return wake !== undefined && wake.at <= at ? wake : { at, reason: 'writing down the progress' };
}
