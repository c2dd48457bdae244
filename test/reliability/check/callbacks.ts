import type { HubCallback, Records, ShownChange, ShownOperation } from '../records.js';
import type { Story } from './story.js';
import type { Violation } from './violation.js';
import {
  describeWord,
  isAmong,
  isOwnWord,
  isRenewal,
  keyOf,
  provesNothing,
  toWord,
  wordsOf,
  type Word,
} from './words.js';

/** I1: what was answered 2xx is stored with the owner of its correlation id, and for late words beside it. */
export function checkStored({ hub, stored, operations }: Records): Violation[] {
  const storedKeys = new Map<string, Set<string>>();
  for (const { workflowId, workflowType, change } of stored) {
    const [kind, , ...rest] = workflowId.split('/');
    if (kind !== 'lcm' && kind !== 'late') continue;
    const holders = storedKeys.get(`${rest.join('/')} ${keyOf(toWord(change))}`) ?? new Set();
    holders.add(workflowType);
    storedKeys.set(`${rest.join('/')} ${keyOf(toWord(change))}`, holders);
  }
  return answered2xx(wordsOf(withoutRenewals(hub))).flatMap((word): Violation[] => {
    const { correlationId } = word;
    const holders = storedKeys.get(`${correlationId} ${keyOf(word)}`);
    if (holders === undefined) {
      const says = `a callback was answered 2xx and is stored nowhere: ${describeWord(word)}`;
      return [{ invariant: 'I1', operationId: correlationId, says }];
    }
    const operation = operations.get(correlationId);
    const owner = operation?.scope === 'CARD' ? 'cardOperation' : 'tokenOperation';
    const isHeld =
      holders.has('lateChange') || holders.has(operation === undefined ? 'foreignChange' : owner);
    if (isHeld) return [];
    const held = `is held by ${[...holders].join()}: ${describeWord(word)}`;
    if (operation !== undefined) {
      return [{ invariant: 'I1', operationId: correlationId, says: `a callback of the operation ${held}` }];
    }
    const says = `a callback that nobody asked for ${held}`;
    return [{ invariant: 'I1', operationId: correlationId, says }];
  });
}

/** I1: whoever looks at the operation learns of every word, and of none that the hub has not sent. */
export function checkAccounted({ shown, words, callbacks }: Story): string[] {
  if (shown === undefined) return [];
  const missing = answered2xx(words)
    .filter((word) => !isAccounted(word, shown))
    .slice(shown.omitted ?? 0);
  const invented = listedIn(shown)
    .map((change) => toWord({ ...change, correlationId: shown.operationId }))
    .filter((word) => !words.some((sent) => keyOf(sent) === keyOf(word)));
  const most = callbacks.length - words.length;
  return [
    ...missing.map((word) => `a stored word does not show in the operation: ${describeWord(word)}`),
    ...invented.map((word) => `it shows a word that the hub has not sent: ${describeWord(word)}`),
    ...(shown.duplicates > most ? [`it counts ${shown.duplicates} duplicates of at most ${most}`] : []),
  ];
}

/**
 * I1: a foreign change tells what it has stored, in turn: what comes after another word on the same token is no copy of the
 * word before it. What came after its end is told by the late one.
 */
export function checkForeign({ hub, operations, foreign, stored }: Records): Violation[] {
  const late = countBy(
    stored
      .filter(({ workflowType }) => workflowType === 'lateChange')
      .map(({ change }) => keyOf(toWord(change))),
  );
  const told = withoutRenewals(hub).filter(({ correlationId }) => !operations.has(correlationId));
  return turnsOf(told).flatMap(({ word, turns }): Violation[] => {
    const { correlationId } = word;
    const ofForeign = (foreign.get(correlationId) ?? []).map((change) =>
      keyOf(toWord({ ...change, correlationId })),
    );
    const shown = (countBy(ofForeign).get(keyOf(word)) ?? 0) + (late.get(keyOf(word)) ?? 0);
    if (shown >= turns) return [];
    const times = shown === 0 ? 'does not show' : `shows ${shown} times of ${turns}`;
    const says = `a stored word ${times} in the foreign change: ${describeWord(word)}`;
    return [{ invariant: 'I1', operationId: correlationId, says }];
  });
}

/** How often each word on a token was answered 2xx behind another one on it, or as the first. */
function turnsOf(callbacks: readonly HubCallback[]): { word: Word; turns: number }[] {
  const inOrder = callbacks
    .filter(({ status }) => status !== null && status >= 200 && status < 300)
    .toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at));
  const last = new Map<string, string>();
  const turns = new Map<string, { word: Word; turns: number }>();
  for (const word of inOrder.map(toWord)) {
    const key = keyOf(word);
    const token = JSON.stringify([word.correlationId, word.virtualCardId, word.isPrimary]);
    if (last.get(token) === key) continue;
    last.set(token, key);
    turns.set(key, { word, turns: (turns.get(key)?.turns ?? 0) + 1 });
  }
  return [...turns.values()];
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** I7: a well-formed callback is stored, or postponed. Null is no answer: nobody was there. */
export function checkAnswers({ hub }: Records): Violation[] {
  return hub.callbacks
    .filter(({ status }) => status !== null && status !== 200 && status !== 503)
    .map(({ correlationId, status }) => ({
      invariant: 'I7',
      operationId: correlationId,
      says: `a well-formed callback was answered ${status}`,
    }));
}

function listedIn({ conflicts, unexpected, late }: ShownOperation): ShownChange[] {
  const changes = late.map(({ change }) => change).filter((change) => change !== undefined);
  return [...conflicts, ...unexpected, ...changes];
}

function answered2xx(words: readonly Word[]): Word[] {
  return words.filter(({ storedAt }) => storedAt !== undefined);
}

function isAccounted(word: Word, shown: ShownOperation): boolean {
  if (isAmong(word, listedIn(shown))) return true;
  const part = partOf(shown, word.virtualCardId);
  if (part === undefined) return false;
  if (!isOwnWord(word, shown)) return isRemovalFromApp(word, shown) && part.device === 'REMOVED';
  const { errorCode } = word;
  if (errorCode === undefined) return part.isConfirmed;
  if (errorCode === 221) return part.device !== undefined;
  if (errorCode === part.errorCode) return true;
  // A code that proves nothing has been answered by what proves something.
  return provesNothing(errorCode) && part.isConfirmed;
}

/** What the operation says of one token. */
function partOf(shown: ShownOperation, virtualCardId: string) {
  if (shown.scope === 'TOKEN') {
    const { status, errorCode, device } = shown;
    return { isConfirmed: status === 'CONFIRMED', errorCode, device };
  }
  const outcome = shown.outcomes.find((candidate) => candidate.virtualCardId === virtualCardId);
  if (outcome === undefined) return undefined;
  const { result, errorCode, device } = outcome;
  return { isConfirmed: result === 'CONFIRMED', errorCode, device };
}

function isRemovalFromApp({ virtualCardId, action, errorCode }: Word, shown: ShownOperation): boolean {
  const isMeant = shown.virtualCardId === undefined || virtualCardId === shown.virtualCardId;
  return shown.action === 'DELETE' && isMeant && errorCode === undefined && action === 'DELETE_FROM_APP';
}

function withoutRenewals({ callbacks }: Records['hub']): HubCallback[] {
  return callbacks.filter((callback) => !isRenewal(callback));
}
