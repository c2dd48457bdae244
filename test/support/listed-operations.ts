import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { CardRequest } from '../../src/domain/card/index.js';
import type { TokenRequest } from '../../src/domain/token/index.js';
import type { ListedOperation } from '../../src/domain/report/report.js';
import { ownerWorkflowId } from '../../src/contract/workflow-ids.js';
import type { Gateway, ListRequest } from '../../src/application/gateway.js';
import { toCardOperationStart, toTokenOperationStart } from '../../src/temporal/operations/start-options.js';
import { statusKey } from '../../src/contract/search-attributes.js';
import { aCardRequest, aRequest, SECOND } from './builders.js';
import { eventually } from './temporal/temporal.js';

/** An operation that nobody works on, as the server knows it; `status` is what was recorded last. */
export interface Placed {
  readonly operationId: string;
  readonly terminate: () => Promise<void>;
}

type Begun = (Partial<TokenRequest> | (Partial<CardRequest> & { readonly scope: 'CARD' })) & {
  readonly status?: string;
};

/** Starts operations on a task queue where nobody works, so that a test says alone what the server shows of them. */
export function createPlacing(client: Client) {
  return async function place({ status, ...asked }: Begun): Promise<Placed> {
    const operationId = asked.correlationId ?? `op-${randomUUID()}`;
    const common = {
      policy: { readIntervalMs: SECOND, confirmByReading: 'never' },
      hubTimeoutMs: SECOND,
      fingerprint: 'v1:test',
      taskQueue: 'nobody',
    } as const;
    const isOnCard = 'scope' in asked;
    const { scope: _scope, ...fields } = { scope: undefined, ...asked };
    const request = { ...fields, correlationId: operationId };
    const options = isOnCard
      ? toCardOperationStart({ ...common, request: aCardRequest(request) })
      : toTokenOperationStart({ ...common, request: aRequest(request) });
    const pairs = options.typedSearchAttributes as { key: { name: string } }[];
    const shown = pairs.map((pair) =>
      pair.key.name === statusKey.name && status !== undefined ? { key: statusKey, value: status } : pair,
    );
    const handle = await client.workflow.start(isOnCard ? 'cardOperation' : 'tokenOperation', {
      ...(options as Parameters<typeof client.workflow.start>[1]),
      typedSearchAttributes: shown as NonNullable<typeof options.typedSearchAttributes>,
    });
    if (handle.workflowId !== ownerWorkflowId(request.issuerId ?? 'ISSUER1234', operationId))
      throw new Error('another id');
    return { operationId, terminate: async () => void (await handle.terminate('by hand')) };
  };
}

/** All pages one after the other; `between` runs after each. */
export async function allPages(
  gateway: Pick<Gateway, 'listOperations'>,
  request: Omit<ListRequest, 'limit'> & { limit?: number },
  between: () => Promise<unknown> = async () => undefined,
): Promise<ListedOperation[]> {
  const items: ListedOperation[] = [];
  let after = request.after;
  do {
    const page = await gateway.listOperations({
      limit: 100,
      ...request,
      ...(after !== undefined && { after }),
    });
    items.push(...page.items);
    after = page.next;
    await between();
  } while (after !== undefined);
  return items;
}

/** The list, once it shows so many: visibility comes a little after a start. */
export async function listed(
  gateway: Pick<Gateway, 'listOperations'>,
  request: Omit<ListRequest, 'limit'>,
  count: number,
): Promise<ListedOperation[]> {
  return eventually(
    async () => allPages(gateway, request),
    (items) => items.length === count,
  );
}
