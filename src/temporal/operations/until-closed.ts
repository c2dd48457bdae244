import type { Client } from '@temporalio/client';

const LONG_POLL_MARGIN_MS = 2_000;

/**
 * Waits until the workflow closes, however it does, but no longer than asked; the caller looks at it afterwards.
 * The wait is given up by us, ahead of its deadline: the server answers a long poll a second before that, and the SDK would
 * ask again and again until it is over.
 */
export async function untilClosed(
  client: Client,
  workflowId: string,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, waitMs);
  signal?.addEventListener('abort', end, { once: true });
  try {
    await client.connection.withAbortSignal(ending.signal, async () =>
      client.connection.withDeadline(Date.now() + waitMs + LONG_POLL_MARGIN_MS, async () => handle.result()),
    );
  } catch {
    // The wait ran out, was given up, or the workflow failed: in each case the caller's next look tells.
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}
