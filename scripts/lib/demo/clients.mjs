// The two that the demo talks to, each by its own HTTP interface: the service's API (design section 7) and the simulator's
// control (docs/simulator.md). Every call has a limit; whatever else than expected comes back is a `StoryError`.
import { setTimeout as sleep } from 'node:timers/promises';

const callLimitMs = 10_000;
const linkLimitMs = 2000;
const busyLimitMs = 15_000;
const busyPauseMs = 500;

/** The story cannot go on: a sentence for the reader, no bug of the demo. */
export class StoryError extends Error {
  name = 'StoryError';
}

export function createService({ apiUrl, issuerId }) {
  const issuerUrl = `${apiUrl}/v1/issuers/${encodeURIComponent(issuerId)}`;
  const operationsUrl = `${issuerUrl}/operations`;
  return {
    /** `{httpStatus, operation}`, or the code and the sentence of the refusal: `{httpStatus, problem, detail}`. */
    async ask({ key, body }) {
      const headers = { 'Idempotency-Key': key };
      const { httpStatus, answer } = await call('POST', operationsUrl, { headers, body });
      if (httpStatus === 200 || httpStatus === 202) return { httpStatus, operation: toOperation(answer) };
      return { httpStatus, problem: answer?.code, detail: answer?.detail };
    },

    async show(operationId) {
      const { httpStatus, answer } = await call('GET', `${operationsUrl}/${operationId}`);
      if (httpStatus !== 200) throw new StoryError(`GET …/${operationId} was answered ${httpStatus}.`);
      return toOperation(answer);
    },

    /** `{tokens, open, attention?}`: what is known of the renewals of a card's tokens. */
    async renewalsOf(issuerCardRefId) {
      const { httpStatus, answer } = await call('GET', `${issuerUrl}/cards/${issuerCardRefId}/renewals`);
      if (httpStatus !== 200) throw new StoryError(`GET …/renewals was answered ${httpStatus}.`);
      if (Array.isArray(answer?.tokens)) return answer;
      throw new StoryError('The service answered something that is no list of renewals.');
    },
  };
}

export function createHub({ simulatorUrl, issuerId }) {
  async function control(
    method,
    path,
    /** @type {{ query?: object, body?: object }} */ { query = {}, body } = {},
  ) {
    const url = `${simulatorUrl}/_simulator/${path}?${new URLSearchParams({ issuerId, ...query })}`;
    const { httpStatus, answer } = await call(method, url, { body });
    if (httpStatus < 300) return answer;
    const why = answer?.error ? `: ${JSON.stringify(answer.error)}` : '';
    throw new StoryError(`The simulator answered ${httpStatus} to ${method} /_simulator/${path}${why}.`);
  }

  async function list(name, query = {}) {
    const { items } = (await control('GET', name, { query })) ?? {};
    if (!Array.isArray(items)) throw new StoryError(`The simulator's list of ${name} has no items.`);
    return items;
  }

  return {
    /** Tokens are `{virtualCardId, status?}`, RESUMED unless told otherwise. */
    async makeCard(issuerCardRefId, tokens) {
      await control('PUT', `cards/${issuerCardRefId}`, { body: { tokens } });
    },

    async addToken(issuerCardRefId, token) {
      await control('POST', `cards/${issuerCardRefId}/tokens`, { body: token });
    },

    /** The TSP renews the card's tokens by itself. Answers the correlation id that all its callbacks have. */
    async renew(issuerCardRefId) {
      const { correlationId } = (await control('POST', `cards/${issuerCardRefId}/renew`)) ?? {};
      if (typeof correlationId !== 'string') throw new StoryError('The simulator has begun no renewal.');
      return correlationId;
    },

    /** All that the hub knows of a card: whoever asked for it, by whatever correlation id. */
    async recordOf(issuerCardRefId) {
      const [requests, effects, callbacks, card] = await Promise.all([
        list('requests', { issuerCardRefId }),
        list('effects', { issuerCardRefId }),
        list('callbacks', { issuerCardRefId }),
        control('GET', `cards/${issuerCardRefId}`),
      ]);
      return { requests, effects, callbacks, tokens: card?.tokens ?? [] };
    },

    /** Changes nothing but sends the callback: the token is in the wanted state already, or the word is that it failed. */
    async callBack({ correlationId, action, virtualCardId, errorCode, source = 'TSP' }) {
      const body = { action, source, correlationId, ...(errorCode !== undefined && { errorCode }) };
      await control('POST', `tokens/${virtualCardId}/change`, { body });
    },
  };
}

/** Where the Temporal UI shows an operation, if there is one that knows it. Without it the story is told all the same. */
export function createLinks({ temporalUiUrl, namespace, issuerId }) {
  return {
    async to({ operationId }) {
      if (temporalUiUrl === undefined) return undefined;
      const workflowId = `lcm/${issuerId}/${operationId}`;
      const path = `namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
      const found = await callOnce('GET', `${temporalUiUrl}/api/v1/${path}`, { limitMs: linkLimitMs }).catch(
        () => undefined,
      );
      return found?.httpStatus === 200 ? `${temporalUiUrl}/${path}` : undefined;
    },
  };
}

/** One call. 503 says "repeat": every request here may be sent again. */
async function call(method, url, request = {}) {
  const until = Date.now() + busyLimitMs;
  for (;;) {
    const result = await callOnce(method, url, request);
    if (result.httpStatus !== 503 || Date.now() > until) return result;
    await sleep(busyPauseMs);
  }
}

/** @typedef {{ headers?: Record<string, string>, body?: object | undefined, limitMs?: number }} Call */

async function callOnce(method, url, /** @type {Call} */ { headers = {}, body, limitMs = callLimitMs }) {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(limitMs),
    });
    return { httpStatus: response.status, answer: parseJson(await response.text()) };
  } catch (error) {
    const why =
      error.name === 'TimeoutError'
        ? `within ${limitMs / 1000} s`
        : `(${error.cause?.code ?? error.message})`;
    throw new StoryError(`No answer from ${new URL(url).origin} ${why}.`, { cause: error });
  }
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toOperation(answer) {
  if (typeof answer?.operationId === 'string') return answer;
  throw new StoryError('The service answered something that is no operation.');
}
