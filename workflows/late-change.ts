import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { VirtualCardChange } from '../src/domain/change.js';
import {
  attentionOf,
  beginLateArrivals,
  closingTime,
  judgeFurther,
  recordLateChange,
  recordLateDecision,
  recordLateReading,
  toLateDetails,
  tokensToLookFor,
  type JudgedSoFar,
  type LateArrivals,
  type LateBasis,
  type LateStanding,
} from '../src/domain/late/index.js';
import type { Remark } from '../src/domain/remark.js';
import { findLateBasis } from './activity-proxies.js';
import { now } from './clock.js';
import {
  isWellFormed,
  refuseUnlessCardDecision,
  refuseUnlessDecision,
  refuseUnlessRemark,
} from './guards.js';
import { readCard } from './hub-calls.js';
import {
  lateArrivalsQuery,
  lateReadUpdate,
  lateResolveUpdate,
  virtualCardChangedSignal,
} from './messages.js';
import { createRunLength } from './run-length.js';
import { attentionKey, statusKey, writeSearchAttributes } from './search-attributes.js';

export interface LateChangeInput {
  readonly issuerId: string;
  readonly correlationId: string;
  /** How long it lingers after the last arrival, so that a storm of repeats costs one run. */
  readonly quietMs: number;
  /** How long the hub may take for one exchange. */
  readonly hubTimeoutMs: number;
  /** What the run before this one knew. */
  readonly late?: LateArrivals;
  readonly basis?: LateBasis;
}

/**
 * Keeps what arrives after the owner of a correlation id has closed, people's readings and decisions included, and says
 * whether somebody has to look (I5, design 5.4). It lingers for a while, and with an open conflict until that is decided.
 * Cancelling it has no effect: what it keeps must stay readable.
 */
export async function lateChange(input: LateChangeInput): Promise<LateArrivals> {
  const { issuerId, correlationId, quietMs, hubTimeoutMs } = input;
  let late = input.late ?? beginLateArrivals(issuerId, correlationId, now());
  let basis = input.basis;
  let isJudged = false;
  let judged: JudgedSoFar | undefined;
  let isHandingOver = false;
  const run = createRunLength();

  /** A card may have thousands of tokens: what has been judged is not judged again with every arrival. */
  const standNow = (): LateStanding | undefined => {
    if (basis?.kind !== 'operation') return undefined;
    judged = judgeFurther(judged ?? { standing: basis.standing, count: 0 }, late.arrivals, basis.subject);
    return judged.standing;
  };

  setHandler(virtualCardChangedSignal, (...changes: VirtualCardChange[]) => {
    run.noteSignal(changes.length);
    const kept = late.arrivals.length;
    for (const change of changes.filter(isWellFormed)) late = recordLateChange(late, change, now());
    // A copy says nothing new, and a storm is made of copies.
    if (late.arrivals.length > kept) isJudged = false;
  });
  setHandler(lateArrivalsQuery, () => late);
  setHandler(
    lateResolveUpdate,
    (decision) => {
      late = recordLateDecision(late, decision, now());
      isJudged = false;
      return late;
    },
    {
      validator: (decision) => {
        const isOfToken = basis?.kind === 'operation' && basis.subject.virtualCardId !== undefined;
        if (isOfToken) refuseUnlessDecision(decision);
        else refuseUnlessCardDecision(decision);
      },
    },
  );
  const readNow = async (remark?: Remark): Promise<LateArrivals> =>
    CancellationScope.nonCancellable(async () => {
      await condition(() => basis !== undefined || isHandingOver);
      if (basis?.kind !== 'operation') return late;
      const { subject } = basis;
      const reading = await readCard(
        { issuerId, correlationId, ...subject },
        { withinMs: 2 * hubTimeoutMs, hubTimeoutMs, purpose: 'asked for after the end' },
      );
      // By what is known when the answer has come: a callback may have overtaken it.
      const card = standNow()?.card;
      const lookedFor = card === undefined ? [] : tokensToLookFor(card);
      late = recordLateReading(late, { reading, subject, lookedFor, remark: remark ?? {} }, now());
      isJudged = false;
      return late;
    });
  setHandler(lateReadUpdate, readNow, { validator: refuseUnlessRemark });

  const learnHowItEnded = async (): Promise<void> => {
    basis = await findLateBasis({ issuerId, correlationId, runId: workflowInfo().runId });
    isJudged = false;
  };
  if (basis === undefined) void CancellationScope.nonCancellable(learnHowItEnded);

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      const standing = standNow();
      isJudged = true;
      show(late, standing);
      if (run.isTooLong()) {
        isHandingOver = true;
        await condition(allHandlersFinished);
        await continueAsNew<typeof lateChange>({ ...input, late, ...(basis !== undefined && { basis }) });
      }
      const waitsForSomebody = basis === undefined || standing?.conflictOpen === true;
      const closing = (): number => closingTime(late, { waitsForSomebody, quietMs });
      if (closing() <= now()) {
        if (allHandlersFinished()) return late;
        // What comes while somebody is still being answered is judged and shown before it closes.
        await condition(() => allHandlersFinished() || !isJudged);
        continue;
      }
      await condition(() => !isJudged || run.isTooLong(), closing() - now(), {
        summary: reasonToWait(basis, standing),
      });
    }
  });
}

/** What the wait ends with, for people who look at the timer. */
function reasonToWait(basis: LateBasis | undefined, standing: LateStanding | undefined): string {
  if (basis === undefined) return 'until it is known how the operation ended';
  return standing?.conflictOpen === true ? 'until somebody has decided' : 'until it has been quiet';
}

/** What a person sees of it in the Temporal UI. */
function show(late: LateArrivals, standing: LateStanding | undefined): void {
  setCurrentDetails(toLateDetails(late, standing));
  if (standing === undefined) return;
  writeSearchAttributes([
    { key: statusKey, value: standing.effectiveStatus },
    { key: attentionKey, value: attentionOf(standing) ?? null },
  ]);
}
