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
import {
  attentionOfFanOut,
  beginFanOut,
  beginFanOutReading,
  beginSender,
  fanOutAgendaOf,
  fromCompact,
  isFinal,
  isGivenUpUnsent,
  isOver,
  passFanOutTime,
  purposeOfFanOutReading,
  recordFanOutCancellation,
  recordFanOutChanges,
  recordFanOutDecision,
  recordFanOutReading,
  recordFanOutReadingRequest,
  recordHiddenAttempts,
  recordSenderEnded,
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
import { withRequest, type Remark } from '../src/domain/remark.js';
import type { OperationPolicy, OperationReport } from '../src/domain/report.js';
import { attemptTimeoutMs } from './activity-proxies.js';
import { askSenderToStop, startSender, type Sender } from './card-sender.js';
import { now } from './clock.js';
import { untilDue } from './condition-until.js';
import { fromFirstStart } from './first-start.js';
import { isWellFormed, refuseOnceEnded, refuseUnlessCardDecision, refuseUnlessRemark } from './guards.js';
import { isOfResetRun, readCard } from './hub-calls.js';
import { createInbox } from './inbox.js';
import {
  cancelUpdate,
  readUpdate,
  reportQuery,
  resolveUpdate,
  virtualCardChangedSignal,
} from './messages.js';
import { createRunLength } from './run-length.js';
import { toSearchAttributes, writeSearchAttributes } from './search-attributes.js';

export interface CardOperationInput {
  readonly request: CardRequest;
  readonly policy: OperationPolicy;
  /** How long the hub may take for one exchange. */
  readonly hubTimeoutMs: number;
  /** When Temporal started the first run; absent in that one. */
  readonly startedAt?: number;
  /** The state of the run before this one. */
  readonly operation?: CompactFanOut;
}

/** A stolen phone cannot wait for a hub that does not list its tokens. */
const SNAPSHOT_WITHIN_MS = 2_000;
/** How far it is, is written down so often at most, not once per callback. */
const PROGRESS_EVERY_MS = 10_000;

/**
 * One requested change of all tokens of a card: looks which there are, has a child send the one request, owns its callbacks,
 * and says in the end what became of each token. It always completes with its report; a failed run is a bug of ours
 * (design 5.3).
 */
export async function cardOperation(input: CardOperationInput): Promise<OperationReport> {
  const { policy, hubTimeoutMs } = input;
  const { request, startedAt } = fromFirstStart(input);
  const inbox = createInbox(
    input.operation === undefined
      ? beginFanOut(request, policy, 2 * attemptTimeoutMs(hubTimeoutMs))
      : fromCompact(input.operation),
    recordFanOutChanges,
  );
  const run = createRunLength();
  const underWay = new Set<Promise<void>>();
  let sender: Sender | undefined;
  let isHandingOver = false;
  let hasLookedForEarlierRun = false;
  let shown: Shown | undefined;

  setHandler(virtualCardChangedSignal, (...changes: VirtualCardChange[]) => {
    run.noteSignal(changes.length);
    for (const change of changes.filter(isWellFormed)) inbox.put(change);
  });
  setHandler(reportQuery, () => toFanOutReport(inbox.peek()));
  const cancel = (remark?: Remark): void => {
    const cancelled = recordFanOutCancellation(inbox.state, now());
    inbox.state = withRequest(cancelled, { kind: 'cancel', remark }, now());
  };
  setHandler(
    cancelUpdate,
    (remark) => {
      cancel(remark);
      return toFanOutReport(inbox.state);
    },
    { validator: refuseUnlessRemark },
  );
  setHandler(
    resolveUpdate,
    (decision) => {
      inbox.state = recordFanOutDecision(inbox.state, decision, now());
      return toFanOutReport(inbox.state);
    },
    {
      validator: (decision) => {
        refuseUnlessCardDecision(decision);
        refuseOnceEnded(isFinal(inbox.state));
      },
    },
  );
  const readNow = async (remark?: Remark): Promise<OperationReport> => {
    const askedAt = now();
    const asked = recordFanOutReadingRequest(inbox.state, askedAt);
    inbox.state = withRequest(asked, { kind: 'read', remark }, askedAt);
    // A look that was under way already is not the one that was asked for; the next run makes it when this one hands over.
    const isAnswered = (): boolean =>
      (inbox.state.lastReadingAt ?? -1) >= askedAt || isFinal(inbox.state) || isHandingOver;
    await CancellationScope.nonCancellable(async () => condition(isAnswered));
    return toFanOutReport(inbox.state);
  };
  setHandler(readUpdate, readNow, {
    validator: (remark) => {
      refuseUnlessRemark(remark);
      refuseOnceEnded(isFinal(inbox.state));
    },
  });
  // Cancelling the workflow is a person's wish like the API's cancel; it must not tear down a reading.
  CancellationScope.current().cancelRequested.catch(() => cancel());

  const begin = (work: Promise<void>): void => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };

  const send = (): void => {
    inbox.state = beginSender(inbox.state, now());
    const { dispatch, senders } = inbox.state;
    sender = startSender({ request, dispatch, startedAt, hubTimeoutMs }, { n: senders });
    void sender.ended.then((report) => {
      sender = undefined;
      inbox.state = recordSenderEnded(inbox.state, report, { now: now(), isHandingOver });
    });
  };

  const read = async (): Promise<void> => {
    const purpose = purposeOfFanOutReading(inbox.state);
    inbox.state = beginFanOutReading(inbox.state, now());
    const reading = await readCard(request, { withinMs: 2 * hubTimeoutMs, hubTimeoutMs, purpose });
    inbox.state = recordFanOutReading(inbox.state, reading, now());
  };

  /**
   * A run that was reset does not know the child that it had before: asked before it is said that nothing was sent, and before
   * it ends without ever having had one. No close policy reaches that child any more.
   */
  const lookForEarlierRun = async (): Promise<void> => {
    hasLookedForEarlierRun = true;
    if (!(await isOfResetRun())) return;
    inbox.state = recordHiddenAttempts(inbox.state);
    await askSenderToStop(request, inbox.state.senders + 1);
  };

  /** What a person sees of it in the Temporal UI, also without a worker. */
  const show = (isEnd = false): void => {
    const { state } = inbox;
    writeSearchAttributes(toSearchAttributes(toFanOutReport(state)));
    setCurrentDetails(toFanOutDetails(state, now()));
    if (!isEnd && !isProgressDue(shown, state, now())) return;
    const progress = toProgress(state);
    shown = { ...standingOf(state), progress, at: now() };
    if (workflowInfo().memo?.['progress'] !== progress) upsertMemo({ progress });
  };

  const isNothingUnderWay = (): boolean => underWay.size === 0 && allHandlersFinished();
  /** Ends the sending for this run; the next one goes on with it. The child ends by itself at the hard deadline at the latest. */
  const handOver = async (): Promise<void> => {
    isHandingOver = true;
    sender?.stop();
    await condition(() => sender === undefined && isNothingUnderWay());
  };

  return CancellationScope.nonCancellable(async () => {
    if (input.operation === undefined) {
      const snapshot = await readCard(request, {
        withinMs: SNAPSHOT_WITHIN_MS,
        hubTimeoutMs,
        purpose: 'its tokens before the change',
      });
      inbox.precede((begun) => recordSnapshot(begun, snapshot));
    }
    for (;;) {
      if (!hasLookedForEarlierRun && isGivenUpUnsent(inbox.state, now())) await lookForEarlierRun();
      inbox.state = passFanOutTime(inbox.state, now());
      if (isOver(inbox.state, now())) {
        if (inbox.state.senders === 0 && !hasLookedForEarlierRun) {
          await lookForEarlierRun();
          continue;
        }
        // A callback that comes while somebody is still being answered may open it again. Nothing is shown as its end that
        // is not yet stored.
        await condition(() => isNothingUnderWay() || !isFinal(inbox.state));
        if (!isOver(inbox.state, now()) || !isNothingUnderWay()) continue;
        show(true);
        return toFanOutReport(inbox.state);
      }
      if (run.isTooLong()) {
        // Only between activities: what is under way ends first, and its result goes along.
        await handOver();
        if (isFinal(inbox.state)) continue;
        const operation = toCompact(inbox.state);
        await continueAsNew<typeof cardOperation>({ ...input, request, startedAt, operation });
      }
      const agenda = fanOutAgendaOf(inbox.state, now());
      if (agenda.send) send();
      if (agenda.stop) sender?.stop();
      if (agenda.read) begin(read());
      show();
      const before = fanOutAgendaOf(inbox.state, now());
      const beforeWake = wakeOf(before.wake, shown, inbox.state);
      const isDue = (): boolean => {
        const { state } = inbox;
        const present = fanOutAgendaOf(state, now());
        return (
          isOver(state, now()) ||
          present.send ||
          (present.read && !before.read) ||
          (present.stop && !before.stop) ||
          isProgressDue(shown, state, now()) ||
          wakeOf(present.wake, shown, state)?.at !== beforeWake?.at
        );
      };
      await untilDue(beforeWake, { version: () => inbox.version(), isDue, run });
    }
  });
}

/** What was shown last, where it can be seen without a worker. */
interface Shown extends Standing {
  readonly progress: string;
  readonly at: number;
}

interface Standing {
  readonly status: OperationReport['status'];
  readonly attention: OperationReport['attention'];
}

function standingOf(fanOut: FanOut): Standing {
  return { status: statusOfFanOut(fanOut), attention: attentionOfFanOut(fanOut) };
}

/** What a person acts upon is shown at once; how far it is, now and then. */
function isProgressDue(shown: Shown | undefined, fanOut: FanOut, at: number): boolean {
  if (shown === undefined) return true;
  const { status, attention } = standingOf(fanOut);
  if (status !== shown.status || attention !== shown.attention) return true;
  return at >= shown.at + PROGRESS_EVERY_MS && toProgress(fanOut) !== shown.progress;
}

function wakeOf(wake: Wake | undefined, shown: Shown | undefined, fanOut: FanOut): Wake | undefined {
  if (shown === undefined || shown.progress === toProgress(fanOut)) return wake;
  const at = shown.at + PROGRESS_EVERY_MS;
  return wake !== undefined && wake.at <= at ? wake : { at, reason: 'writing down the progress' };
}
