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

/** One run of a workflow that continues as new. */
export interface ChainedRun {
  readonly events: number;
  readonly bytes: number;
  /** The size of its largest payload. */
  readonly largestPayload: number;
  /** How many events of each type, without the prefix that all types have. */
  readonly types: Readonly<Record<string, number>>;
}

/** Every run of this workflow id up to its latest one, oldest first, found by what each run says it continues. */
export async function fetchChain(client: Client, workflowId: string): Promise<ChainedRun[]> {
  const chain: ChainedRun[] = [];
  let runId: string | undefined;
  do {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { historySize, runId: describedRunId } = await handle.describe();
    const history = await client.workflow.getHandle(workflowId, describedRunId).fetchHistory();
    const { events } = JSON.parse(historyToJSON(history)) as { events: HistoryEvent[] };
    chain.unshift({
      events: events.length,
      bytes: historySize ?? 0,
      largestPayload: largestBytesIn(history),
      types: countTypes(events),
    });
    runId = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  } while (runId !== undefined && runId !== '');
  return chain;
}

function largestBytesIn(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((largest: number, part) => Math.max(largest, largestBytesIn(part)), 0);
}

interface HistoryEvent {
  readonly eventType: string;
  readonly workflowExecutionStartedEventAttributes?: { readonly continuedExecutionRunId?: string };
}

function countTypes(events: readonly HistoryEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { eventType } of events) {
    const name = eventType.replace('EVENT_TYPE_', '');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
