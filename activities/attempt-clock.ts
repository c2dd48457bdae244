import { Context } from '@temporalio/activity';
import type { AttemptTime } from '../src/domain/operation/clocks.js';
import { isBehind } from '../src/domain/operation/clocks.js';
import type { ActivityDependencies } from './dependencies.js';
import { nothingLeft } from './failures.js';

/** What an attempt knows of the time. This machine's clock may differ from Temporal's, by which deadlines are counted. */
export interface AttemptClock {
  present(): AttemptTime;
  /** Whether an instant of Temporal's clock has passed; fails, to be tried again, when that cannot be told now. */
  hasPassed(instant: number): Promise<boolean>;
}

/** To be made when the attempt begins. */
export function createAttemptClock({
  clock,
  whenHandedOut,
}: Pick<ActivityDependencies, 'clock' | 'whenHandedOut'>): AttemptClock {
  const { activityId, workflowExecution, currentAttemptScheduledTimestampMs } = Context.current().info;
  const beganAt = performance.now();
  const passedMs = (): number => performance.now() - beganAt;
  const present = (): AttemptTime => ({
    own: clock(),
    atLeast: currentAttemptScheduledTimestampMs + passedMs(),
  });
  return {
    present,
    async hasPassed(instant) {
      const time = present();
      if (time.atLeast >= instant) return true;
      if (time.own < instant && !isBehind(time)) return false;
      // Either the attempt waited for so long to be handed out, or the clocks differ: Temporal knows.
      if (workflowExecution === undefined) throw new TypeError('an attempt belongs to an operation');
      try {
        return (await whenHandedOut({ ...workflowExecution, activityId })) + passedMs() >= instant;
      } catch {
        throw nothingLeft('look-up');
      }
    },
  };
}
