import type { Advice } from './advice-codes.js';
import type { AttentionReason } from './attention.js';
import { isWorthSendingAgain, meaningOf } from '../hub/hub-errors.js';
import { isRetryable } from './permitted.js';
import type { OperationView } from './report.js';
import type { OperationStatus } from './status.js';
import { isWantedStatus } from '../hub/token-state.js';

/** An operation before it is known what to do about it. */
type Unadvised = Omit<OperationView, 'advice'>;

/**
 * What to do next about an operation that is not final or needs a person; undefined when there is nothing.
 * It never names a request that the API would refuse for this operation.
 */
export function adviseOn(operation: Unadvised): Advice | undefined {
  if (operation.partial === true) return CHECK_WORKERS;
  const { attention } = operation;
  return attention === undefined ? byStatus(operation) : BY_ATTENTION[attention](operation);
}

export function withAdvice(operation: Unadvised): OperationView {
  const advice = adviseOn(operation);
  return { ...operation, ...(advice !== undefined && { advice }) };
}

type Adviser = (operation: Unadvised) => Advice | undefined;

const BY_ATTENTION: Readonly<Record<AttentionReason, Adviser>> = {
  CONFLICT: () => ({
    code: 'RESOLVE',
    text: "The hub contradicted itself: see `conflicts` and `late`. Look at the token in the hub's portal, then tell what is true: POST …/resolve. Until then the outcome is not known.",
  }),
  TOKEN_EXPOSED: (operation) =>
    operation.scope === 'TOKEN' ? secureToken(operation) : secureCard(operation),
  TERMINATED: (operation) => {
    const { final, effectiveStatus, hardDeadlineAt } = operation;
    const cause = final
      ? 'Its workflow, or the child that sends, was ended by hand, or by a bug.'
      : 'The child that sends was ended by hand, or by a bug, so nobody knows what it has sent.';
    if (!final) {
      return {
        code: 'READ',
        text: `${cause} Nothing more is sent; callbacks are still taken until ${hardDeadlineAt}. Look at the card now: POST …/read.`,
      };
    }
    if (effectiveStatus === 'UNKNOWN') return look(operation, cause);
    return byStatus(operation) ?? clear(operation, cause);
  },
  UNKNOWN_OUTCOME: (operation) => look(operation, 'Neither a callback nor a reading settled it.'),
  NEVER_SENT: (operation) =>
    again(
      operation,
      'No request was taken by the hub, and nothing was done. Mend the connection to it first.',
    ),
  OVERDUE: (operation) => (operation.final ? byStatus(operation) : overdue(operation)),
  HUB_UNREACHABLE: ({ attempts, hardDeadlineAt }) => ({
    code: 'CHECK_HUB_CONNECTION',
    text: `The hub has not answered for a minute (attempts: ${attempts}). Check network, certificates, and what stands before the hub; sending goes on by itself until ${hardDeadlineAt}.`,
  }),
  UNEXPECTED_CALLBACK: mild((operation) => ({
    code: 'CHECK_CALLBACKS',
    text: `A callback with this operation's id named another token or action: see \`unexpected\` and \`late\`. Usually nothing is to be done${operation.final ? '; POST …/resolve clears the attention' : ', and the operation goes on by itself'}.`,
  })),
  OTHER_SUSPENDER: mild(() => ({
    code: 'TELL_CALLER',
    text: 'The RESUME succeeded, but the token is still suspended by somebody else. Tell the caller: the wallet or the network has to resume it too.',
  })),
  // Only the renewals of a card have this one.
  RENEWAL_FAILED: (operation) => byStatus(operation),
  LATE_AMENDMENT: mild(({ status, effectiveStatus }) => ({
    code: 'TELL_CALLER',
    text: `A late callback filled a gap: it is ${effectiveStatus} now and was recorded as ${status}. Tell the caller, who may have acted on the earlier status.`,
  })),
  ID_TAKEN: mild(({ final }) => ({
    code: final ? 'NOTHING' : 'WAIT',
    text: "Nothing to do: the first id of the request was held by somebody else's change, so this operation took the next one.",
  })),
  CARD_DATA_SEEN: mild(() => ({
    code: 'TELL_HUB',
    text: 'A reference in a callback looked like a card number, and only its hash was stored. Tell the integration team of the hub.',
  })),
};

/** A reason that can wait: what the outcome of a closed operation calls for comes first. */
function mild(own: (operation: Unadvised) => Advice): Adviser {
  return (operation) => (operation.final ? byStatus(operation) : undefined) ?? own(operation);
}

const BY_STATUS: Readonly<Record<OperationStatus, Adviser>> = {
  REQUESTED: ({ softDeadlineAt }) => ({
    code: 'WAIT',
    text: `Nothing to do: the request is on its way to the hub. Without a result it is overdue from ${softDeadlineAt}.`,
  }),
  AWAITING_CALLBACK: (operation) => ({
    code: 'WAIT',
    text: `Nothing to do: ${doubtOf(operation) ?? `the hub has taken the request, and its callback is awaited. Without one it is overdue from ${operation.softDeadlineAt}`}.`,
  }),
  OVERDUE: overdue,
  CONFIRMED: () => undefined,
  PARTIALLY_CONFIRMED: ({ action }) => ({
    code: 'CHANGE_REMAINING_TOKENS',
    text: `Not every token is as wanted: \`outcomes\` has the result of each and what it rests on. Look again: POST …/read. Then ${action} each of the others by an operation of its own.`,
  }),
  FAILED: (operation) => again(operation, outcomeOf(operation)),
  REJECTED: (operation) => again(operation, outcomeOf(operation)),
  UNKNOWN: (operation) => look(operation, 'Nobody knows what became of it.'),
  CANCELLED: () => undefined,
  SUPERSEDED: () => undefined,
};

function byStatus(operation: Unadvised): Advice | undefined {
  return BY_STATUS[operation.final ? operation.effectiveStatus : operation.status](operation);
}

function overdue(operation: Unadvised): Advice {
  if (operation.supersededBy !== undefined) return followNewer(operation);
  const { acceptedAt, requestedAt, hardDeadlineAt, attempts } = operation;
  const doubt = doubtOf(operation);
  if (doubt !== undefined) {
    return {
      code: 'READ',
      text: `Overdue: ${doubt}, until ${hardDeadlineAt}; POST …/read looks now, and \`lastReading\` has what was seen last.`,
    };
  }
  if (acceptedAt !== undefined && isSeenUnchangedSince(operation, acceptedAt)) {
    const { at = '' } = operation.lastReading ?? {};
    return {
      code: 'CANCEL_AND_RETRY',
      text: `Overdue, and most likely lost: the hub took the request at ${acceptedAt}, but still listed ${describeSeen(operation)} at ${at}. Nothing more is sent by itself. POST …/cancel ends it by one more look; after that \`retry\` asks once more, if it is still wanted. Left alone, it is read until ${hardDeadlineAt}.`,
    };
  }
  const since =
    acceptedAt === undefined
      ? `the hub has not taken the request of ${requestedAt} (attempts: ${attempts}; is the connection to it in order?)`
      : `no result since the hub took the request at ${acceptedAt}`;
  return {
    code: 'READ',
    text: `Overdue: ${since}. Readings go on by themselves until ${hardDeadlineAt}; POST …/read looks now, and \`lastReading\` has what was seen last. Is the hub slow for all, or for this token?`,
  };
}

/** A look after the hub had taken the request showed the token as it was, or all the tokens of the card. */
function isSeenUnchangedSince(operation: Unadvised, acceptedAt: string): boolean {
  const { scope, action, lastReading } = operation;
  const isLater = lastReading !== undefined && Date.parse(lastReading.at) > Date.parse(acceptedAt);
  const seen =
    scope === 'TOKEN' ? [lastReading?.status] : awaitedTokens(operation).map(({ listedAs }) => listedAs);
  const isUnchanged = (status: string | undefined): boolean =>
    status !== undefined && !isWantedStatus(action, status);
  return isLater && lastReading.answered && seen.length > 0 && seen.every(isUnchanged);
}

/** All of a card's tokens of which something is expected, as long as nothing has come of any of them. */
function awaitedTokens({ outcomes }: Unadvised): Unadvised['outcomes'] {
  const expected = outcomes.filter((outcome) => outcome.expected);
  return expected.every(({ result }) => result === 'PENDING') ? expected : [];
}

function describeSeen(operation: Unadvised): string {
  if (operation.scope === 'TOKEN') return `the token as ${operation.lastReading?.status}`;
  const states = [...new Set(awaitedTokens(operation).map(({ listedAs }) => listedAs))];
  return `all tokens of the card as they were (${states.join(', ')})`;
}

function look(operation: Unadvised, cause: string): Advice {
  if (operation.supersededBy !== undefined) return followNewer(operation);
  if (operation.retriedBy !== undefined) return again(operation, cause);
  const isRepeatable = isRetryable(operation) && !isCardResume(operation);
  const repeat = isRepeatable ? 'If it is not as wanted, ask once more: POST …/retry. ' : '';
  return {
    code: 'READ',
    text: `${cause} Look now: POST …/read. ${repeat}What you know from the hub's portal is told with POST …/resolve.`,
  };
}

/** What is open about the one token of an operation whose callback said what proves nothing. */
function doubtOf({ scope, outcomes }: Unadvised): string | undefined {
  const errorCode = scope === 'TOKEN' ? outcomes[0]?.errorCode : undefined;
  return errorCode === undefined
    ? undefined
    : `a callback said ${errorCode} (${meaningOf(errorCode)}), which proves nothing; readings decide by themselves`;
}

function secureCard({ action, exposed }: Unadvised): Advice {
  return {
    code: 'SECURE_TOKENS',
    text: `Money can still leave: \`exposed\` names the tokens of the card (${exposed.length}) that could pay at its end, or become able to. Look again: POST …/read (its note under \`late\` names those that can now). Then ${action} each by an operation of its own; one that is not active yet can only be deleted.`,
  };
}

/** The token of an operation that ended in vain, as it was seen last. */
function secureToken(operation: Unadvised): Advice {
  const { action, lastReading, retriedBy } = operation;
  const seen = lastReading?.status === undefined ? '' : `, seen ${lastReading.status} at ${lastReading.at}`;
  const cause = `${outcomeOf(operation)} Money can still leave, or will once the token is active (\`exposed\`${seen}).`;
  if (retriedBy !== undefined) return again(operation, cause);
  const repeat = isRetryable(operation)
    ? `${action} it once more (POST …/retry)`
    : `${action} it by a new operation`;
  return {
    code: 'SECURE_TOKENS',
    text: `${cause} Look again: POST …/read. Then ${repeat}; one that is not active yet can only be deleted, by an operation of its own.`,
  };
}

/** Nobody wants what this one asked for any more, whether or not it had an effect before that. */
function followNewer({ supersededBy, final }: Unadvised): Advice {
  return {
    code: 'FOLLOW_NEWER',
    text: `Nothing to do about this one${final ? '' : ': nothing more is sent'}. A newer operation wants something else of the same token or card: follow operation ${supersededBy ?? ''}.`,
  };
}

function again(operation: Unadvised, cause: string): Advice {
  const { retriedBy, supersededBy } = operation;
  if (supersededBy !== undefined) return followNewer(operation);
  if (retriedBy !== undefined) {
    return { code: 'FOLLOW_RETRY', text: `${cause} It was asked once more: follow operation ${retriedBy}.` };
  }
  if (isCardResume(operation)) {
    return {
      code: 'CHANGE_REMAINING_TOKENS',
      text: `${cause} If it is still wanted, RESUME each token of the card by an operation of its own.`,
    };
  }
  if (isRetryable(operation) && isRefusedAsItIs(operation)) {
    return {
      code: 'MEND_CAUSE',
      text: `${cause} The same request will be refused again. Find out why from the code, the card and its state (GET …/cards/{issuerCardRefId}/tokens), or from the hub; once that has changed: POST …/retry.`,
    };
  }
  return isRetryable(operation)
    ? { code: 'RETRY', text: `${cause} If it is still wanted, ask once more: POST …/retry.` }
    : { code: 'START_AGAIN', text: `${cause} If it is still wanted, start a new operation with a new key.` };
}

/** The hub itself said no, and did not say that it may be asked once more. */
function isRefusedAsItIs({ status, effectiveStatus, evidence, errorCode }: Unadvised): boolean {
  const isRecorded = status === effectiveStatus && status === 'REJECTED' && evidence === 'ANSWER';
  return isRecorded && (errorCode === undefined || !isWorthSendingAgain(errorCode));
}

/** LCM_CARD_RESUME may forbid to ask for that again. */
function isCardResume({ scope, action }: Unadvised): boolean {
  return scope === 'CARD' && action === 'RESUME';
}

function clear({ effectiveStatus }: Unadvised, cause: string): Advice {
  return {
    code: 'RESOLVE',
    text: `${cause} It is ${effectiveStatus} by what has become known since; POST …/resolve with what is true clears the attention.`,
  };
}

/** The recorded code belongs to the recorded status only. */
function outcomeOf({ status, effectiveStatus, evidence, errorCode }: Unadvised): string {
  if (status !== effectiveStatus) return `It is ${effectiveStatus} by what came late.`;
  const code =
    errorCode !== undefined
      ? ` with code ${errorCode} (${meaningOf(errorCode)})`
      : evidence === 'ANSWER'
        ? ' without a code of the hub'
        : '';
  return `It ended ${status}${code}, evidence ${evidence}.`;
}

const CHECK_WORKERS: Advice = {
  code: 'CHECK_WORKERS',
  text: 'No worker answered in time, so not all that is known is shown. Ask again; if it stays so, see that a worker runs: without one nothing goes on.',
};
