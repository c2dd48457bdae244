import { z } from 'zod';

import type { ListedDevice, TokenView } from '../../domain/card-tokens.js';
import { agreesWith } from './agree.js';
import { virtualCardId } from './fields.js';

const deviceSchema = agreesWith<ListedDevice>()(
  z
    .strictObject({
      name: z.string().exactOptional(),
      manufacturer: z.string().exactOptional(),
      brand: z.string().exactOptional(),
      model: z.string().exactOptional(),
    })
    .meta({ id: 'ListedDevice', description: 'What people know the device by; nothing that identifies it.' }),
);

const tokenSchema = agreesWith<TokenView>()(
  z
    .strictObject({
      virtualCardId: virtualCardId(),
      walletProviderId: z
        .string()
        .meta({ description: 'The wallet.', examples: ['APPLE_PAY'] })
        .exactOptional(),
      status: z.string().meta({
        description:
          'DEPLOYMENT_ONGOING, INACTIVE, RESUMED (active), SUSPENDED, DELETED or ERASED; the hub’s own word when it is another.',
        examples: ['RESUMED'],
      }),
      device: deviceSchema.exactOptional(),
    })
    .meta({ id: 'Token', description: 'One token of a card, as the hub lists it now.' }),
);

/** The tokens of a card. */
export const tokensSchema = z.strictObject({ items: z.array(tokenSchema) }).meta({ id: 'Tokens' });
