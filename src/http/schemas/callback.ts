import { z } from 'zod';

/** The longest reference that is stored, in characters; the hub's own are shorter (contract 1.3). */
export const LONGEST_REFERENCE = 255;

const reference = (description: string, example: string) =>
  z
    .string()
    .max(LONGEST_REFERENCE)
    .meta({ description, examples: [example] });

const text = (description: string) => z.string().optional().meta({ description });

/**
 * A callback as the contract lists it (contract 5.1). Only the document is made from it: the callback port reads with
 * `parseCallback`, which takes more than this, since a callback that is understood must not be refused (I7).
 */
export const callbackSchema = z
  .looseObject({
    virtualCardId: reference('The token.', 'card-1-apple').min(1),
    issuerCardRefId: reference('The card.', 'card-1').optional(),
    walletProviderId: text('The wallet.'),
    isPrimary: z
      .boolean()
      .optional()
      .meta({ description: 'False for the auxiliary token of a co-badged pair.' }),
    action: text(
      'What happened: ACTIVATE, SUSPEND, RESUME, DELETE, DELETE_FROM_APP, RENEW, UPDATE, ERASE. Any other word is taken too.',
    ),
    errorCode: z
      .union([z.int(), z.string()])
      .nullable()
      .optional()
      .meta({ description: 'Why it failed. Absent, null, "" and 0 mean success.' }),
    source: text('Who started it: WALLET, TSP or ISSUER. Any other word is taken too.'),
    tokenInfo: text('Never read: it holds a token number.'),
    tokenStorageId: text('Not read.'),
    walletCardRefId: text('Not read.'),
    walletVirtualCardId: text('Not read.'),
    primaryWalletVirtualCardId: text('Not read.'),
    tokenRequestor: z.looseObject({}).optional().meta({ description: 'Not read.' }),
    deviceBindingReference: text('Not read.'),
  })
  .meta({
    id: 'VirtualCardChange',
    description: 'What happened to one token. Fields that are not listed are taken and not read.',
  });

/** The answer to a callback that is stored. */
export const storedSchema = z.strictObject({}).meta({ id: 'Stored' });

/** Why a callback was not stored, in the hub's words. */
export const callbackErrorSchema = z
  .strictObject({
    responseCode: z
      .int()
      .meta({ description: '111 missing, 112 malformed, 121 request unknown, 921 server error.' }),
    errorMessage: z.string().meta({ description: 'For people; may be worded anew.' }),
  })
  .meta({ id: 'Error', description: 'Why the callback was not stored.' });
