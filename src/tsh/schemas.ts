import { z } from 'zod';

import { holdsCardNumber } from '../domain/hub/card-data.js';
import { NO_STATUS } from './assumptions.js';
import { isWhole } from './content.js';

/**
 * What the hub answers, read tolerantly (contract section 7): new fields are ignored, enums are texts, and required
 * fields may go missing. Only what is named here is kept: the rest is dropped unread (I6).
 */

/** A `walletProviderId` has up to 128 characters (contract 1.3); a status is cut at the same length. */
const LONGEST_TEXT = 128;

/** A reference has up to 64 characters (contract 1.3); longer than this it can be nothing of ours. */
const LONGEST_REFERENCE = 255;

/** A text that is shown and stored, so it is kept short and free of card numbers (I6); one that is no text counts as absent. */
const shownText = z
  .string()
  .transform((text) => text.slice(0, LONGEST_TEXT))
  .refine((text) => !holdsCardNumber(text))
  .optional()
  .catch(undefined);

/**
 * The code in any body of the hub (contract 4.1): on 4xx, and on 2xx too, since errors are seen there. A body whose code is
 * neither a number nor a text, or has an odd byte in it, could say anything: it is none of the hub's.
 */
export const codedBodySchema = z.object({
  responseCode: z.union([z.number(), z.string().refine(isWhole)]).nullish(),
});

/** Names that people know a device by (contract 2.3); a device without any is none. Its serial number and the like are not read. */
const device = z
  .object({ deviceName: shownText, manufacturer: shownText, brand: shownText, model: shownText })
  .transform(({ deviceName, manufacturer, brand, model }) => ({
    ...(isNamed(deviceName) && { name: deviceName }),
    ...(isNamed(manufacturer) && { manufacturer }),
    ...(isNamed(brand) && { brand }),
    ...(isNamed(model) && { model }),
  }))
  .optional()
  .catch(undefined);

function isNamed(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}

/** One token of the list. The life-cycle page says "state" where the reference says `status` (contract section 10). */
const listedTokenSchema = z
  .object({
    // As it came, even if it looks like a card number: it is compared, and who stores it has to hash it (I6).
    virtualCardId: z.string().min(1).max(LONGEST_REFERENCE).refine(isWhole),
    status: shownText,
    state: shownText,
    walletProviderId: shownText,
    deviceInformation: device,
  })
  .transform(({ virtualCardId, status, state, walletProviderId, deviceInformation = {} }) => ({
    virtualCardId,
    status: status ?? state ?? NO_STATUS,
    ...(walletProviderId === undefined ? {} : { walletProviderId }),
    ...(Object.keys(deviceInformation).length === 0 ? {} : { device: deviceInformation }),
  }));

/**
 * The answer to `getCardInfo` (contract 2.3). No list means no tokens. One item without its `virtualCardId`, or with an odd
 * byte in it, spoils the whole answer: a list that lost an item would "prove" that its token was deleted (design 5.2).
 */
export const cardInfoSchema = z.object({
  virtualCardList: z
    .array(listedTokenSchema)
    .nullish()
    .transform((tokens) => tokens ?? []),
});

/** What every list of the hub has some of, even where what is required has become optional (contract 2.3, 7). */
const LIST_FIELDS = ['issuerCardRefId', 'virtualCardList', 'responseCode'];

/** Whether an object can be a list of the hub: one that has nothing of it was made by somebody else. */
export function isOfCardInfo(json: unknown): boolean {
  return typeof json === 'object' && json !== null && LIST_FIELDS.some((field) => Object.hasOwn(json, field));
}
