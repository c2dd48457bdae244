import type { Answer } from '../../src/domain/answer.js';
import type { VirtualCardChange } from '../../src/domain/change.js';
import {
  agendaOf,
  beginReading,
  beginSending,
  isSettled,
  passTime,
  recordAnswer,
  recordCancellation,
  recordChange,
  recordReading,
  type Operation,
} from '../../src/domain/operation/index.js';
import type { Reading } from '../../src/domain/reading.js';

/** What happens to an operation, at which virtual instant. */
export interface Script {
  /** What the hub answers to the attempts in turn; the last one goes on for ever. */
  readonly answers: readonly Answer[];
  /** What a reading at this instant shows. */
  readonly readings?: (now: number) => Reading;
  readonly changes?: readonly { readonly at: number; readonly change: VirtualCardChange }[];
  readonly cancelAt?: number;
  /** How long an exchange with the hub takes. */
  readonly latencyMs?: number;
}

export interface Run {
  readonly operation: Operation;
  readonly sentAt: readonly number[];
  readonly readAt: readonly number[];
  readonly endedAt: number;
  /** The operation after every step, for what must hold at all times. */
  readonly steps: readonly Operation[];
}

interface Due {
  readonly at: number;
  readonly apply: (operation: Operation) => Operation;
}

const MOST_STEPS = 20_000;

/** Does what the workflow does, in virtual time and without Temporal: follows the agenda and records what happens. */
export function runOperation(begun: Operation, script: Script): Run {
  const latencyMs = script.latencyMs ?? 10;
  let operation = begun;
  let now = begun.request.requestedAt;
  const sentAt: number[] = [];
  const readAt: number[] = [];
  const steps: Operation[] = [];
  let pending: Due[] = [
    ...(script.changes ?? []).map(({ at, change }) => ({
      at,
      apply: (before: Operation) => recordChange(before, change, at),
    })),
    ...(script.cancelAt === undefined ? [] : [cancellationAt(script.cancelAt)]),
  ];

  for (let step = 0; step < MOST_STEPS; step += 1) {
    for (const due of pending.filter(({ at }) => at <= now).sort((left, right) => left.at - right.at)) {
      operation = due.apply(operation);
      steps.push(operation);
    }
    pending = pending.filter(({ at }) => at > now);
    operation = passTime(operation, now);
    steps.push(operation);
    if (isSettled(operation)) return { operation, sentAt, readAt, endedAt: now, steps };

    const agenda = agendaOf(operation, now);
    if (agenda.send) {
      sentAt.push(now);
      operation = beginSending(operation, now);
      const answer = script.answers[Math.min(sentAt.length, script.answers.length) - 1] ?? {
        kind: 'accepted',
      };
      const at = now + latencyMs;
      pending.push({ at, apply: (before) => recordAnswer(before, answer, { now: at, chance: 0 }) });
    }
    if (agenda.read) {
      readAt.push(now);
      operation = beginReading(operation, now);
      const reading = script.readings?.(now) ?? { kind: 'failed' };
      const at = now + latencyMs;
      pending.push({ at, apply: (before) => recordReading(before, reading, at) });
    }
    const next = agendaOf(operation, now);
    const instants = [...pending.map(({ at }) => at), ...(next.wake === undefined ? [] : [next.wake.at])];
    if (instants.length === 0) throw new Error('the operation waits for nothing');
    const earliest = Math.min(...instants);
    if (earliest <= now && !next.send && !next.read)
      throw new Error('the operation waits for an instant that has passed');
    now = Math.max(earliest, now);
  }
  throw new Error(`the operation has not ended after ${MOST_STEPS} steps`);
}

function cancellationAt(at: number): Due {
  return { at, apply: (operation) => recordCancellation(operation, at) };
}
