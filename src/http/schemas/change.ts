import { z } from 'zod';

import type { ShownChange } from '../../domain/hub/change.js';
import { agreesWith } from './agree.js';
import {
  errorCode,
  instant,
  issuerCardRefId,
  reportedAction,
  source,
  virtualCardId,
  walletProviderId,
} from './fields.js';

/** A callback of the hub, as callers of the API see it. */
export const changeSchema = agreesWith<ShownChange>()(
  z
    .strictObject({
      virtualCardId: virtualCardId(),
      issuerCardRefId: issuerCardRefId().exactOptional(),
      walletProviderId: walletProviderId().exactOptional(),
      isPrimary: z
        .boolean()
        .meta({ description: 'False for the auxiliary token of a co-badged pair; absent means true.' })
        .exactOptional(),
      action: reportedAction().exactOptional(),
      errorCode: errorCode().exactOptional(),
      source: source().exactOptional(),
      receivedAt: instant('When this service received it.'),
    })
    .meta({ id: 'Change', description: 'One callback of the hub about one token.' }),
);
