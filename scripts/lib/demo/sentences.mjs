// What happened, in words: an event for each entry of the hub's record and for each status of the service. `key` tells an
// event from those that were told before.

const whyByEvidence = {
  CALLBACK: 'the hub has said so in a callback',
  READING: 'without a word from the hub, the service has looked at the token itself',
  ANSWER: 'the hub has refused the request in its answer',
  PERSON: 'a person has decided it',
  NONE: 'nothing proves anything',
};

/** Of a whole card the evidence is the weakest of what its tokens rest on. */
const whyOfCard = 'what is known of each token follows';

const whyByStatus = {
  REQUESTED: 'the service has no answer from the hub yet',
  AWAITING_CALLBACK: 'the hub has accepted, which does not mean done',
};

export function newsOf({ operation, record }) {
  return [
    ...overdueNews(operation),
    ...hubNews(record),
    ...(operation.final
      ? [...progressNews(operation), ...statusNews(operation)]
      : [...statusNews(operation), ...progressNews(operation)]),
    ...lateNews(operation),
  ];
}

/** How far an operation on all tokens of a card is. */
function progressNews({ scope, outcomes = [] }) {
  const expected = outcomes.filter((outcome) => outcome.expected);
  const confirmed = expected.filter(({ result }) => result === 'CONFIRMED');
  if (scope !== 'CARD' || confirmed.length === 0) return [];
  const text = `${confirmed.length} of ${expected.length} confirmed`;
  return [{ key: text, who: 'service', text }];
}

/** OVERDUE often lasts for some milliseconds only. The times tell it too. */
function overdueNews({ status, settledAt, softDeadlineAt }) {
  const wasOverdue = status === 'OVERDUE' || settledAt >= softDeadlineAt;
  if (!wasOverdue) return [];
  const text = 'OVERDUE: no callback by the soft deadline, so the service asks how the token is';
  return [{ key: 'overdue', who: 'service', at: softDeadlineAt, text }];
}

function statusNews({ scope, status, evidence, final, errorCode, attention, acceptedAt, settledAt }) {
  const whyFinal = scope === 'CARD' ? whyOfCard : whyByEvidence[evidence];
  const why = final ? whyFinal : whyByStatus[status];
  if (why === undefined) return [];
  const facts = [
    status,
    final && `evidence ${evidence}`,
    errorCode !== undefined && `code ${errorCode}`,
    attention !== undefined && `attention ${attention}`,
  ];
  const text = `${facts.filter(Boolean).join(', ')}: ${why}`;
  return [{ key: text, who: 'service', at: final ? settledAt : acceptedAt, text }];
}

function lateNews({ status, late = [] }) {
  return late.map(({ kind, at, change }, index) => ({
    key: `late ${index}`,
    who: 'service',
    at,
    text: `keeps a late callback (${change?.action}) as ${kind}; the status is still ${status}`,
  }));
}

/** In the order in which it happened. */
export function hubNews({ requests, effects, callbacks, tokens }) {
  const isOne = tokens.length === 1;
  const nameOf = ({ virtualCardId }) => (isOne ? 'the token' : virtualCardId);
  const about = ({ virtualCardId }) => (isOne ? '' : ` for ${virtualCardId}`);
  const events = [
    ...requests.flatMap((request, index) =>
      request.ended === 'pending'
        ? []
        : { key: `request ${index}`, at: request.at, text: tellRequest(request, isOne) },
    ),
    ...effects.map((effect, index) => ({
      key: `effect ${index}`,
      at: effect.at,
      text:
        effect.action === 'RENEW'
          ? `renews ${nameOf(effect)}`
          : `changes ${nameOf(effect)} from ${effect.from} to ${effect.to}`,
    })),
    ...callbacks.map((callback, index) => ({
      key: `callback ${index}`,
      at: callback.at,
      text: `calls back${about(callback)} (${describeCallback(callback)}) and is answered ${callback.status ?? 'by nobody'}`,
    })),
  ];
  return events
    .map((event) => ({ who: 'hub', ...event }))
    .toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

export function describeRequest({ status, responseCode }) {
  if (status === null) return 'no answer';
  return responseCode === undefined ? `${status}` : `${status} with code ${responseCode}`;
}

export function describeCallback({ action, errorCode }) {
  return errorCode === undefined ? action : `${action} with code ${errorCode}`;
}

function tellRequest(request, isOne) {
  const { operation, action, status, virtualCardId } = request;
  const reading = isOne ? 'is asked how the token is' : 'is asked how the tokens of the card are';
  const change = `is asked to ${action}${virtualCardId ? '' : ' all tokens of the card'}`;
  const asked = operation === 'getCardInfo' ? reading : change;
  const answer = status === null ? 'breaks the connection' : `answers ${describeRequest(request)}`;
  return `${asked} (${operation}) and ${answer}`;
}
