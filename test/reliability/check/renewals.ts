import type { HubCallback, Records, ShownRenewals, ShownTokenRenewals } from '../records.js';
import { groupBy } from './story.js';
import type { Violation } from './violation.js';
import { describeWord, isRenewal, isSuccess, keyOf, toWord, wordsOf, type Word } from './words.js';

/** What came closer to each other than this may have been stored in the other order. */
const ORDER_MS = 1_500;

/** What the TSP has renewed by itself is stored with the card's renewals, shown there once, and nowhere else. */
export function checkRenewals(records: Records): Violation[] {
  const callbacks = records.hub.callbacks.filter(isRenewal);
  const ofCards = groupBy(callbacks, ({ issuerCardRefId }) => issuerCardRefId);
  return [
    ...checkStoredAsRenewal(records, callbacks),
    ...checkElsewhere(records),
    ...records.renewals.flatMap((shown) => checkCard(shown, ofCards.get(shown.issuerCardRefId) ?? [])),
  ];
}

/** I1: a renewal that was answered 2xx is held by the renewals of its card. */
function checkStoredAsRenewal({ stored }: Records, callbacks: readonly HubCallback[]): Violation[] {
  const held = new Set(
    stored
      .filter(({ workflowType }) => workflowType === 'cardRenewals')
      .map(({ change }) => keyOf(toWord(change))),
  );
  return wordsOf(callbacks)
    .filter((word) => word.storedAt !== undefined && !held.has(keyOf(word)))
    .map((word) => {
      const says = `a renewal was answered 2xx and no renewals hold it: ${describeWord(word)}`;
      return { invariant: 'I1', operationId: word.correlationId, says };
    });
}

/** No operation, and nothing foreign, has it among its words. */
function checkElsewhere({ stored, operations }: Records): Violation[] {
  const misled = stored.filter(
    ({ workflowType, change }) =>
      workflowType !== 'cardRenewals' && isRenewal({ action: change.action ?? '' }),
  );
  const listing = [...operations.values()].filter(({ conflicts, unexpected, late }) =>
    [...conflicts, ...unexpected, ...late.map(({ change }) => change)].some((change) =>
      isRenewal({ action: change?.action ?? '' }),
    ),
  );
  return [
    ...misled.map(({ workflowType, change }): Violation => {
      const says = `a renewal was given to ${workflowType}`;
      return { invariant: 'I1', operationId: change.correlationId, says };
    }),
    ...listing.map(({ operationId }): Violation => {
      return { invariant: 'I1', operationId, says: 'it shows a renewal as a word of its own' };
    }),
  ];
}

function checkCard(
  { issuerCardRefId, api, status, body }: ShownRenewals,
  callbacks: readonly HubCallback[],
): Violation[] {
  const of = (invariant: Violation['invariant']) => (says: string) => ({
    invariant,
    says: `renewals of ${issuerCardRefId}, process ${api + 1}: ${says}`,
  });
  if (status !== 200 || body === undefined || body.partial === true) {
    return [
      of('I1')(`they are not shown: ${status ?? 'no answer'}${body?.partial === true ? ', partial' : ''}`),
    ];
  }
  const shown = body.tokens.flatMap(toShown);
  return [
    ...checkShown(shown, callbacks, body.omitted ?? 0).map(of('I1')),
    ...checkAttention(body.attention, wordsOf(callbacks)).map(of('I5')),
    ...body.tokens
      .filter(({ expected, renewals }) => !expected && renewals.length === 0)
      .map(({ virtualCardId }) => of('I1')(`${virtualCardId} is listed, neither expected nor heard of`)),
  ];
}

interface ShownRenewal {
  readonly word: Word;
  readonly result: string;
  readonly repeats: number;
}

function toShown({ virtualCardId, renewals }: ShownTokenRenewals): ShownRenewal[] {
  return renewals.map(({ correlationId, isPrimary = true, errorCode, result, repeats }) => ({
    word: toWord({
      correlationId,
      virtualCardId,
      isPrimary,
      action: 'RENEW',
      ...(errorCode !== undefined && { errorCode }),
    }),
    result,
    repeats,
  }));
}

/** Each word once, with no more copies than were sent, and none that was not sent. */
function checkShown(
  shown: readonly ShownRenewal[],
  callbacks: readonly HubCallback[],
  omitted: number,
): string[] {
  const sent = groupBy(callbacks, (callback) => keyOf(toWord(callback)));
  const shownBy = groupBy(shown, ({ word }) => keyOf(word));
  const missing = wordsOf(callbacks)
    .filter((word) => word.storedAt !== undefined && !shownBy.has(keyOf(word)))
    .slice(omitted);
  return [
    ...missing.map((word) => `a stored renewal does not show: ${describeWord(word)}`),
    ...[...shownBy].flatMap(([key, same]) => {
      const [first] = same;
      if (first === undefined) return [];
      const copies = sent.get(key)?.length ?? 0;
      const name = describeWord(first.word);
      if (copies === 0) return [`a renewal is shown that the hub has not sent: ${name}`];
      const faults: string[] = [];
      if (same.length > 1) faults.push(`a renewal is shown ${same.length} times: ${name}`);
      if (first.repeats > copies - 1) {
        faults.push(`${first.repeats} repeats are counted of at most ${copies - 1}: ${name}`);
      }
      const result = isSuccess(first.word) ? 'RENEWED' : 'FAILED';
      if (first.result !== result) faults.push(`${first.result} is shown for ${name}`);
      return faults;
    }),
  ];
}

/** RENEWAL_FAILED exactly if the last word on some token, or on one half of a pair, is a failure. */
function checkAttention(attention: string | undefined, words: readonly Word[]): string[] {
  const halves = groupBy(
    words.filter(({ storedAt }) => storedAt !== undefined),
    ({ virtualCardId, isPrimary }) => `${virtualCardId} ${isPrimary}`,
  );
  const lasts = [...halves.values()].map(lastOf);
  const isSurelyFailed = lasts.includes('failed');
  const isSurelyWell = lasts.every((last) => last === 'well');
  const isShown = attention === 'RENEWAL_FAILED';
  if (isSurelyFailed && !isShown)
    return [`the last word on a token is a failure, and nobody is asked to look`];
  return isSurelyWell && isShown ? ['RENEWAL_FAILED, and every last word is a success'] : [];
}

/** Undefined when two words that disagree came at about the same time. */
function lastOf(words: readonly Word[]): 'failed' | 'well' | undefined {
  const latest = (some: readonly Word[]): number => Math.max(...some.map(({ storedAt = 0 }) => storedAt));
  const earliest = (some: readonly Word[]): number =>
    Math.max(...some.map(({ sentAt, storedAt = 0 }) => sentAt ?? storedAt));
  const well = words.filter(isSuccess);
  const failed = words.filter((word) => !isSuccess(word));
  if (failed.length === 0) return 'well';
  if (well.length === 0) return 'failed';
  if (earliest(failed) > latest(well) + ORDER_MS) return 'failed';
  return earliest(well) > latest(failed) + ORDER_MS ? 'well' : undefined;
}
