import { Context } from '@temporalio/activity';
import type { Answer } from '../src/domain/hub/answer.js';

/** The run that asks. */
export interface AskingRun {
  /** The id of the run that began its history: a run that was reset by hand goes on with the history of another. */
  readonly originalRunId: string;
}

/**
 * Whether the run that asks was reset, and so may not know all that was sent before. It is asked here and not in a workflow,
 * whose history is replayed under the ids of both runs.
 */
export async function wasReset({ originalRunId }: AskingRun): Promise<boolean> {
  return Context.current().info.workflowExecution?.runId !== originalRunId;
}

/** Makes each attempt of a run that was reset one after a possible first (design 5.1). */
export function tellingOfReset<T extends AskingRun & { readonly isResend: boolean }>(
  attempt: (request: T) => Promise<Answer>,
): (request: T) => Promise<Answer> {
  return async (request) => {
    if (!(await wasReset(request))) return attempt(request);
    return { ...(await attempt({ ...request, isResend: true })), afterReset: true };
  };
}
