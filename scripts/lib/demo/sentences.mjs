// What happened, in words: an event for each entry of the hub's record and for each status of the service. `key` tells an
// event from those that were told before.

const whyByEvidence = {
  CALLBACK: 'the hub has said so in a callback',
  READING: 'without a word from the hub, the service has looked at the token itself',
  ANSWER: 'the hub has refused the request in its answer',
  PERSON: 'a person has decided it',
  NONE: 'nothing proves anything',
};

const whyByStatus = {
  REQUESTED: 'the service has no answer from the hub yet',
  AWAITING_CALLBACK: 'the hub has accepted, which does not mean done',
};

export function newsOf({ operation, record }) {
  return [...overdueNews(operation), ...hubNews(record), ...statusNews(operation), ...lateNews(operation)];
}

/** OVERDUE often lasts for some milliseconds only. The times tell it too. */
function overdueNews({ status, settledAt, softDeadlineAt }) {
  const wasOverdue = status === 'OVERDUE' || settledAt >= softDeadlineAt;
  if (!wasOverdue) return [];
  const text = 'OVERDUE: no callback by the soft deadline, so the service asks how the token is';
  return [{ key: 'overdue', who: 'service', at: softDeadlineAt, text }];
}

function statusNews({ status, evidence, final, errorCode, attention, acceptedAt, settledAt }) {
  const why = final ? whyByEvidence[evidence] : whyByStatus[status];
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
function hubNews({ requests, effects, callbacks }) {
  const events = [
    ...requests.flatMap((request, index) =>
      request.ended === 'pending'
        ? []
        : { key: `request ${index}`, at: request.at, text: tellRequest(request) },
    ),
    ...effects.map(({ at, from, to }, index) => ({
      key: `effect ${index}`,
      at,
      text: `changes the token from ${from} to ${to}`,
    })),
    ...callbacks.map((callback, index) => ({
      key: `callback ${index}`,
      at: callback.at,
      text: `calls back (${describeCallback(callback)}) and is answered ${callback.status ?? 'by nobody'}`,
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

function tellRequest(request) {
  const { operation, action, status } = request;
  const asked = operation === 'getCardInfo' ? 'is asked how the token is' : `is asked to ${action}`;
  const answer = status === null ? 'breaks the connection' : `answers ${describeRequest(request)}`;
  return `${asked} (${operation}) and ${answer}`;
}
