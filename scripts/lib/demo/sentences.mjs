// What happened, in words: one event for each entry of the hub's record and for each status of the service. `key` tells an
// event from those that were told before.

const whyByEvidence = {
  CALLBACK: 'the hub has said so in a callback',
  READING: 'no word from the hub, so the service has looked at the token itself',
  ANSWER: 'the hub has refused the request in its answer',
  PERSON: 'a person has decided it',
  NONE: 'nobody knows',
};

const whyByStatus = {
  REQUESTED: 'the request is on its way to the hub',
  AWAITING_CALLBACK: 'the hub has accepted, which does not mean done',
  OVERDUE: 'not a word by the soft deadline; now the service asks how the token is',
};

export function serviceNews(operation) {
  const { status, evidence, final, errorCode, attention, late = [] } = operation;
  const why = final ? whyByEvidence[evidence] : whyByStatus[status];
  const facts = [
    status,
    final && `evidence ${evidence}`,
    errorCode !== undefined && `code ${errorCode}`,
    attention && `attention ${attention}`,
  ];
  return [
    {
      key: `status ${status} ${evidence} ${attention}`,
      who: 'service',
      at: final ? operation.settledAt : undefined,
      text: `${facts.filter(Boolean).join(', ')}: ${why}`,
    },
    ...late.map(({ kind, at, change }, index) => ({
      key: `late ${index}`,
      who: 'service',
      at,
      text: `keeps a late callback (${change?.action}) as ${kind}; the status stays ${status}`,
    })),
  ];
}

export function hubNews({ requests, effects, callbacks }) {
  const answered = requests.map((request, index) => ({ ...request, key: `request ${index}` }));
  const events = [
    ...answered.filter(({ ended }) => ended !== 'pending').map(toRequestEvent),
    ...effects.map(({ at, from, to }, index) => ({
      key: `effect ${index}`,
      at,
      text: `the token goes from ${from} to ${to}`,
    })),
    ...callbacks.map((callback, index) => ({
      key: `callback ${index}`,
      at: callback.at,
      text: `sends its callback, ${describeCallback(callback)}; it is answered ${callback.status ?? 'by nobody'}`,
    })),
  ];
  return events
    .map((event) => ({ who: 'hub', ...event }))
    .toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

export function describeRequest({ status, responseCode }) {
  if (status === null) return 'no answer';
  return responseCode === undefined ? `${status}` : `${status}, code ${responseCode}`;
}

export function describeCallback({ action, errorCode }) {
  return errorCode === undefined ? action : `${action}, code ${errorCode}`;
}

function toRequestEvent({ key, at, operation, action, ...answer }) {
  const asked = operation === 'getCardInfo' ? 'is asked how the token is' : `is asked to ${action}`;
  const how = answer.status === null ? 'breaks off without an answer' : `answers ${describeRequest(answer)}`;
  return { key, at, text: `${asked} (${operation}) and ${how}` };
}
