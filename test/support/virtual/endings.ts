// A workflow played to its end, and disturbed at any point on the way there.
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import { WorkflowDriver, type Job, type Pending, type Start, type UpdateAnswer } from './workflow-driver.js';

/** What happens to a workflow when nobody disturbs it. */
export interface Play {
  readonly start: Start;
  readonly startedAt: number;
  /** What others send, in order: each when nothing is left to be answered. */
  readonly messages: readonly ((driver: WorkflowDriver) => Job)[];
  /** What an activity or the child returns. */
  readonly answer: (pending: Pending) => unknown;
  /** What is answered only when nothing else happens any more but the passing of time. */
  readonly isSlow?: (pending: Pending) => boolean;
  /** What nobody ever answers. */
  readonly isIgnored?: (pending: Pending) => boolean;
}

/** What somebody sends at a moment of the test's choice. */
export interface Disturbance {
  readonly name: string;
  readonly jobs: (driver: WorkflowDriver) => { readonly jobs: readonly Job[]; readonly updateId?: string };
}

/** When it is sent: after so many steps, in a workflow task of its own or together with what comes next. */
export interface Moment {
  readonly step: number;
  readonly together: boolean;
}

export interface Ending<Result> {
  readonly steps: number;
  readonly result: Result;
  readonly searchAttributes: Readonly<Record<string, unknown>>;
  readonly memo: Readonly<Record<string, unknown>>;
  readonly details: string;
  readonly newRuns: number;
  /** How the disturbance was answered, when it was an update. */
  readonly answer?: UpdateAnswer;
}

/** No workflow here takes so many steps; one that does never ends. */
const MOST_STEPS = 300;

/** Plays a workflow to its end. */
export async function playToTheEnd<Result>(
  play: Play,
  disturbance?: Disturbance,
  moment?: Moment,
): Promise<Ending<Result>> {
  const driver = await WorkflowDriver.start(play.start, play.startedAt);
  try {
    const messages = [...play.messages];
    let steps = 0;
    let updateId: string | undefined;
    while (driver.ended === undefined) {
      if (steps >= MOST_STEPS) throw new Error(`it has not ended after ${steps} steps`);
      const isNow = disturbance !== undefined && moment?.step === steps;
      const sent = isNow ? disturbance.jobs(driver) : undefined;
      updateId ??= sent?.updateId;
      if (sent !== undefined && moment?.together === false) await driver.activate(sent.jobs);
      if (driver.ended !== undefined) break;
      const next = nextJob(driver, play, messages);
      await driver.activate([...(moment?.together === true ? (sent?.jobs ?? []) : []), next]);
      steps += 1;
    }
    const answer = updateId === undefined ? undefined : driver.answers.get(updateId);
    return {
      steps,
      result: driver.ended.result as Result,
      searchAttributes: driver.searchAttributes,
      memo: driver.memo,
      details: await driver.currentDetails(),
      newRuns: driver.newRuns,
      ...(answer !== undefined && { answer }),
    };
  } finally {
    await driver.dispose();
  }
}

/** Every moment at which something may come, from the first step to the last. */
export function everyMoment(steps: number): readonly Moment[] {
  return Array.from({ length: steps }, (_none, step) => step).flatMap((step) => [
    { step, together: false },
    { step, together: true },
  ]);
}

function nextJob(driver: WorkflowDriver, play: Play, messages: ((driver: WorkflowDriver) => Job)[]): Job {
  const { isSlow = () => false, isIgnored = () => false, answer } = play;
  const answerable = driver.pending.filter((pending) => !isIgnored(pending));
  const waiting = answerable.filter(({ kind }) => kind !== 'timer' && kind !== 'child');
  const prompt = waiting.find((pending) => !isSlow(pending));
  if (prompt !== undefined) return driver.resolve(prompt, answer(prompt));
  const message = messages.shift();
  if (message !== undefined) return message(driver);
  const child = answerable.find((pending) => pending.kind === 'child' && !isSlow(pending));
  if (child !== undefined) return driver.resolve(child, answer(child));
  const slow = answerable.find((pending) => pending.kind !== 'timer');
  if (slow !== undefined) return driver.resolve(slow, answer(slow));
  const timers = answerable.filter((pending) => pending.kind === 'timer');
  const first = timers.toSorted((left, right) => left.at - right.at)[0];
  if (first === undefined) throw new Error('nothing is left that could happen, and it has not ended');
  return driver.resolve(first, undefined);
}

/** A callback of the hub, or a copy of one. */
export function aCallback(
  name: string,
  change: VirtualCardChange,
): Disturbance & { change: VirtualCardChange } {
  return { name, change, jobs: (driver) => ({ jobs: [driver.signal('virtualCardChanged', change)] }) };
}

export function anUpdate(name: string, ...args: readonly unknown[]): Disturbance {
  return {
    name: `the update ${name}`,
    jobs: (driver) => {
      const { job, id } = driver.update(name, ...args);
      return { jobs: [job], updateId: id };
    },
  };
}

export const aCancellation: Disturbance = {
  name: 'a cancellation of the workflow',
  jobs: (driver) => ({ jobs: [driver.cancel()] }),
};
