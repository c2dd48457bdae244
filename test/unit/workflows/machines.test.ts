// The machines of an operation on one token and of one on a card, under the real driver, in virtual time: at each of its waits
// every kind of event is delivered in turn, alone and together with what comes next, and over random histories.
import fc from 'fast-check';
import { forNextRun, isHandingOver } from '../../../src/domain/operation/agenda.js';
import type { Answer } from '../../../src/domain/hub/answer.js';
import { duplicateKey, type VirtualCardChange } from '../../../src/domain/hub/change.js';
import { beginDispatch } from '../../../src/domain/operation/dispatch.js';
import {
  cardAgendaOf,
  evolveCard,
  isFinal,
  recordCardChanges,
  toCardReport,
  type CardEffect,
  type CardEvent,
  type CardOperation,
  type SenderReport,
} from '../../../src/domain/card/index.js';
import {
  agendaOf,
  evolve,
  isSettled,
  toReport,
  type Operation,
  type OperatorEvent,
  type TokenEffect,
  type TokenEvent,
} from '../../../src/domain/token/index.js';
import type { OperationReport } from '../../../src/domain/report/report.js';
import {
  aCardList,
  aChange,
  aCardOperation,
  anOperation,
  aReading,
  FAILED_READING,
  SECOND,
  SENDER_PATIENCE_MS,
} from '../../support/builders.js';
import { acrossTheWire } from '../../support/virtual/run-card.js';
import { VirtualRun, type Begun, type Played } from '../../support/virtual/virtual-time.js';

/** What can happen at a moment beside what the play itself does next. */
type Disturbance =
  | { readonly kind: 'callback'; readonly change: VirtualCardChange }
  | { readonly kind: 'asked'; readonly event: OperatorEvent }
  /** The history is long: the run hands over. */
  | { readonly kind: 'long' }
  | { readonly kind: 'nothing' };

interface Game<State, Event, Effect extends string> extends Played<State, Event, Effect> {
  readonly begun: State;
  readonly callbacks: readonly VirtualCardChange[];
  /** What an effect comes to, by a choice; the first is the usual one. `wasReset`: the run was reset by hand. */
  readonly endsOf: (begun: Begun<State, Event, Effect>, wasReset: boolean) => readonly Event[];
  /** How long the end of a sending is waited for once it is stopped; absent: nobody waits for it. */
  readonly patienceMs?: number;
  readonly toReport: (state: State) => OperationReport;
  readonly acrossTheWire: (state: State) => State;
  readonly hardDeadlineAt: number;
  readonly asEvent: (event: OperatorEvent) => Event;
  readonly isAnswered: (state: State, askedAt: number) => boolean;
}

const DEADLINES = { softDeadlineAt: 60 * SECOND, hardDeadlineAt: 300 * SECOND };
const OWN = aChange();
const FAILED = aChange({ errorCode: 231 });
const DOUBTFUL = aChange({ errorCode: 225 });
const OTHER = aChange({ action: 'RESUME' });
const DECISION = { status: 'FAILED', note: 'seen at the hub' } as const;

const DISTURBANCES: readonly (readonly [string, Disturbance])[] = [
  ['a success', { kind: 'callback', change: OWN }],
  ['a failure', { kind: 'callback', change: FAILED }],
  ['a failure that proves nothing', { kind: 'callback', change: DOUBTFUL }],
  ['another action', { kind: 'callback', change: OTHER }],
  ['a success of another token', { kind: 'callback', change: aChange({ virtualCardId: 'token-9' }) }],
  ['a cancellation', { kind: 'asked', event: { kind: 'cancel' } }],
  ['a request to look', { kind: 'asked', event: { kind: 'read' } }],
  ['a decision', { kind: 'asked', event: { kind: 'resolve', decision: DECISION } }],
  ['the end of the run', { kind: 'long' }],
];

const ANSWERS: readonly Answer[] = [
  { kind: 'accepted' },
  { kind: 'unanswered' },
  { kind: 'again', effect: 'none' },
  { kind: 'refused', httpStatus: 400, errorCode: 119 },
  { kind: 'refused', httpStatus: 400, errorCode: 111 },
  { kind: 'not-sent' },
  { kind: 'superseded', by: 'op-2' },
];

function tokenGame(
  action: 'SUSPEND' | 'RESUME' | 'DELETE' = 'SUSPEND',
): Game<Operation, TokenEvent, TokenEffect> {
  const request = { ...DEADLINES, action };
  const readings = [
    aReading(action === 'RESUME' ? 'RESUMED' : 'SUSPENDED'),
    aReading('RESUMED'),
    FAILED_READING,
  ];
  return {
    begun: anOperation(request),
    callbacks: [aChange({ action })],
    machine: {
      evolve,
      receive: (operation, arrivals) =>
        arrivals.reduce(
          (known, { change, at }) => evolve(known, { kind: 'callback', change }, at),
          operation,
        ),
      agendaOf,
      isSettled,
    },
    effects: ['sight', 'send', 'read', 'askWhetherReset'],
    endsOf: ({ effect, stoppedAt }, wasReset) => {
      switch (effect) {
        case 'send': {
          const unsent: readonly Answer[] = stoppedAt === undefined ? [] : [{ kind: 'not-sent' }];
          return [...unsent, ...ANSWERS].map((answer) => ({
            kind: 'answer',
            answer: wasReset ? { ...answer, afterReset: true } : answer,
            chance: 0,
          }));
        }
        case 'sight':
          return readings.map((reading) => ({ kind: 'sighting', reading }));
        case 'read':
          return readings.map((reading) => ({ kind: 'reading', reading }));
        case 'askWhetherReset':
          return [{ kind: 'reset-known', wasReset }];
      }
    },
    toReport,
    acrossTheWire: (operation) => JSON.parse(JSON.stringify(forNextRun(operation))) as Operation,
    hardDeadlineAt: DEADLINES.hardDeadlineAt,
    asEvent: (event) => event,
    isAnswered: (operation, askedAt) =>
      (operation.lastReadingAt ?? -1) >= askedAt || isSettled(operation) || isHandingOver(operation),
  };
}

function cardGame(): Game<CardOperation, CardEvent, CardEffect> {
  const readings = [
    aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'SUSPENDED' }),
    aCardList({ 'token-1': 'RESUMED', 'token-2': 'SUSPENDED', 'token-3': 'RESUMED' }),
    FAILED_READING,
  ];
  const snapshot = aCardList({ 'token-1': 'RESUMED', 'token-2': 'RESUMED' });
  const report = (result: SenderReport['result']): SenderReport => ({
    result,
    dispatch: { ...beginDispatch(), attempts: 1 },
  });
  return {
    begun: aCardOperation(DEADLINES),
    callbacks: [aChange(), aChange({ virtualCardId: 'token-2' })],
    machine: { evolve: evolveCard, receive: recordCardChanges, agendaOf: cardAgendaOf, isSettled: isFinal },
    effects: ['send', 'read', 'askWhetherReset'],
    prepare: async () => ({ kind: 'snapshot', reading: snapshot }),
    patienceMs: SENDER_PATIENCE_MS,
    endsOf: ({ effect, stoppedAt }, wasReset) => {
      switch (effect) {
        case 'send': {
          const stopped = [true, false].map((possiblySent) => report({ kind: 'stopped', possiblySent }));
          const reports = [
            ...(stoppedAt === undefined ? [] : stopped),
            report({ kind: 'accepted', at: 1 }),
            report({ kind: 'refused', errorCode: 119, echo: false }),
            report({ kind: 'refused', errorCode: 111, echo: true }),
            report({ kind: 'superseded', by: 'op-2', possiblySent: false }),
            undefined,
            ...stopped,
          ];
          return reports.map((ended) => ({ kind: 'sender-ended', report: ended }));
        }
        case 'read':
          return readings.map((reading) => ({ kind: 'reading', reading }));
        case 'askWhetherReset':
          return [{ kind: 'reset-known', wasReset }];
      }
    },
    toReport: toCardReport,
    acrossTheWire,
    hardDeadlineAt: DEADLINES.hardDeadlineAt,
    asEvent: (event) => event,
    isAnswered: (operation, askedAt) =>
      (operation.lastReadingAt ?? -1) >= askedAt || isFinal(operation) || isHandingOver(operation),
  };
}

/** No operation here takes so many steps; one that does never ends. */
const MOST_STEPS = 400;

interface Ending {
  readonly steps: number;
  readonly faults: readonly string[];
}

/**
 * Plays an operation over all its runs. `disturbanceAt` says what happens before a step; `choice` which of its ends an effect
 * comes to, and what comes first: an end, a message or the passing of time.
 */
async function play<State, Event, Effect extends string>(
  game: Game<State, Event, Effect>,
  disturbanceAt: (step: number) => { what: Disturbance; together: boolean } | undefined,
  choice: (step: number) => number = () => 0,
  wasReset = false,
): Promise<Ending> {
  const clock = { now: 0 };
  const messages = [...game.callbacks];
  const heard: VirtualCardChange[] = [];
  const faults: string[] = [];
  let asked = 0;
  let answered = 0;
  // What comes together with the passing of time came before it.
  let disturbedAt = Infinity;
  let hasAccepted = false;
  let hasBegunToSend = false;
  let isReset = wasReset;
  let run = new VirtualRun(game.begun, game, clock);
  await run.settle();

  const hear = (change: VirtualCardChange): void => {
    heard.push(change);
    run.hear(change);
  };
  const disturb = (what: Disturbance): void => {
    if (what.kind === 'callback') hear(what.change);
    if (what.kind === 'long') run.isHistoryLong = true;
    if (what.kind !== 'asked') return;
    const { event } = what;
    const { driver } = run;
    if (event.kind !== 'cancel' && game.machine.isSettled(driver.present())) return;
    const askedAt = clock.now;
    driver.tell(game.asEvent(event));
    if (event.kind !== 'read') return;
    asked += 1;
    run.answerOnce(() => {
      const isAnswered = game.isAnswered(driver.known(), askedAt);
      if (isAnswered) answered += 1;
      return isAnswered;
    });
  };
  const next = (chosen: number): void => {
    const effect = run.underWay[chosen % Math.max(run.underWay.length, 1)];
    const timer = run.running()[0];
    const first = chosen % 3;
    if (effect !== undefined && (first === 0 || timer === undefined)) {
      const ends = game.endsOf(effect, isReset);
      const event = ends[Math.floor(chosen / 3) % ends.length];
      if (event === undefined) throw new Error('an effect that comes to nothing');
      if (effect.effect === 'send' && JSON.stringify(event).includes('"accepted"')) hasAccepted = true;
      run.end(effect, event);
      return;
    }
    const message = messages.shift();
    if (message !== undefined && (first !== 2 || timer === undefined)) hear(message);
    else if (timer === undefined) throw new Error('it waits for nothing');
    else run.fire(timer);
  };

  let steps = 0;
  for (; run.ended === undefined; steps += 1) {
    if (steps > MOST_STEPS) return { steps, faults: [...faults, 'it does not end'] };
    const disturbance = disturbanceAt(steps);
    if (disturbance !== undefined) {
      disturbedAt = Math.min(disturbedAt, clock.now);
      disturb(disturbance.what);
    }
    if (disturbance?.together === false) await run.settle();
    const sendsBefore = run.begun.filter(({ effect }) => effect === 'send').length;
    const wasAccepted = hasAccepted;
    if (!run.isClosed) next(choice(steps));
    await run.settle();
    const sends = run.begun.filter(({ effect }) => effect === 'send').slice(sendsBefore);
    hasBegunToSend ||= run.begun.some(({ effect }) => effect === 'send');
    if (wasAccepted && sends.length > 0) faults.push(`step ${steps}: sent again after the hub had accepted`);
    if (sends.some(({ at }) => at >= game.hardDeadlineAt)) faults.push(`step ${steps}: sent too late`);
    if (run.handedOver !== undefined) {
      if (run.underWay.length > 0) faults.push(`step ${steps}: handed over with work under way`);
      if (run.openHandlers > 0) faults.push(`step ${steps}: handed over with somebody unanswered`);
      const state = game.acrossTheWire(run.handedOver);
      isReset = false;
      const { prepare: _prepare, ...later } = game;
      run = new VirtualRun(state, later, clock);
      await run.settle();
    }
  }
  const { ended } = run;
  const report = game.toReport(ended);
  if (!report.final) faults.push(`it ended as ${report.status}`);
  const isUnasked = run.underWay.some(
    ({ effect, stoppedAt = Infinity }) =>
      effect === 'send' &&
      game.patienceMs !== undefined &&
      clock.now < Math.min(stoppedAt, disturbedAt) + game.patienceMs,
  );
  if (isUnasked) faults.push('it ended while its request was being sent');
  // A child knows by itself whether it is the first.
  const isTold = game.patienceMs !== undefined && hasBegunToSend;
  if (wasReset && !isTold && saysNothingWasSent(report))
    faults.push('a run that was reset says that nothing was sent');
  if (asked !== answered) faults.push(`of ${asked} who asked for a look ${answered} were answered`);
  faults.push(
    ...heard.filter((change) => !isKept(report, change)).map((change) => `lost: ${duplicateKey(change)}`),
  );
  return { steps, faults };
}

function saysNothingWasSent({ status, evidence, attention }: OperationReport): boolean {
  return evidence === 'NONE' && (['CANCELLED', 'SUPERSEDED'].includes(status) || attention === 'NEVER_SENT');
}

/** Whether a callback is to be found again: as heard, or as one that was not expected. */
function isKept(report: OperationReport, change: VirtualCardChange): boolean {
  const { virtualCardId, action, errorCode } = change;
  const isShown = [...report.unexpected, ...report.conflicts].some(
    (shown) =>
      shown.virtualCardId === virtualCardId && shown.action === action && shown.errorCode === errorCode,
  );
  return isShown || report.heard.includes(duplicateKey(change));
}

const games = [
  ['a SUSPEND of one token', (): unknown => tokenGame()],
  ['a RESUME of one token', (): unknown => tokenGame('RESUME')],
  ['a DELETE of one token', (): unknown => tokenGame('DELETE')],
  ['a SUSPEND of a card', (): unknown => cardGame()],
] as const;

/** What the first attempt comes to, and whether the callbacks come at all: so many different waits there are. */
const PLAYS = [0, 3, 6, 9, 12, 15, 18, 21];

/** Whether no callback comes, and whether the first run was reset by hand. */
const VARIANTS = [
  [false, false],
  [true, false],
  [true, true],
] as const;

type AnyGame = Game<unknown, unknown, string>;

describe.each(games)('I1, I3, I5: %s', (_name, aGame) => {
  const game = (): AnyGame => aGame() as AnyGame;

  it.each(DISTURBANCES)('ends once and for all, at whatever wait there comes %s', async (_what, what) => {
    const faults: string[] = [];
    for (const [isSilent, wasReset] of VARIANTS) {
      const played: AnyGame = { ...game(), ...(isSilent && { callbacks: [] }) };
      for (const first of PLAYS) {
        const choice = (step: number): number => (step === 0 ? first : 0);
        const { steps } = await play(played, () => undefined, choice, wasReset);
        for (let moment = 0; moment <= steps; moment += 1) {
          for (const together of [false, true]) {
            const at = (step: number) => (step === moment ? { what, together } : undefined);
            const ending = await play(played, at, choice, wasReset);
            faults.push(
              ...ending.faults.map(
                (fault) => `${first}, ${moment}, ${together}, ${isSilent}, ${wasReset}: ${fault}`,
              ),
            );
          }
        }
      }
    }
    expect(faults).toEqual([]);
  });

  it('ends once and for all, whatever happens in whatever order', async () => {
    const disturbances = fc.array(
      fc.record({
        step: fc.nat({ max: 12 }),
        what: fc.constantFrom(...DISTURBANCES.map(([, what]) => what)),
        together: fc.boolean(),
      }),
      { maxLength: 6 },
    );
    const choices = fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(disturbances, choices, fc.boolean(), async (disturbed, chosen, wasReset) => {
        const { faults } = await play(
          game(),
          (step) => disturbed.find((one) => one.step === step),
          (step) => chosen[step] ?? 0,
          wasReset,
        );
        expect(faults).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
