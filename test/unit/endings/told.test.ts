// What is told as final, while a workflow ends: a server that the test plays says what is stored and when.
import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { OperationReport } from '../../../src/domain/report/report.js';
import { toListedRow } from '../../../src/temporal/visibility/listed-row.js';
import { viewOperation } from '../../../src/temporal/operations/operation-view.js';
import { requestedAtKey, statusKey } from '../../../src/contract/search-attributes.js';
import { aChange, aReport } from '../../support/builders.js';

const REF = { issuerId: 'ISSUER1234', operationId: 'op-1' };
const OWNER = 'lcm/ISSUER1234/op-1';
const AT = new Date('2026-11-22T10:00:00.000Z');
const CONFIRMED = aReport({ heard: [aChange()], evidence: 'CALLBACK' });
const OF_CARD = { ...CONFIRMED, scope: 'CARD' } as const;
const OPEN: OperationReport = { ...CONFIRMED, status: 'AWAITING_CALLBACK', final: false, evidence: 'NONE' };

type Ended = 'RUNNING' | 'COMPLETED' | 'TERMINATED';

function described(type: string, status: Ended, written: string): WorkflowExecutionDescription {
  return {
    workflowId: OWNER,
    runId: 'run-1',
    type,
    status: { name: status, code: 0 },
    memo: {
      fingerprint: 'v1:test',
      scope: type === 'tokenOperation' ? 'TOKEN' : 'CARD',
      action: 'SUSPEND',
      issuerCardRefId: 'card-1',
      requestedAt: AT.toISOString(),
      softDeadlineAt: AT.toISOString(),
      hardDeadlineAt: AT.toISOString(),
    },
    typedSearchAttributes: new TypedSearchAttributes([
      { key: statusKey, value: written },
      { key: requestedAtKey, value: AT },
    ]),
  } as unknown as WorkflowExecutionDescription;
}

interface Known {
  readonly described?: WorkflowExecutionDescription;
  /** What a query answers; nothing while no worker does. */
  readonly says?: OperationReport;
  /** What is stored as its result; nothing as long as its end is not. */
  readonly stored?: OperationReport;
}

/** A server that knows these workflows, and whose every wait for an end that is not stored runs out. */
function aServer(known: Readonly<Record<string, Known>>): Client {
  const getHandle = (workflowId: string) => ({
    describe: async () => known[workflowId]?.described ?? notFound(),
    query: async () => known[workflowId]?.says ?? timeIsUp(),
    result: async () => known[workflowId]?.stored ?? timeIsUp(),
  });
  const withDeadline = async (_at: number, call: () => Promise<unknown>) => call();
  return { workflow: { getHandle }, connection: { withDeadline } } as unknown as Client;
}

function notFound(): never {
  throw new WorkflowNotFoundError('no such workflow', '', undefined);
}

function timeIsUp(): never {
  throw new Error('the time is up');
}

describe('I5: a running operation whose query tells its end', () => {
  const running = described('tokenOperation', 'RUNNING', 'AWAITING_CALLBACK');

  it('is not final as long as the end is not stored: a callback may still change it', async () => {
    const view = await viewOperation(aServer({ [OWNER]: { says: CONFIRMED } }), running, REF);
    expect(view).toMatchObject({
      status: 'AWAITING_CALLBACK',
      effectiveStatus: 'AWAITING_CALLBACK',
      final: false,
      evidence: 'NONE',
      outcomes: [],
      partial: true,
    });
    expect(view.settledAt).toBeUndefined();
  });

  it('is told by what is stored, which may be something else', async () => {
    const stored = aReport({ status: 'FAILED', evidence: 'CALLBACK', errorCode: 231 });
    const view = await viewOperation(aServer({ [OWNER]: { says: CONFIRMED, stored } }), running, REF);
    expect(view).toMatchObject({ status: 'FAILED', final: true, errorCode: 231 });
  });

  it('is not final on a card either', async () => {
    const running = described('cardOperation', 'RUNNING', 'AWAITING_CALLBACK');
    const view = await viewOperation(aServer({ [OWNER]: { says: OF_CARD } }), running, REF);
    expect(view).toMatchObject({ status: 'AWAITING_CALLBACK', final: false, partial: true });
  });
});

describe('an operation on a card that was terminated', () => {
  it('is UNKNOWN, final and asks for a look', async () => {
    const terminated = described('cardOperation', 'TERMINATED', 'AWAITING_CALLBACK');
    const view = await viewOperation(aServer({}), terminated, REF);
    expect(view).toMatchObject({ status: 'UNKNOWN', final: true, attention: 'TERMINATED' });
  });
});

describe('I5: a final status that is written while the workflow runs', () => {
  it('is no end, when no worker answers', async () => {
    const running = described('tokenOperation', 'RUNNING', 'CONFIRMED');
    const view = await viewOperation(aServer({}), running, REF);
    expect(view).toMatchObject({ status: 'AWAITING_CALLBACK', final: false, partial: true });
  });

  it('is no end in lists', () => {
    const row = described('cardOperation', 'RUNNING', 'CONFIRMED') as WorkflowExecutionInfo;
    expect(toListedRow(row, 'ISSUER1234')?.operation).toMatchObject({
      status: 'AWAITING_CALLBACK',
      effectiveStatus: 'AWAITING_CALLBACK',
      final: false,
    });
  });
});

describe('I3: a workflow that has closed without having settled', () => {
  it('is UNKNOWN, final and asks for a look: nobody waits for it any more', async () => {
    const closed = described('tokenOperation', 'COMPLETED', 'AWAITING_CALLBACK');
    const view = await viewOperation(aServer({ [OWNER]: { stored: OPEN } }), closed, REF);
    expect(view).toMatchObject({ status: 'UNKNOWN', final: true, attention: 'UNKNOWN_OUTCOME' });
  });

  it('is UNKNOWN in lists', () => {
    const row = described('cardOperation', 'COMPLETED', 'AWAITING_CALLBACK') as WorkflowExecutionInfo;
    expect(toListedRow(row, 'ISSUER1234')?.operation).toMatchObject({ status: 'UNKNOWN', final: true });
  });
});
