import { Client, Connection, defaultPayloadConverter } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

import type { StoredCallback } from './records.js';

/** Reads from Temporal which callbacks it holds, run by run: what is in a history is not lost. */
export async function fetchStored(address: string): Promise<StoredCallback[]> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const stored: StoredCallback[] = [];
  try {
    for await (const { workflowId, runId, type } of workflow.list()) {
      const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
      for (const { workflowExecutionSignaledEventAttributes: signal } of events ?? []) {
        if (signal?.signalName !== 'virtualCardChanged') continue;
        const change = toValue(signal.input?.payloads?.[0] as Payload) as StoredCallback['change'];
        stored.push({ workflowId, workflowType: type, change });
      }
    }
    return stored;
  } finally {
    await connection.close();
  }
}

function toValue(payload: Payload): unknown {
  return defaultPayloadConverter.fromPayload(payload);
}
