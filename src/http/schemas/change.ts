import { z } from 'zod';

import type { ShownChange } from '../../domain/change.js';
import { agreesWith } from './agree.js';
import { errorCode, instant, issuerCardRefId, virtualCardId } from './fields.js';

/** A callback of the hub, as callers of the API see it. */
export const changeSchema = agreesWith<ShownChange>()(
  z
    .strictObject({
      virtualCardId: virtualCardId(),
      issuerCardRefId: issuerCardRefId().exactOptional(),
      walletProviderId: z
        .string()
        .meta({ description: 'The wallet.', examples: ['APPLE_PAY'] })
        .exactOptional(),
      isPrimary: z
        .boolean()
        .meta({ description: 'False for the auxiliary token of a co-badged pair; absent means true.' })
        .exactOptional(),
      action: z
        .string()
        .meta({ description: 'What happened to the token. New words may come from the hub at any time.' })
        .exactOptional(),
      errorCode: errorCode().exactOptional(),
      source: z
        .string()
        .meta({ description: 'Who started it: WALLET, TSP, ISSUER or a new word.' })
        .exactOptional(),
      receivedAt: instant('When this service received it.'),
    })
    .meta({ id: 'Change', description: 'One callback of the hub about one token.' }),
);
