import { randomUUID } from 'node:crypto';
import { type Logger } from 'pino';
import { Agent, request } from 'undici';
import { type CallbackEntry, type Log } from '../cards/journal.js';
import { type DeliveryResult, parseRetryAfterMs, redeliveryDelayMs, resultOf } from './redelivery.js';
import { type SimulatorSettings } from '../settings.js';
import { type CallbackBody, type Delivery, type HubState } from '../cards/state.js';
import { type Store } from '../cards/store.js';
import { type Timers } from './timers.js';

/** Sends callbacks until the receiver has them. At least once: a kill after the answer sends again. */
export interface Deliveries {
  /** Adds callbacks to the state; call it inside `store.change`, then `schedule` or `attempt` them. */
  add(state: HubState, callbacks: NewDelivery): Delivery;
  schedule(delivery: Delivery): void;
  /** Sends the first message once, now. */
  attempt(deliveryId: string): Promise<void>;
  close(): Promise<void>;
}

export type NewDelivery = Pick<Delivery, 'issuerId' | 'correlationId' | 'messages'>;

interface Attempt {
  status: number | null;
  error?: string;
  retryAfterMs?: number | undefined;
}

export function createDeliveries(dependencies: {
  callbackUrl: string;
  store: Store;
  timers: Timers;
  callbacks: Log<CallbackEntry>;
  settings: SimulatorSettings;
  log: Logger;
}): Deliveries {
  const { callbackUrl, store, timers, callbacks, settings, log } = dependencies;
  const agent = new Agent({
    connections: 64, // After a restart everything may be due at once.
    connectTimeout: settings.callbackTimeoutMs,
    headersTimeout: settings.callbackTimeoutMs,
    bodyTimeout: settings.callbackTimeoutMs,
  });
  let closed = false;

  async function post(delivery: Delivery, body: CallbackBody): Promise<Attempt> {
    try {
      const answer = await request(callbackUrl, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-correlation-id': delivery.correlationId,
          'x-issuer-id': delivery.issuerId,
        },
        body: JSON.stringify(body),
      });
      await answer.body.dump();
      const retryAfter = answer.headers['retry-after'];
      const header = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
      return { status: answer.statusCode, retryAfterMs: parseRetryAfterMs(header, Date.now()) };
    } catch (error) {
      return { status: null, error: error instanceof Error ? error.message : String(error) };
    }
  }

  async function attempt(deliveryId: string): Promise<void> {
    const delivery = store.state.deliveries.get(deliveryId);
    const message = delivery?.messages[0];
    if (delivery === undefined || message === undefined) return;
    try {
      await store.stored(); // The effect first: a callback must not tell what a kill could undo.
    } catch (error) {
      log.error({ err: error }, 'The state cannot be stored; the callback waits.');
      timers.at(Date.now() + settings.redeliveryCeilingMs, () => attempt(deliveryId));
      return;
    }
    const made = await post(delivery, message.body);
    // Closed or reset meanwhile: the callback stays in the state file, or is gone from it.
    if (closed || store.state.deliveries.get(deliveryId) !== delivery) return;
    conclude(delivery, message.body, made);
    await store.stored();
  }

  function conclude(delivery: Delivery, body: CallbackBody, made: Attempt): void {
    const now = Date.now();
    const result = giveUpIfTooOld(resultOf(made.status), now - delivery.firstDueAt);
    callbacks.add(toEntry(delivery, body, made, result));
    log.debug(
      {
        correlationId: delivery.correlationId,
        virtualCardId: body.virtualCardId,
        status: made.status,
        result,
      },
      'A callback was sent.',
    );
    const next = result === 'again later' ? again(delivery, made, now) : withoutFirst(delivery, now);
    store.change((state) => {
      if (next === undefined) state.deliveries.delete(delivery.id);
      else state.deliveries.set(next.id, next);
    });
    if (next !== undefined) schedule(next);
  }

  function again(delivery: Delivery, made: Attempt, now: number): Delivery {
    const attempts = delivery.attempts + 1;
    return { ...delivery, attempts, dueAt: now + redeliveryDelayMs(attempts, made.retryAfterMs, settings) };
  }

  function giveUpIfTooOld(result: DeliveryResult, ageMs: number): CallbackEntry['result'] {
    return result === 'again later' && ageMs > settings.redeliverForMs ? 'given up' : result;
  }

  function schedule(delivery: Delivery): void {
    timers.at(delivery.dueAt, () => attempt(delivery.id));
  }

  return {
    add(state, { issuerId, correlationId, messages }) {
      const dueAt = Date.now() + (messages[0]?.afterMs ?? 0);
      const delivery: Delivery = {
        id: randomUUID(),
        issuerId,
        correlationId,
        messages,
        attempts: 0,
        firstDueAt: dueAt,
        dueAt,
      };
      state.deliveries.set(delivery.id, delivery);
      return delivery;
    },
    schedule,
    attempt,
    async close() {
      closed = true;
      await agent.destroy();
    },
  };
}

/** What is left once the first message has ended, one way or the other. */
function withoutFirst(delivery: Delivery, now: number): Delivery | undefined {
  const [, ...messages] = delivery.messages;
  const [first] = messages;
  if (first === undefined) return undefined;
  const dueAt = now + first.afterMs;
  return { ...delivery, messages, attempts: 0, firstDueAt: dueAt, dueAt };
}

function toEntry(
  delivery: Delivery,
  body: CallbackBody,
  made: Attempt,
  result: CallbackEntry['result'],
): CallbackEntry {
  return {
    at: new Date().toISOString(),
    issuerId: delivery.issuerId,
    correlationId: delivery.correlationId,
    issuerCardRefId: body.issuerCardRefId,
    virtualCardId: body.virtualCardId,
    isPrimary: body.isPrimary,
    action: body.action,
    source: body.source,
    ...(body.errorCode !== undefined && { errorCode: body.errorCode }),
    attempt: delivery.attempts + 1,
    status: made.status,
    ...(made.error !== undefined && { error: made.error }),
    result,
  };
}
