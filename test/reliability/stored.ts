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
      if (type === 'cardOperation') looks.push(...looksIn(events ?? [], operationId));
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
      .map((event) => [String(event.eventId), event]),
  );
  const { action } = requestOf(events);
  const knownSince = events.findIndex((event) => isNewsOfSending(event, action));
  return events.flatMap((event) => {
    const completed = event.activityTaskCompletedEventAttributes;
    const began = scheduled.get(String(completed?.scheduledEventId));
    if (began === undefined) return [];
    const { kind } = toValue(completed?.result?.payloads?.[0] as Payload) as { kind: string };
    if (kind !== 'listed') return [];
    const afterSending = knownSince >= 0 && knownSince < taskOf(began, events);
    return [{ correlationId, scheduledAt: toInstant(began), endedAt: toInstant(event), afterSending }];
  });
}

/** What the workflow was started with. */
function requestOf(events: readonly Event[]): { readonly action?: string } {
  const input = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return (toValue(input as Payload) as { request?: { action?: string } }).request ?? {};
}

/** The end of the child that sends, with or without a result, or a callback on the request's own action. */
function isNewsOfSending(event: Event, action: string | undefined): boolean {
  if (isEndOfChild(event)) return true;
  const { workflowExecutionSignaledEventAttributes: signal } = event;
  if (signal?.signalName !== 'virtualCardChanged') return false;
  return (toValue(signal.input?.payloads?.[0] as Payload) as StoredCallback['change']).action === action;
}

function isEndOfChild(event: Event): boolean {
  const ends = [
    event.startChildWorkflowExecutionFailedEventAttributes,
    event.childWorkflowExecutionCompletedEventAttributes,
    event.childWorkflowExecutionFailedEventAttributes,
    event.childWorkflowExecutionCanceledEventAttributes,
    event.childWorkflowExecutionTimedOutEventAttributes,
    event.childWorkflowExecutionTerminatedEventAttributes,
  ];
  return ends.some((end) => end !== undefined && end !== null);
}

/** Where the task begins in which an activity was scheduled: what came before it was known to it. */
function taskOf(
  { activityTaskScheduledEventAttributes: scheduled }: Event,
  events: readonly Event[],
): number {
  const completedAt = events.findIndex(
    ({ eventId }) => String(eventId) === String(scheduled?.workflowTaskCompletedEventId),
  );
  const started = events[completedAt]?.workflowTaskCompletedEventAttributes?.startedEventId;
  return events.findIndex(({ eventId }) => String(eventId) === String(started));
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
