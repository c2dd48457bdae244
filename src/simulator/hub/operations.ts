import { type Logger } from 'pino';
import { type Deliveries } from '../callbacks/deliveries.js';
import { type Source, toCallbackBody } from './messages.js';
import { type CallbackPlan } from '../plan/plan.js';
import { type SimulatorSettings } from '../settings.js';
import {
  type Delivery,
  type HubState,
  type PendingOperation,
  type TokenAddress,
  findToken,
  operationKey,
  replaceToken,
  tokenKey,
} from '../cards/state.js';
import { type Store } from '../cards/store.js';
import { type Timers } from '../callbacks/timers.js';
import { type Suspender, type Token, changeToken, isTokenAction, withSuspenders } from '../cards/tokens.js';

/** What happens after a request was taken on, or a renewal has begun: the effect at the token, then the callbacks. */
export interface Operations {
  /** Is there a request under way? A renewal does not count. */
  isRunning(address: TokenAddress): boolean;
  /** Takes operations on. They are not stored yet: wait for that before an answer goes out. */
  begin(operations: PendingOperation[]): void;
  /** The same, but resolves after the effect and the first attempt to call back. */
  beginWithCallback(operation: PendingOperation): Promise<void>;
  /** A change that no issuer asked for. Undefined if there is no such token. */
  changeFromOutside(change: OutsideChange): Promise<OutsideResult | undefined>;
  /** Takes up what an earlier process left behind. */
  resume(): void;
}

/** A change by the wallet, or in the network's customer care (TSP), which acts for the issuer (S3). */
export interface OutsideChange extends TokenAddress {
  correlationId: string;
  action: string;
  source: 'WALLET' | 'TSP';
  /** The change fails with this code. */
  errorCode?: number | string | undefined;
}

/** `changed` is false if the state did not allow the change or it failed; the callback comes anyway. */
export interface OutsideResult {
  correlationId: string;
  changed: boolean;
  status: string;
}

interface Change extends TokenAddress {
  correlationId: string;
  action: string;
  source: Source;
}

export function createOperations(dependencies: {
  store: Store;
  deliveries: Deliveries;
  timers: Timers;
  settings: SimulatorSettings;
  log: Logger;
}): Operations {
  const { store, deliveries, timers, settings, log } = dependencies;

  function schedule(operation: PendingOperation): void {
    timers.at(operation.dueAt, async () => {
      for (const delivery of conclude(operation)) deliveries.schedule(delivery);
      await store.stored();
    });
  }

  /** Applies the effect. The callbacks are in the state then, but not on their way yet. */
  function conclude(operation: PendingOperation): Delivery[] {
    const key = operationKey(operation);
    return store.change((state) => {
      if (state.operations.get(key)?.id !== operation.id) return []; // Reset, or the card replaced.
      state.operations.delete(key);
      const before = findToken(state, operation);
      if (before === undefined) return [];
      const { after, callbacks } = outcomeOf(operation, before);
      const change: Change = { ...operation, source: operation.action === 'RENEW' ? 'TSP' : 'ISSUER' };
      if (after !== before) record(state, change, before, after);
      return addCallbacks(state, change, after, callbacks);
    });
  }

  function record(state: HubState, change: Change, before: Token, after: Token): void {
    const { issuerId, issuerCardRefId, virtualCardId, correlationId, action, source } = change;
    replaceToken(state, change, after);
    state.effects.add({
      at: new Date().toISOString(),
      issuerId,
      issuerCardRefId,
      virtualCardId,
      correlationId,
      action,
      source,
      from: before.status,
      to: after.status,
      suspenders: after.suspenders,
    });
    log.info({ correlationId, virtualCardId, action, source, status: after.status }, 'A token has changed.');
  }

  /**
   * In the order in which they go out: those with a time of their own, or all the others under one correlation id one after
   * the other.
   */
  function addCallbacks(
    state: HubState,
    change: Change,
    token: Token,
    callbacks: CallbackPlan[],
  ): Delivery[] {
    const queued = callbacks.filter(({ afterMs }) => afterMs === undefined);
    const timed = callbacks.filter(({ afterMs }) => afterMs !== undefined);
    const ids = [...new Set(queued.map(({ correlationId }) => correlationId))];
    const queues = ids.map((id) => queued.filter(({ correlationId }) => correlationId === id));
    const groups = [...timed.map((callback) => [callback]), ...queues];
    return groups.map((group) =>
      deliveries.add(state, {
        issuerId: change.issuerId,
        correlationId: group[0]?.correlationId ?? change.correlationId,
        messages: group.map((callback, index) => ({
          afterMs: callback.afterMs ?? pauseBefore(callback, index),
          body: toCallbackBody(token, change, callback),
        })),
      }),
    );
  }

  function pauseBefore(callback: CallbackPlan, index: number): number {
    if (callback.slow) return settings.slowCallbackDelayMs;
    return index === 0 ? 0 : settings.betweenCallbacksMs;
  }

  function add(operations: PendingOperation[]): void {
    store.change((state) => {
      for (const operation of operations) state.operations.set(operationKey(operation), operation);
    });
  }

  return {
    isRunning: (address) => store.state.operations.has(tokenKey(address)),
    begin(operations) {
      const visible = operations.filter((operation) => !isSilent(operation));
      add(visible);
      visible.forEach(schedule);
    },
    async beginWithCallback(operation) {
      add([operation]);
      const [first, ...others] = conclude(operation);
      for (const delivery of others) deliveries.schedule(delivery);
      if (first !== undefined) await deliveries.attempt(first.id);
    },
    async changeFromOutside(change) {
      const before = findToken(store.state, change);
      if (before === undefined) return undefined;
      const after = tokenAfter(change, before);
      const callback: CallbackPlan = change.errorCode === undefined ? {} : { errorCode: change.errorCode };
      const added = store.change((state) => {
        if (after !== before) record(state, change, before, after);
        return addCallbacks(state, change, after, [callback]);
      });
      for (const delivery of added) deliveries.schedule(delivery);
      await store.stored();
      return { correlationId: change.correlationId, changed: after !== before, status: after.status };
    },
    resume() {
      for (const operation of store.state.operations.values()) schedule(operation);
      for (const delivery of store.state.deliveries.values()) deliveries.schedule(delivery);
    },
  };
}

/** Without an effect and without a callback nothing is under way, and nothing can be waited for. */
function isSilent(operation: PendingOperation): boolean {
  return operation.effect === 'none' && operation.callbacks.length === 0;
}

function outcomeOf(operation: PendingOperation, before: Token): { after: Token; callbacks: CallbackPlan[] } {
  const { action, effect, callbacks } = operation;
  if (effect === 'none') return { after: before, callbacks };
  const change = changeToken(before, action, 'ISSUER');
  if (change.kind === 'refused') {
    // Somebody else changed the token since we accepted: now the refusal comes by callback.
    const failure: CallbackPlan = { errorCode: change.responseCode };
    return { after: before, callbacks: callbacks.length === 0 ? [] : [failure] };
  }
  const walletSuspends = effect === 'applied, wallet suspends';
  const after = walletSuspends ? withSuspenders(change.token, ['TOKEN_REQUESTOR']) : change.token;
  return { after, callbacks };
}

function tokenAfter({ action, source, errorCode }: OutsideChange, before: Token): Token {
  if (errorCode !== undefined || !isTokenAction(action)) return before;
  const by: Suspender = source === 'WALLET' ? 'TOKEN_REQUESTOR' : 'ISSUER';
  const change = changeToken(before, action, by);
  return change.kind === 'changed' ? change.token : before;
}
