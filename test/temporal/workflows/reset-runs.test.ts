import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Answer } from '../../../src/domain/hub/answer.js';
import { toTokenOperationStart } from '../../../src/temporal/operations/start-options.js';
import type { tokenOperation } from '../../../workflows/index.js';
import { cancelUpdate, reportQuery } from '../../../src/contract/messages.js';
import { aReading, aRequest, MINUTE, SECOND } from '../../support/builders.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const PUT_OFF: Answer = { kind: 'again', effect: 'possible', retryAfterMs: 10 * MINUTE };

/**
 * An operation on one token whose first attempt may have had its effect, reset to its first workflow task; then what becomes
 * of it when its next attempt is answered like this, and the token is read in this state.
 */
async function resetAfterAnAttempt(
  { answer, status }: { answer: Answer; status: string },
  then: (operation: WorkflowHandle<typeof tokenOperation>) => Promise<unknown> = async () => undefined,
) {
  const taskQueue = `queue-${randomUUID()}`;
  const hub = createFakeHub({
    answer: (attempt) => (attempt === 1 ? PUT_OFF : answer),
    reading: () => aReading(status),
  });
  const requestedAt = Date.now();
  return withWorker(env, { taskQueue, activities: hub.activities }, async () => {
    const operation = await env.client.workflow.start<typeof tokenOperation>(
      'tokenOperation',
      toTokenOperationStart({
        request: aRequest({
          correlationId: `op-${randomUUID()}`,
          requestedAt,
          softDeadlineAt: requestedAt + 10 * MINUTE,
          hardDeadlineAt: requestedAt + 20 * MINUTE,
        }),
        policy: { readIntervalMs: SECOND, confirmByReading: 'resume' },
        hubTimeoutMs: 2 * SECOND,
        fingerprint: 'v1:test',
        taskQueue,
      }),
    );
    await eventually(
      async () => operation.query(reportQuery),
      ({ attempts, acceptedAt }) => attempts === 1 && acceptedAt === undefined,
    );
    await eventually(
      async () => (await operation.fetchHistory()).events ?? [],
      // The attempt has ended, and the workflow knows.
      (events) => {
        const answered = events.findIndex((event) => event.activityTaskCompletedEventAttributes);
        return (
          answered >= 0 && events.slice(answered).some((event) => event.workflowTaskCompletedEventAttributes)
        );
      },
    );
    await then(operation);
    await reset(operation);
    const { workflowId } = operation;
    const report = await env.client.workflow.getHandle<typeof tokenOperation>(workflowId).result();
    return { report, sent: hub.sent };
  });
}

async function reset({ workflowId }: WorkflowHandle): Promise<void> {
  const handle = env.client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const first = (events ?? []).find((event) => event.workflowTaskCompletedEventAttributes);
  await env.client.workflowService.resetWorkflowExecution({
    namespace: env.client.options.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: first?.eventId ?? null,
    reason: 'a test',
    requestId: randomUUID(),
  });
}

describe('an operation on one token that is reset by hand after an attempt', () => {
  it.each([432, 160, 119])(
    'I2: sends again with the same id, and takes its refusal with %i for the echo of the attempt that it has forgotten',
    async (errorCode) => {
      const { report, sent } = await resetAfterAnAttempt({
        answer: { kind: 'refused', errorCode, httpStatus: 400 },
        status: 'SUSPENDED',
      });
      expect(report).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
      expect(new Set(sent.map(({ correlationId }) => correlationId)).size).toBe(1);
      expect(sent.map(({ isResend }) => isResend)).toEqual([false, true]);
    },
  );

  it('I4: and refuses in the end what two readings do not show', async () => {
    const { report } = await resetAfterAnAttempt({
      answer: { kind: 'refused', errorCode: 432, httpStatus: 400 },
      status: 'RESUMED',
    });
    expect(report).toMatchObject({ status: 'REJECTED', evidence: 'ANSWER', provisional: true });
  });

  it('I4: is not SUPERSEDED as never sent, but looked at', async () => {
    const { report } = await resetAfterAnAttempt({
      answer: { kind: 'superseded', by: 'op-2' },
      status: 'RESUMED',
    });
    expect(report).toMatchObject({ status: 'UNKNOWN', supersededBy: 'op-2' });
  });

  it('I4: is not CANCELLED as never sent when a cancellation comes again with the reset, but looked at', async () => {
    const { report, sent } = await resetAfterAnAttempt(
      { answer: PUT_OFF, status: 'SUSPENDED' },
      async (operation) => {
        const seen = await operation.executeUpdate(cancelUpdate, { args: [{}] });
        expect(seen.attempts).toBe(1);
      },
    );
    expect(report).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(sent).toHaveLength(1);
  });
});
