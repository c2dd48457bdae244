import type { Client, WorkflowExecutionInfo } from '@temporalio/client';

/** What the server lists, and whether that is all there is. */
export interface Rows {
  readonly rows: readonly WorkflowExecutionInfo[];
  readonly isWhole: boolean;
}

/** One call for at most so many rows, in the order of the server: running ones first, then by when they closed. */
export async function readRows(client: Client, query: string, most: number): Promise<Rows> {
  const rows: WorkflowExecutionInfo[] = [];
  for await (const row of client.workflow.list({ query, pageSize: most })) {
    rows.push(row);
    // One more would be another call.
    if (rows.length === most) return { rows, isWhole: false };
  }
  return { rows, isWhole: true };
}
