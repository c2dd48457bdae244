import { z } from 'zod';

import type { ListedDevice, TokenView } from '../../application/token-reader.js';
import { agreesWith } from './agree.js';
import { virtualCardId, walletProviderId } from './fields.js';

const word = (description: string, example: string) => z.string().meta({ description, examples: [example] });

const deviceSchema = agreesWith<ListedDevice>()(
  z
    .strictObject({
      name: word('What its owner calls it.', 'Anna’s phone').exactOptional(),
      manufacturer: word('Who made it.', 'Apple').exactOptional(),
      brand: word('Under which brand it is sold.', 'iPhone').exactOptional(),
      model: word('Which model it is.', 'iPhone 15').exactOptional(),
    })
    .meta({ id: 'ListedDevice', description: 'What people know the device by; nothing that identifies it.' }),
);

const tokenSchema = agreesWith<TokenView>()(
  z
    .strictObject({
      virtualCardId: virtualCardId(),
      walletProviderId: walletProviderId().exactOptional(),
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
export const tokensSchema = z
  .strictObject({
    items: z
      .array(tokenSchema)
      .meta({ description: 'As the hub lists them; deleted ones may be among them.' }),
  })
  .meta({ id: 'Tokens', description: 'The tokens of a card, as the hub lists them now.' });
