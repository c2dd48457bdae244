import { WorkflowNotFoundError } from '@temporalio/client';

/** What a question about a workflow is answered with, or undefined when there is no such workflow. */
export async function ifFound<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
