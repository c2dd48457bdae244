// Whether the service's word about an operation agrees with what the hub has recorded (I2 and I4 in the README).

const wantedStatuses = { SUSPEND: ['SUSPENDED'], RESUME: ['RESUMED'], DELETE: ['DELETED', 'ERASED'] };

/** Sentences about what does not agree; none is as it should be. */
export function disagreements({ problem, operation, record, plan, statusAtFirst }) {
  if (problem !== undefined) return [problem];
  const isOwn = ({ correlationId }) => correlationId === operation.correlationId;
  const effects = record.effects.filter(isOwn);
  const requests = record.requests.filter((it) => isOwn(it) && it.operation === 'updateCardState');
  return [
    ...wrongCount(operation, effects, requests),
    ...wrongWord({
      operation,
      plan,
      effects,
      status: statusWhenSettled({ record, operation, statusAtFirst }),
    }),
  ];
}

function wrongCount({ attempts }, effects, requests) {
  return [
    effects.length > 1 && `the hub has changed the token ${effects.length} times`,
    // Fewer is possible: on a busy machine a request may be given up before the hub has read it.
    requests.length > attempts && `the service counts ${attempts} attempts, the hub ${requests.length}`,
  ].filter(Boolean);
}

function wrongWord({ operation, plan, effects, status }) {
  const { action, attention } = operation;
  // Both words were sent. Which was first is chance; that there is a conflict has to be shown.
  if (plan?.contradicts && attention === 'CONFLICT') return [];
  if (operation.status === 'CONFIRMED' && !wantedStatuses[action].includes(status)) {
    return [`CONFIRMED, but the token was ${status} then`];
  }
  if (['FAILED', 'REJECTED', 'CANCELLED'].includes(operation.status) && effects.length > 0) {
    return [`${operation.status}, but the hub has changed the token`];
  }
  return [];
}

/** How the token was when the service said its last word. A later operation may have changed it since. */
function statusWhenSettled({ record, operation, statusAtFirst }) {
  const until = operation.settledAt ?? '';
  const before = record.effects.filter(({ at }) => at <= until);
  return before.at(-1)?.to ?? statusAtFirst;
}
