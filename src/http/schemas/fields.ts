import { z } from 'zod';

import { RENEWAL_RESULTS } from '../../domain/unsolicited/state.js';
import { LATE_KINDS, OPERATION_SCOPES } from '../../domain/report/report.js';

/** Fields that several answers have. */

export const issuerId = () =>
  z
    .string()
    .length(10)
    .meta({ description: 'The issuer, as the hub knows it.', examples: ['ISSUER1234'] });

export const issuerCardRefId = () =>
  z.string().meta({ description: 'The funding card: a reference, never its number.', examples: ['card-1'] });

export const virtualCardId = () =>
  z
    .string()
    .meta({ description: 'One token in one wallet, as the hub knows it.', examples: ['card-1-apple'] });

export const correlationId = () =>
  z.string().meta({ description: 'What the hub sends back in every callback about it.' });

export const scope = () =>
  z.enum(OPERATION_SCOPES).meta({ description: 'One token, or all tokens of the card.' });

export const isFinal = () => z.boolean().meta({ description: 'The status will not change any more.' });

export const retryOf = () => z.string().meta({ description: 'The operation that it tries again.' });

export const walletProviderId = () =>
  z.string().meta({ description: 'The wallet.', examples: ['APPLE_PAY'] });

/** Of a callback. */
export const reportedAction = () =>
  z
    .string()
    .meta({ description: 'What happened to the token. New words may come from the hub at any time.' });

export const source = () =>
  z.string().meta({ description: 'Who started it: WALLET, TSP, ISSUER or a new word.' });

/** What came late means for what had ended. */
export const lateKind = () =>
  z.enum(LATE_KINDS).meta({
    description:
      'An amendment fills a gap; a conflict contradicts a final word and waits for a reading or a person.',
  });

/** Of a late entry: from a person, or of a reading that a person asked for. */
export const lateNote = () =>
  z.string().meta({ description: 'Why a person decided so, or what a reading showed.' });

export const lateBy = () =>
  z.string().meta({ description: 'Who decided, or asked for the reading, as the caller said.' });

export const lateWhy = () => z.string().meta({ description: 'Why the reading was asked for.' });

/** Of a renewal. */
export const onlyAuxiliary = () =>
  z.literal(false).meta({ description: 'Present when it is about the auxiliary token of a co-badged pair.' });

export const renewalResult = () =>
  z.enum(RENEWAL_RESULTS).meta({ description: 'Whether the TSP renewed the token.' });

export const repeats = () =>
  z.int().min(0).meta({ description: 'Copies of it that followed; a lower bound.' });

/** An instant, RFC 3339 in UTC. */
export const instant = (description: string) =>
  z.string().meta({ format: 'date-time', description, examples: ['2026-01-01T00:00:00.000Z'] });

export const errorCode = () =>
  z.union([z.int(), z.string()]).meta({
    description: 'The hub’s error code: a number of its table, or its own word when it is no number.',
    examples: [221],
  });
