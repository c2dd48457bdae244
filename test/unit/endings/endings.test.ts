// What comes while a workflow ends: at every moment up to its last, alone and together with what moves the workflow on.
import { duplicateKey, type VirtualCardChange } from '../../../src/domain/hub/change.js';
import type { ForeignChange } from '../../../src/domain/unsolicited/foreign-change.js';
import {
  attentionOf,
  beginStanding,
  standingAfter,
  toLateDetails,
  toSubject,
  type LateArrivals,
} from '../../../src/domain/late/index.js';
import {
  attentionOf as attentionOfRenewals,
  toRenewalDetails,
  type CardRenewals,
} from '../../../src/domain/unsolicited/index.js';
import type { OperationReport } from '../../../src/domain/report/report.js';
import { beginDispatch } from '../../../src/domain/operation/dispatch.js';
import type { SenderReport } from '../../../src/domain/card/index.js';
import { isFinalStatus } from '../../../src/domain/report/status.js';
import {
  aCardList,
  aCardRequest,
  aChange,
  aPolicy,
  aReading,
  aReport,
  aRequest,
} from '../../support/builders.js';
import {
  aCallback,
  aCancellation,
  anUpdate,
  everyMoment,
  playToTheEnd,
  type Disturbance,
  type Ending,
  type Moment,
  type Play,
} from '../../support/virtual/endings.js';
import { NO_RESULT, type Pending } from '../../support/virtual/workflow-driver.js';

jest.setTimeout(240_000);

const HUB = { policy: aPolicy(), hubTimeoutMs: 10_000 };
const ACCEPTED = { kind: 'accepted' };
const SUSPENDED = aCardList({ 'token-1': 'SUSPENDED' });
const CALLBACKS = [
  aCallback('a copy of the callback', aChange()),
  aCallback('a callback that contradicts it', aChange({ errorCode: 231 })),
  aCallback('a callback with an error that proves nothing', aChange({ errorCode: 322 })),
  aCallback('a callback on another token', aChange({ virtualCardId: 'token-9' })),
  aCallback('a callback with another action', aChange({ action: 'RESUME' })),
];
const REMARK = { by: 'Ada', note: 'just then' };
const DECISION = { status: 'FAILED', note: 'the hub says so', by: 'Ada' };
const PEOPLE = [anUpdate('cancel', REMARK), anUpdate('read', REMARK), anUpdate('resolve', DECISION)];

const isAttempt = (pending: Pending): boolean =>
  pending.kind === 'activity' && pending.type === 'updateCardState';

function aTokenOperation(more: Partial<Play> = {}, action: 'SUSPEND' | 'RESUME' = 'SUSPEND'): Play {
  return {
    start: {
      type: 'tokenOperation',
      workflowId: 'lcm/ISSUER1234/op-1',
      input: { request: aRequest({ action }), ...HUB },
    },
    startedAt: 0,
    messages: [(driver) => driver.signal('virtualCardChanged', aChange({ action }))],
    answer: (pending) =>
      isAttempt(pending) ? ACCEPTED : aReading(action === 'RESUME' ? 'RESUMED' : 'SUSPENDED'),
    ...more,
  };
}

const isChild = ({ kind }: Pending): boolean => kind === 'child';
const isStop = ({ kind }: Pending): boolean => kind === 'stop';
const OF_CHILD = {
  result: { kind: 'accepted', at: 2 },
  dispatch: { ...beginDispatch(), attempts: 1, possiblySent: true, acceptedAt: 2 },
};
const OF_STOPPED_CHILD = {
  result: { kind: 'stopped', possiblySent: true },
  dispatch: { ...beginDispatch(), attempts: 1, possiblySent: true },
};

/** A SUSPEND of a card with one token, which can pay until the card is looked at a second time. */
function aCardOperation(more: Partial<Play> = {}): Play {
  return {
    start: {
      type: 'cardOperation',
      workflowId: 'lcm/ISSUER1234/op-1',
      input: { request: aCardRequest(), ...HUB },
    },
    startedAt: 0,
    messages: [(driver) => driver.signal('virtualCardChanged', aChange())],
    answer: (pending) => {
      if (isChild(pending)) return OF_CHILD;
      const isAsked = pending.kind === 'activity' && pending.type === 'wasReset';
      return isAsked ? false : SUSPENDED;
    },
    ...more,
  };
}

/** Continues as new while something is under way: what comes in that wait has to be carried along. */
function continuing(play: Play): Play {
  return { ...play, start: { ...play.start, suggestsNewRun: (activations) => activations >= 3 } };
}

const operations: readonly (readonly [string, Play, readonly Disturbance[]])[] = [
  ['a token operation', aTokenOperation(), [...CALLBACKS, ...PEOPLE, aCancellation]],
  ['one whose success is checked', aTokenOperation({}, 'RESUME'), [...CALLBACKS, ...PEOPLE, aCancellation]],
  [
    'one whose attempt outlasts the callback',
    aTokenOperation({ isSlow: isAttempt }),
    [...CALLBACKS, ...PEOPLE, aCancellation],
  ],
  [
    'one that continues as new',
    continuing(
      aTokenOperation({
        isSlow: isAttempt,
        messages: [],
        answer: (pending) => (isAttempt(pending) ? ACCEPTED : aReading('SUSPENDED')),
      }),
    ),
    [...CALLBACKS, ...PEOPLE, aCancellation],
  ],
  ['a card operation', aCardOperation(), [...CALLBACKS, ...PEOPLE, aCancellation]],
  [
    'one whose child outlasts the callbacks',
    aCardOperation({
      isSlow: isChild,
      answer: (pending) => (isChild(pending) ? OF_STOPPED_CHILD : SUSPENDED),
    }),
    [...CALLBACKS, ...PEOPLE, aCancellation],
  ],
  [
    'one whose child never ends',
    aCardOperation({ isIgnored: isChild }),
    [...CALLBACKS, ...PEOPLE, aCancellation],
  ],
  [
    'one whose child cannot be told to stop',
    aCardOperation({ isIgnored: isStop, isSlow: isChild }),
    [...CALLBACKS, ...PEOPLE, aCancellation],
  ],
  [
    'one whose child leaves no result',
    aCardOperation({ answer: (pending) => (isChild(pending) ? NO_RESULT : SUSPENDED) }),
    [...CALLBACKS, ...PEOPLE, aCancellation],
  ],
  ['one without a callback', aCardOperation({ messages: [] }), [...CALLBACKS, ...PEOPLE, aCancellation]],
  [
    'a card operation that continues as new',
    continuing(aCardOperation({ isSlow: isChild })),
    [...CALLBACKS, ...PEOPLE, aCancellation],
  ],
];

describe.each(operations)('I3, I5: %s', (_name, play, disturbances) => {
  it('ends with its end, undisturbed', async () => {
    expect(faultsOf(await playToTheEnd<OperationReport>(play))).toEqual([]);
  });

  it.each(disturbances.map((disturbance) => [disturbance.name, disturbance] as const))(
    'ends settled, and loses nothing, when there comes %s',
    async (_what, disturbance) => {
      const { steps, newRuns } = await playToTheEnd<OperationReport>(play);
      expect(newRuns).toBe(play.start.suggestsNewRun === undefined ? 0 : 1);
      const faults: string[] = [];
      for (const moment of everyMoment(steps)) {
        const ending = await playToTheEnd<OperationReport>(play, disturbance, moment);
        faults.push(
          ...[...faultsOf(ending), ...lossesOf(ending, disturbance)].map((fault) => at(moment, fault)),
        );
      }
      expect(faults).toEqual([]);
    },
  );
});

function at({ step, together }: Moment, fault: string): string {
  return `${together ? 'together with' : 'before'} step ${step}: ${fault}`;
}

/** What an operation says at its end, in each place where people look. */
function faultsOf({ result, searchAttributes, details }: Ending<OperationReport>): string[] {
  const { status, final, attention, errorCode } = result;
  const faults =
    final && isFinalStatus(status) ? [] : [`it has completed with ${status}, final ${String(final)}`];
  const shown = {
    LcmStatus: status,
    LcmAttention: attention,
    LcmErrorCode: errorCode,
    LcmDeadline: undefined,
  };
  for (const [name, wanted] of Object.entries(shown)) {
    const written = searchAttributes[name] ?? undefined;
    if (written !== wanted)
      faults.push(`${name} is ${JSON.stringify(written)}, and it ended with ${String(wanted)}`);
  }
  if (!details.startsWith(`**${status}**`)) faults.push(`its details say ${details.slice(0, 60)}`);
  const saysAttention = attention === undefined || details.includes(`attention **${attention}**`);
  if (!saysAttention) faults.push(`its details do not name ${attention}`);
  if (details.includes('Next: ')) faults.push('its details name something that is still to come');
  return faults;
}

function lossesOf(
  { result, answer }: Ending<OperationReport>,
  disturbance: Disturbance & { change?: VirtualCardChange },
): string[] {
  const { change, name } = disturbance;
  if (change !== undefined && !isKept(result, change)) return ['the callback is lost'];
  if (!name.startsWith('the update')) return [];
  if (answer === undefined) return ['nobody has answered'];
  if (answer.kind === 'refused') return answer.type === 'OPERATION_ENDED' ? [] : [`refused: ${answer.type}`];
  if (name.endsWith('resolve')) return isDecided(result) ? [] : ['the decision was taken, and is lost'];
  const kinds = (result.requests ?? []).map(({ kind }) => kind);
  return kinds.some((kind) => name.endsWith(kind)) ? [] : ['the request was taken, and is lost'];
}

/** Among what was heard last, or shown as odd: what another word has followed is no longer what a copy is known by. */
function isKept({ heard, conflicts, unexpected }: OperationReport, change: VirtualCardChange): boolean {
  const isShown = [...conflicts, ...unexpected].some(
    ({ virtualCardId, action, errorCode }) =>
      virtualCardId === change.virtualCardId && action === change.action && errorCode === change.errorCode,
  );
  return isShown || heard.includes(duplicateKey(change));
}

function isDecided({ decision }: OperationReport): boolean {
  return decision?.note === DECISION.note;
}

const WORD: VirtualCardChange = aChange({ errorCode: 231, receivedAt: '1970-01-01T00:00:01.000Z' });
const OWNER = aReport({ heard: [aChange()], evidence: 'CALLBACK' });

/** The child of an operation on a card: it sends until it is answered, or until it is told to stop. */
function aCardRequestPlay(answers: readonly unknown[], more: Partial<Play> = {}): () => Play {
  return () => {
    const left = [...answers];
    return {
      start: {
        type: 'cardRequest',
        workflowId: 'card-request/ISSUER1234/op-1',
        parentRunId: 'the-run',
        input: { request: aCardRequest(), hubTimeoutMs: 10_000, startedAt: 0, operationRunId: 'the-run' },
      },
      startedAt: 0,
      messages: [],
      answer: (pending) => (isAttempt(pending) ? (left.shift() ?? ACCEPTED) : false),
      ...more,
    };
  };
}

const UNANSWERED = { kind: 'unanswered' };
const TURNED_AWAY = { kind: 'again', effect: 'none' };

describe('I2, I3: the child that sends', () => {
  it.each([
    ['is accepted at once', aCardRequestPlay([]), { kind: 'accepted' }, 1],
    [
      'is accepted at the third attempt',
      aCardRequestPlay([UNANSWERED, TURNED_AWAY]),
      { kind: 'accepted' },
      3,
    ],
    [
      'is refused after an attempt without an answer',
      aCardRequestPlay([UNANSWERED, { kind: 'refused', errorCode: 432, httpStatus: 400 }]),
      { kind: 'refused', errorCode: 432, echo: true },
      2,
    ],
    [
      'is superseded',
      aCardRequestPlay([{ kind: 'superseded', by: 'op-2' }]),
      { kind: 'superseded', by: 'op-2', possiblySent: false },
      0,
    ],
  ])('%s: it returns that', async (_what, play, result, attempts) => {
    const ending = await playToTheEnd<SenderReport>(play());
    expect(ending.result).toMatchObject({ result, dispatch: { attempts } });
  });

  it.each([
    ['at once', aCardRequestPlay([UNANSWERED, UNANSWERED, TURNED_AWAY])],
    ['and continues as new', () => continuing(aCardRequestPlay([UNANSWERED, UNANSWERED, TURNED_AWAY])())],
  ])(
    'returns at whatever moment it is told to stop, with what was possibly sent: %s',
    async (_what, play) => {
      const faults: string[] = [];
      const { steps } = await playToTheEnd<SenderReport>(play());
      for (const moment of everyMoment(steps)) {
        const { result: report } = await playToTheEnd<SenderReport>(play(), aCancellation, moment);
        const { result, dispatch } = report;
        const isStopped = result.kind === 'stopped';
        const saysUnsent = isStopped && !result.possiblySent;
        if (!isStopped && result.kind !== 'accepted') faults.push(at(moment, `it ended ${result.kind}`));
        if (saysUnsent && dispatch.attempts > 0) faults.push(at(moment, 'it has forgotten an attempt'));
      }
      expect(faults).toEqual([]);
    },
  );

  it('of an operation that was reset sends nothing, and says that nobody knows what was', async () => {
    const play = aCardRequestPlay([])();
    const { result, steps } = await playToTheEnd<SenderReport>({
      ...play,
      start: { ...play.start, parentRunId: 'the next run' },
    });
    expect(result).toMatchObject({ result: { kind: 'lost' }, dispatch: { attempts: 0 } });
    expect(steps).toBe(0);
  });
});

describe('I5: what nobody asked for', () => {
  it.each(CALLBACKS.map((callback) => [callback.name, callback] as const))(
    'keeps %s at every moment of its end, and so with what came late',
    async (_what, callback) => {
      const faults: string[] = [];
      const { steps } = await playToTheEnd(aForeignChange());
      for (const moment of everyMoment(steps)) {
        for (const disturbance of [callback, aCancellation]) {
          const { result, searchAttributes } = await playToTheEnd<ForeignChange>(
            aForeignChange(),
            disturbance,
            moment,
          );
          const isKept = result.tokens.some(({ changes }) =>
            changes.some(({ key }) => key === duplicateKey(callback.change)),
          );
          if (disturbance === callback && !isKept) faults.push(at(moment, 'a callback is lost'));
          if ((searchAttributes['LcmAttention'] ?? undefined) !== undefined)
            faults.push(at(moment, 'a reason to look that is none'));
        }
      }
      expect(faults).toEqual([]);
    },
  );

  it.each(CALLBACKS.map((callback) => [callback.name, callback] as const))(
    'keeps %s that comes late while it closes',
    async (_what, callback) => {
      const faults: string[] = [];
      const { steps } = await playToTheEnd(aLateChange());
      for (const moment of everyMoment(steps)) {
        for (const disturbance of [
          callback,
          aCancellation,
          anUpdate('read', REMARK),
          anUpdate('resolve', DECISION),
        ]) {
          const ending = await playToTheEnd<LateArrivals>(aLateChange(), disturbance, moment);
          faults.push(
            ...faultsOfLate(ending, disturbance).map((fault) => at(moment, `${disturbance.name}: ${fault}`)),
          );
        }
      }
      expect(faults).toEqual([]);
    },
  );

  it('keeps a renewal, and a cancellation has no effect, at every moment of the end of what follows a card', async () => {
    const renewal = aCallback(
      'a renewal',
      aChange({ action: 'RENEW', correlationId: 'r-2', errorCode: 231 }),
    );
    const faults: string[] = [];
    const { steps } = await playToTheEnd(aRenewals());
    for (const moment of everyMoment(steps)) {
      for (const disturbance of [renewal, aCancellation]) {
        const { result, searchAttributes, details } = await playToTheEnd<CardRenewals>(
          aRenewals(),
          disturbance,
          moment,
        );
        const isKept = result.tokens.some(({ renewals }) =>
          renewals.some(({ correlationId }) => correlationId === 'r-2'),
        );
        if (disturbance === renewal && !isKept) faults.push(at(moment, 'a renewal is lost'));
        if (details !== toRenewalDetails(result)) faults.push(at(moment, `its details say ${details}`));
        if ((searchAttributes['LcmAttention'] ?? undefined) !== attentionOfRenewals(result))
          faults.push(at(moment, 'its reason to look is not its end'));
      }
    }
    expect(faults).toEqual([]);
  });
});

function aForeignChange(): Play {
  return {
    start: {
      type: 'foreignChange',
      workflowId: 'lcm/ISSUER1234/foreign',
      input: { issuerId: 'ISSUER1234', correlationId: 'foreign', quietMs: 60_000 },
    },
    startedAt: 0,
    messages: [(driver) => driver.signal('virtualCardChanged', aChange({ source: 'WALLET' }))],
    answer: () => undefined,
  };
}

function aLateChange(): Play {
  return {
    start: {
      type: 'lateChange',
      workflowId: 'late/ISSUER1234/op-1',
      input: { issuerId: 'ISSUER1234', correlationId: 'op-1', quietMs: 600_000, hubTimeoutMs: 10_000 },
    },
    startedAt: 0,
    messages: [(driver) => driver.signal('virtualCardChanged', WORD)],
    answer: (pending) =>
      pending.kind === 'activity' && pending.type === 'findLateBasis'
        ? { kind: 'operation', subject: toSubject(OWNER), standing: beginStanding(OWNER) }
        : aReading('SUSPENDED'),
  };
}

function faultsOfLate(
  { result, searchAttributes, details, answer }: Ending<LateArrivals>,
  disturbance: Disturbance & { change?: VirtualCardChange },
): string[] {
  const faults: string[] = [];
  const standing = standingAfter(beginStanding(OWNER), result.arrivals, toSubject(OWNER));
  if (details !== toLateDetails(result, standing)) faults.push(`its details say ${details}`);
  if (searchAttributes['LcmStatus'] !== standing.effectiveStatus) faults.push('its status is not its end');
  if ((searchAttributes['LcmAttention'] ?? undefined) !== attentionOf(standing))
    faults.push('its reason to look is not its end');
  const { change, name } = disturbance;
  const keys = result.arrivals.flatMap((arrival) =>
    arrival.kind === 'word' ? [duplicateKey(arrival.change)] : [],
  );
  if (change !== undefined && !keys.includes(duplicateKey(change))) faults.push('the callback is lost');
  if (name.startsWith('the update') && answer?.kind !== 'completed') faults.push('nobody has answered');
  return faults;
}

function aRenewals(): Play {
  return {
    start: {
      type: 'cardRenewals',
      workflowId: 'renewals/ISSUER1234/card-1',
      input: {
        issuerId: 'ISSUER1234',
        issuerCardRefId: 'card-1',
        quietMs: 3_600_000,
        readIntervalMs: 900_000,
        hubTimeoutMs: 10_000,
      },
    },
    startedAt: 0,
    messages: [
      (driver) => driver.signal('virtualCardChanged', aChange({ action: 'RENEW', correlationId: 'r-1' })),
    ],
    answer: () => SUSPENDED,
  };
}
