import { Client, Connection, defaultPayloadConverter, type WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

import type { Look, Records, ShownChange, StoredCallback } from './records.js';

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** What `foreignChange` answers when it is asked for its state. */
interface ForeignState {
  readonly correlationId: string;
  readonly tokens: readonly { readonly virtualCardId: string; readonly changes: readonly ForeignStep[] }[];
}

interface ForeignStep extends Pick<ShownChange, 'action' | 'errorCode'> {
  /** The words that count as the same: correlation id, token, half of a pair, action, code. */
  readonly key: string;
}

/** Reads from Temporal which callbacks it holds, run by run, and what became of those that nobody asked for. */
export async function fetchStored(
  address: string,
): Promise<Pick<Records, 'stored' | 'foreign' | 'looks' | 'starts'>> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const stored: StoredCallback[] = [];
  const foreign = new Map<string, ShownChange[]>();
  const looks: Look[] = [];
  const starts = new Map<string, number>();
  try {
    for await (const { workflowId, runId, type } of workflow.list()) {
      const handle = workflow.getHandle(workflowId, runId);
      const { events } = await handle.fetchHistory();
      for (const { workflowExecutionSignaledEventAttributes: signal } of events ?? []) {
        if (signal?.signalName !== 'virtualCardChanged') continue;
        const change = toValue(signal.input?.payloads?.[0] as Payload) as StoredCallback['change'];
        stored.push({ workflowId, workflowType: type, change });
      }
      const operationId = workflowId.slice(workflowId.lastIndexOf('/') + 1);
      const [began] = events ?? [];
      if (began !== undefined && (type === 'tokenOperation' || type === 'cardOperation')) {
        // Of several runs, the first.
        starts.set(operationId, Math.min(toInstant(began), starts.get(operationId) ?? toInstant(began)));
      }
      const isOfCard = type === 'cardOperation' || type === 'cardFanOut';
      if (isOfCard) looks.push(...looksIn(events ?? [], operationId));
      if (type !== 'foreignChange') continue;
      const state = await handle.query<ForeignState>('foreignChange');
      foreign.set(state.correlationId, [...(foreign.get(state.correlationId) ?? []), ...changesOf(state)]);
    }
    return { stored, foreign, looks, starts };
  } finally {
    await connection.close();
  }
}

/** The readings that came back with a list. */
function looksIn(events: readonly Event[], correlationId: string): Look[] {
  const scheduled = new Map(
    events
      .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'getCardInfo')
      .map((event) => [String(event.eventId), toInstant(event)]),
  );
  return events.flatMap((event) => {
    const completed = event.activityTaskCompletedEventAttributes;
    const scheduledAt = scheduled.get(String(completed?.scheduledEventId));
    if (scheduledAt === undefined) return [];
    const { kind } = toValue(completed?.result?.payloads?.[0] as Payload) as { kind: string };
    return kind === 'listed' ? [{ correlationId, scheduledAt, endedAt: toInstant(event) }] : [];
  });
}

function toInstant({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}

function changesOf({ tokens }: ForeignState): ShownChange[] {
  return tokens.flatMap(({ virtualCardId, changes }) =>
    changes.map(({ key, action, errorCode }) => {
      const [, , isPrimary] = JSON.parse(key) as [string, string, boolean];
      return {
        virtualCardId,
        isPrimary,
        ...(action !== undefined && { action }),
        ...(errorCode !== undefined && { errorCode }),
      };
    }),
  );
}

function toValue(payload: Payload): unknown {
  return defaultPayloadConverter.fromPayload(payload);
}
