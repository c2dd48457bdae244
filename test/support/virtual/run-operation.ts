import type { Answer } from '../../../src/domain/hub/answer.js';
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import { agendaOf, evolve, type Operation, type TokenEvent } from '../../../src/domain/token/index.js';
import type { Reading } from '../../../src/domain/hub/reading.js';

/** What happens to an operation, at which virtual instant. */
export interface Script {
  /** What the hub answers to the attempts in turn; the last one goes on for ever. */
  readonly answers: readonly Answer[];
  /** What a reading at this instant shows. */
  readonly readings?: (now: number) => Reading;
  readonly changes?: readonly TimedChange[];
  readonly cancelAt?: number;
  /** A person asks for a reading. */
  readonly readAt?: number;
  /** How long an exchange with the hub takes: always, or in turn and the last one for ever. */
  readonly latencyMs?: number | readonly number[];
  /** An attempt that nobody wants any more ends at once, and nothing of it has left; otherwise it runs to its end. */
  readonly stopsUnsent?: boolean;
  /** The state crosses continue-as-new after every step. */
  readonly crossesTheWire?: boolean;
}

export interface TimedChange {
  readonly at: number;
  readonly change: VirtualCardChange;
}

export interface Run {
  readonly operation: Operation;
  readonly sentAt: readonly number[];
  /** What the attempts came to, as far as the operation has heard of it. */
  readonly answered: readonly Answer[];
  readonly readAt: readonly number[];
  /** What the readings showed, as far as the operation has heard of it. */
  readonly shown: readonly Reading[];
  readonly endedAt: number;
  /** The operation after every step, for what must hold at all times. */
  readonly steps: readonly Operation[];
}

interface Due {
  readonly at: number;
  readonly event: TokenEvent;
}

const MOST_STEPS = 20_000;
const MOST_STEPS_AT_ONCE = 100;

/** Does what the workflow does, in virtual time and without Temporal: follows the agenda and records what happens. */
export function runOperation(begun: Operation, script: Script): Run {
  let operation = begun;
  let now = begun.request.requestedAt;
  let exchanges = 0;
  let attempt: Due | undefined;
  const sentAt: number[] = [];
  const answered: Answer[] = [];
  const readAt: number[] = [];
  const shown: Reading[] = [];
  const steps: Operation[] = [];
  let pending: Due[] = [
    ...(script.changes ?? []).map(({ at, change }): Due => ({ at, event: { kind: 'callback', change } })),
    ...instant(script.cancelAt, { kind: 'cancel' }),
    ...instant(script.readAt, { kind: 'read' }),
  ];

  const step = (next: Operation): void => {
    operation = script.crossesTheWire === true ? (JSON.parse(JSON.stringify(next)) as Operation) : next;
    steps.push(operation);
  };
  const nextLatencyMs = (): number => {
    const { latencyMs = 10 } = script;
    if (typeof latencyMs === 'number') return latencyMs;
    exchanges += 1;
    return latencyMs[Math.min(exchanges, latencyMs.length) - 1] ?? 10;
  };
  const tell = (event: TokenEvent): void => step(evolve(operation, event, now));
  const endAttempt = (answer: Answer, at: number): void => {
    attempt = { at, event: { kind: 'answer', answer, chance: 0 } };
    pending.push(attempt);
  };
  const readingNow = (): Reading => script.readings?.(now) ?? { kind: 'failed' };
  const begin = {
    sight: () =>
      pending.push({ at: now + nextLatencyMs(), event: { kind: 'sighting', reading: readingNow() } }),
    send: () => {
      sentAt.push(now);
      operation = evolve(operation, { kind: 'begun', effect: 'send' }, now);
      const answer = script.answers[Math.min(sentAt.length, script.answers.length) - 1];
      endAttempt(answer ?? { kind: 'accepted' }, now + nextLatencyMs());
    },
    read: () => {
      readAt.push(now);
      operation = evolve(operation, { kind: 'begun', effect: 'read' }, now);
      const reading = readingNow();
      pending.push({ at: now + nextLatencyMs(), event: { kind: 'reading', reading } });
    },
    askWhetherReset: () => {
      operation = evolve(operation, { kind: 'begun', effect: 'askWhetherReset' }, now);
      pending.push({ at: now, event: { kind: 'reset-known', wasReset: false } });
    },
  };
  const stop = (): void => {
    if (script.stopsUnsent !== true || attempt === undefined || attempt.at <= now) return;
    pending = pending.filter((due) => due !== attempt);
    endAttempt({ kind: 'not-sent' }, now);
  };
  const note = ({ event }: Due): void => {
    if (event.kind === 'answer') {
      attempt = undefined;
      answered.push(event.answer);
    }
    if (event.kind === 'reading') shown.push(event.reading);
  };

  // What was under way when the state was taken over goes on.
  if (begun.sending.kind === 'in-flight') endAttempt(script.answers[0] ?? { kind: 'accepted' }, now + 1);
  if (begun.readingInFlight !== undefined) begin.read();

  let roundsAtOnce = 0;
  for (let round = 0; round < MOST_STEPS; round += 1) {
    roundsAtOnce += 1;
    if (roundsAtOnce > MOST_STEPS_AT_ONCE) throw new Error('the operation goes round and round');
    const due = pending.filter(({ at }) => at <= now).sort((left, right) => left.at - right.at);
    pending = pending.filter(({ at }) => at > now);
    for (const event of due) {
      note(event);
      tell(event.event);
    }
    tell({ kind: 'time' });

    const agenda = agendaOf(operation, now);
    if (agenda.isOver) return { operation, sentAt, answered, readAt, shown, endedAt: now, steps };
    if (agenda.stop) stop();
    if (agenda.sight) begin.sight();
    if (agenda.send) begin.send();
    if (agenda.read) begin.read();
    if (agenda.askWhetherReset) begin.askWhetherReset();
    const next = agendaOf(operation, now);
    const instants = [...pending.map(({ at }) => at), ...(next.wake === undefined ? [] : [next.wake.at])];
    if (instants.length === 0) throw new Error('the operation waits for nothing');
    const earliest = Math.min(...instants);
    if (earliest <= now && !next.send && !next.read && pending.every(({ at }) => at > now))
      throw new Error('the operation waits for an instant that has passed');
    if (earliest > now) roundsAtOnce = 0;
    now = Math.max(earliest, now);
  }
  throw new Error(`the operation has not ended after ${MOST_STEPS} steps`);
}

function instant(at: number | undefined, event: TokenEvent): readonly Due[] {
  return at === undefined ? [] : [{ at, event }];
}
