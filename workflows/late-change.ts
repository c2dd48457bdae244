import {
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { isHandingOver } from '../src/domain/operation/agenda.js';
import {
  attentionOf,
  beginLateArrivals,
  beginLateCase,
  evolveLate,
  lateAgendaOf,
  receiveLate,
  standingOf,
  toLateDetails,
  type LateArrivals,
  type LateBasis,
  type LateCase,
  type LateEvent,
} from '../src/domain/late/index.js';
import type { Remark } from '../src/domain/operation/remark.js';
import { findLateBasis } from './activity-proxies.js';
import { readCard } from './hub-calls.js';
import { lateArrivalsQuery, lateReadUpdate, lateResolveUpdate } from '../src/contract/messages.js';
import { createDriver, type Display, type Driver, type Machine, type UnderWay } from './run-agenda.js';
import { attentionKey, statusKey } from '../src/contract/search-attributes.js';
import { writeSearchAttributes } from './display.js';
import { now, temporalRuntime, uncancelled } from './runtime.js';
import {
  refuseUnlessCardDecision,
  refuseUnlessDecision,
  refuseUnlessRemark,
  takeCallbacks,
} from './listen.js';

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
  const { issuerId, correlationId, quietMs, basis } = input;
  const late = input.late ?? beginLateArrivals(issuerId, correlationId, now());
  const driver = createDriver(beginLateCase(late, { basis, quietMs }), {
    machine,
    effects: { learn: () => learnHowItEnded(input) },
    display: createLateDisplay(),
    runtime: temporalRuntime<LateCase>(async (known) =>
      continueAsNew<typeof lateChange>({
        ...input,
        late: known.late,
        ...(known.basis !== undefined && { basis: known.basis }),
      }),
    ),
  });
  takeCallbacks(driver);
  answerPeople(driver, input);
  return (await uncancelled(driver.run)).late;
}

const machine: Machine<LateCase, LateEvent, 'learn'> = {
  evolve: evolveLate,
  receive: receiveLate,
  agendaOf: lateAgendaOf,
  isSettled: () => false,
};

function learnHowItEnded({ issuerId, correlationId }: LateChangeInput): UnderWay<LateEvent> {
  const scope = new CancellationScope();
  const { runId } = workflowInfo();
  const learned = scope.run(async () => findLateBasis({ issuerId, correlationId, runId }));
  return {
    ended: learned.then(
      (basis) => ({ kind: 'basis', basis }),
      () => ({ kind: 'basis', basis: undefined }),
    ),
    stop: () => scope.cancel(),
  };
}

/** Answers the people who ask for what came late, or ask something of the operation that has closed. */
function answerPeople(
  { known, peek, tell }: Driver<LateCase, LateEvent>,
  { issuerId, correlationId, hubTimeoutMs }: LateChangeInput,
): void {
  setHandler(lateArrivalsQuery, () => peek().late);
  setHandler(lateResolveUpdate, (decision) => tell({ kind: 'resolve', decision }).late, {
    validator: (decision) => {
      const { basis } = peek();
      const isOfToken = basis?.kind === 'operation' && basis.subject.virtualCardId !== undefined;
      if (isOfToken) refuseUnlessDecision(decision);
      else refuseUnlessCardDecision(decision);
    },
  });
  const read = async (remark: Remark = {}): Promise<LateArrivals> => {
    await condition(() => known().basis !== undefined || isHandingOver(known()));
    const { basis, late } = known();
    if (basis?.kind !== 'operation') return late;
    const { subject } = basis;
    const purpose = 'asked for after the end';
    const reading = await readCard(
      { issuerId, correlationId, ...subject },
      { withinMs: 2 * hubTimeoutMs, hubTimeoutMs, purpose },
    );
    return tell({ kind: 'reading', reading, subject, remark }).late;
  };
  setHandler(lateReadUpdate, async (remark) => CancellationScope.nonCancellable(async () => read(remark)), {
    validator: refuseUnlessRemark,
  });
}

function createLateDisplay(): Display<LateCase> {
  let shown: LateArrivals | undefined;
  let shownBasis: LateBasis | undefined;
  return {
    // A copy says nothing new, and a storm is made of copies.
    isOutdated: ({ late, basis }) => basis !== shownBasis || late.arrivals.length !== shown?.arrivals.length,
    show: (lateCase) => {
      const { late, basis } = lateCase;
      shown = late;
      shownBasis = basis;
      const standing = standingOf(lateCase);
      setCurrentDetails(toLateDetails(late, standing));
      if (standing === undefined) return;
      writeSearchAttributes([
        { key: statusKey, value: standing.effectiveStatus },
        { key: attentionKey, value: attentionOf(standing) ?? null },
      ]);
    },
  };
}
