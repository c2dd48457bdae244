// What became of the tokens of a card, a line for each: the service's word on a token beside what the hub knows of it.

/** `{virtualCardId: sentence}`, of an operation on all tokens of a card. */
export function reportOfTokens({ operation, record }) {
  return Object.fromEntries(
    (operation.outcomes ?? []).map((outcome) => {
      const isSame = ({ virtualCardId }) => virtualCardId === outcome.virtualCardId;
      const status = record.tokens.find(isSame)?.status ?? 'nothing';
      const wasChanged = record.effects.some(isSame);
      return [outcome.virtualCardId, describeOutcome(outcome, { status, wasChanged })];
    }),
  );
}

function describeOutcome({ result, evidence, errorCode, expected, device }, { status, wasChanged }) {
  const seen = `the network says ${status}`;
  switch (result) {
    case 'CONFIRMED':
      if (evidence === 'CALLBACK') return `CONFIRMED by CALLBACK: the hub has said so, ${seen}`;
      if (device === 'NOT_REACHED') {
        return `CONFIRMED by ${evidence}: the device was not reached (221), ${seen}`;
      }
      if (!wasChanged) return `CONFIRMED by ${evidence}: it was ${status} already`;
      return `CONFIRMED by ${evidence}: no callback came, ${seen}`;
    case 'NOT_ELIGIBLE':
      return `NOT_ELIGIBLE: not asked for, since it is ${status}`;
    case 'SILENT':
      if (expected) return `SILENT: nothing was heard of it, ${seen}`;
      return `SILENT: it was added during the operation, ${seen}`;
    default:
      return [result, errorCode !== undefined && `with code ${errorCode}`, `by ${evidence}, ${seen}`]
        .filter(Boolean)
        .join(' ');
  }
}

/** `{virtualCardId: sentence}`, of the renewals of a card's tokens. */
export function reportOfRenewals({ tokens }) {
  return Object.fromEntries(
    tokens.map(({ virtualCardId, renewals }) => [virtualCardId, describeRenewals(renewals)]),
  );
}

function describeRenewals(renewals) {
  if (renewals.length === 0) return 'not heard of: nobody knows whether it was renewed';
  return renewals.map(describeRenewal).join(', then ');
}

function describeRenewal({ result, errorCode, repeats }) {
  const code = errorCode === undefined ? '' : ` with code ${errorCode}`;
  return `${result}${code}${repeats > 0 ? ', and heard again' : ''}`;
}
