import { meaningOf } from '../hub/hub-errors.js';
import {
  attentionOf,
  failuresOf,
  hasFailed,
  type CardRenewals,
  type Renewal,
  type TokenRenewals,
} from './state.js';

/** More names than these nobody reads at night. */
const MOST_NAMES = 10;

/** How the renewals stand, in a few lines of Markdown for a tired person who looks at the Temporal UI. */
export function toRenewalDetails(renewals: CardRenewals): string {
  const { tokens, omitted } = renewals;
  const failed = tokens.filter(hasFailed);
  const silent = tokens.filter((token) => token.renewals.length === 0);
  const attention = attentionOf(renewals);
  const isKnown = renewals.expectation.kind === 'known';
  const strangers = isKnown ? tokens.filter(({ expected }) => !expected) : [];
  return [
    `**${describeCounts(renewals)}**${attention === undefined ? '' : ` · attention **${attention}**`}`,
    ...(failed.length > 0 ? [`Failed: ${listed(failed, nameWithCodes)}.`] : []),
    ...(silent.length > 0 ? [`Not heard of: ${listed(silent, nameOf)}.`] : []),
    ...(strangers.length > 0
      ? [`Heard of, but not active or suspended when the card was read: ${listed(strangers, nameOf)}.`]
      : []),
    ...describeExpectation(renewals),
    ...(omitted > 0 ? [`More than are kept: ${omitted}; the history has all of them.`] : []),
  ].join('\n\n');
}

/** "2 of 3 renewed, 1 failed": of the expected ones, when it is known which they are. */
function describeCounts({ tokens, expectation }: CardRenewals): string {
  const counted = expectation.kind === 'known' ? tokens.filter(({ expected }) => expected) : tokens;
  const heardOf = counted.filter((token) => token.renewals.length > 0);
  const failed = tokens.filter(hasFailed).length;
  const renewed = heardOf.filter((token) => !hasFailed(token)).length;
  const all = expectation.kind === 'known' ? ` of ${counted.length}` : '';
  return `${renewed}${all} renewed${failed > 0 ? `, ${failed} failed` : ''}`;
}

function describeExpectation({ expectation, issuerCardRefId }: CardRenewals): string[] {
  switch (expectation.kind) {
    case 'known':
      return [];
    case 'unread':
      return ['The card has not been read yet, so it is not known which tokens are expected.'];
    case 'unknown':
      return issuerCardRefId === undefined
        ? ['The callbacks do not say to which card the token belongs.']
        : ['The card could not be read, so it is not known which tokens are expected.'];
  }
}

function listed(tokens: readonly TokenRenewals[], toName: (token: TokenRenewals) => string): string {
  const names = tokens.slice(0, MOST_NAMES).map(toName).join(', ');
  return tokens.length > MOST_NAMES ? `${names} and ${tokens.length - MOST_NAMES} more` : names;
}

function nameOf({ virtualCardId }: TokenRenewals): string {
  return virtualCardId;
}

function nameWithCodes(token: TokenRenewals): string {
  return `${token.virtualCardId} (${failuresOf(token).map(describeFailure).join('; ')})`;
}

function describeFailure({ errorCode, isPrimary }: Renewal): string {
  const code = errorCode === undefined ? 'no code' : `${errorCode}: ${meaningOf(errorCode)}`;
  return isPrimary === false ? `${code}, auxiliary token` : code;
}
