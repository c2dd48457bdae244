import type { HubRequest, Records, ShownOperation } from '../records.js';
import { operationsOf } from '../workload.js';
import { groupBy, idsTold, type Story } from './story.js';
import type { Violation } from './violation.js';

/** From the decision of a worker to the arrival at the hub, on a busy machine. */
const ON_ITS_WAY_MS = 2_000;

/** I2: one operation per key, and no effect at the hub that belongs to none. */
export function checkIdentity({ workload, told, hub, operations }: Records): Violation[] {
  const violations: Violation[] = [];
  const owners = new Map<string, string>();
  for (const { key } of workload.lanes.flatMap(operationsOf)) {
    const ids = idsTold(told.filter((entry) => entry.key === key));
    if (ids.size > 1) violations.push(of(`${key} has several operations: ${[...ids].join(', ')}`));
    for (const id of ids) {
      const owner = owners.get(id);
      if (owner !== undefined) violations.push(of(`${owner} and ${key} were told the same operation`, id));
      owners.set(id, key);
    }
  }
  for (const { source, correlationId, action, virtualCardId } of hub.effects) {
    if (source !== 'ISSUER' || operations.has(correlationId)) continue;
    const says = `the hub did ${action} to ${virtualCardId} for an operation that nobody knows`;
    violations.push(of(says, correlationId));
  }
  return violations;

  function of(says: string, operationId?: string): Violation {
    return { invariant: 'I2', says, ...(operationId !== undefined && { operationId }) };
  }
}

/** I2: the same key with another body is refused, and does nothing. */
export function checkOtherBodies({ told }: Story): string[] {
  return told
    .filter(({ call, status }) => call === 'post another body' && ![null, 422, 503].includes(status))
    .map(({ status }) => `another body under the same key was answered ${status}`);
}

/** I2: the answers to one key tell of what was asked for. */
export function checkSameRequest({ planned, shown }: Story): string[] {
  if (shown === undefined) return [];
  const { action, virtualCardId, issuerCardRefId } = planned.body;
  const isSame =
    shown.action === action &&
    shown.virtualCardId === virtualCardId &&
    shown.issuerCardRefId === issuerCardRefId &&
    shown.scope === (virtualCardId === undefined ? 'CARD' : 'TOKEN');
  return isSame ? [] : [`asked for ${describe(planned.body)}, recorded is ${describe(shown)}`];
}

function describe({
  action,
  virtualCardId,
  issuerCardRefId,
}: Pick<ShownOperation, 'action' | 'virtualCardId' | 'issuerCardRefId'>): string {
  return `${action} of ${virtualCardId ?? `all of ${issuerCardRefId}`}`;
}

/** I2: at most one effect at each token, by the action that was asked for, and at none that it was not asked for. */
export function checkEffects({ planned, effects, timelines }: Story): string[] {
  const { action, virtualCardId } = planned.body;
  const isAsked = (name: string): boolean =>
    virtualCardId === undefined ? timelines.has(name) : name === virtualCardId;
  const foreign = effects.filter((effect) => effect.action !== action || !isAsked(effect.virtualCardId));
  const repeated = [...groupBy(effects, (effect) => effect.virtualCardId).values()].filter(
    ({ length }) => length > 1,
  );
  return [
    ...repeated.map(
      (some) => `it had ${some.length} effects at the hub: ${some.map(({ at }) => at).join(', ')}`,
    ),
    ...foreign.map((effect) => `the hub did ${effect.action} to ${effect.virtualCardId} for it`),
  ];
}

/** I2: the requests at the hub are for what was asked for: the one token, or the whole card. */
export function checkRequested({ planned, requests }: Story): string[] {
  const { action, virtualCardId, issuerCardRefId } = planned.body;
  return requests
    .filter(
      (request) =>
        // One that was turned away at the door was not read.
        request.issuerCardRefId !== undefined &&
        (request.issuerCardRefId !== issuerCardRefId ||
          request.virtualCardId !== virtualCardId ||
          request.action !== action),
    )
    .map(({ at }) => `the request of ${at} is not for what was asked for`);
}

/** I2: every request at the hub is an attempt that the operation knows of, and none comes after its end. */
export function checkRequests({ shown, requests }: Story): string[] {
  if (shown === undefined) return [];
  const { attempts } = shown;
  return [
    ...(requests.length > attempts
      ? [`the hub got ${requests.length} requests, the operation knows of ${attempts}`]
      : []),
    ...requests.filter((request) => isTooLate(request, shown)).map(({ at }) => `it was sent at ${at}`),
  ];
}

function isTooLate({ at }: HubRequest, { settledAt, hardDeadlineAt }: ShownOperation): boolean {
  const end = Math.min(Date.parse(settledAt ?? hardDeadlineAt), Date.parse(hardDeadlineAt));
  return Date.parse(at) > end + ON_ITS_WAY_MS;
}
