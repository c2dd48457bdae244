import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/** One run as the server stores it. */
export interface StoredRun {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly eventTypes: readonly string[];
  /** Every text of its history, memo and search attributes, payloads decoded. */
  readonly text: string;
}

/** Fetches every run that the namespace still knows, running or closed. */
export async function fetchRuns(address: string): Promise<StoredRun[]> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const runs: StoredRun[] = [];
  try {
    for await (const { workflowId, runId, type, raw } of workflow.list()) {
      const history = await workflow.getHandle(workflowId, runId).fetchHistory();
      const { events } = JSON.parse(historyToJSON(history)) as { events: { eventType: string }[] };
      runs.push({
        workflowId,
        workflowType: type,
        eventTypes: events.map(({ eventType }) => eventType),
        text: textsOf([raw, history]).join('\n'),
      });
    }
    return runs;
  } finally {
    await connection.close();
  }
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [name, ...textsOf(part)]);
}
