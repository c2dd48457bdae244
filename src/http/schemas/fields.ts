import { z } from 'zod';

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

/** An instant, RFC 3339 in UTC. */
export const instant = (description: string) =>
  z.string().meta({ format: 'date-time', description, examples: ['2026-01-01T00:00:00.000Z'] });

export const errorCode = () =>
  z.union([z.int(), z.string()]).meta({
    description: 'The hub’s error code: a number of its table, or its own word when it is no number.',
    examples: [221],
  });
