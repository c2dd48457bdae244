import type { Records, ShownChange, ShownOperation } from '../records.js';
import type { Story } from './story.js';
import type { Violation } from './violation.js';
import {
  describeWord,
  isAmong,
  isOwnWord,
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
  return answered2xx(wordsOf(hub.callbacks)).flatMap((word): Violation[] => {
    const { correlationId } = word;
    const holders = storedKeys.get(`${correlationId} ${keyOf(word)}`);
    if (holders === undefined) {
      const says = `a callback was answered 2xx and is stored nowhere: ${describeWord(word)}`;
      return [{ invariant: 'I1', operationId: correlationId, says }];
    }
    if (operations.has(correlationId) || holders.has('foreignChange') || holders.has('lateChange')) return [];
    const says = `a callback that nobody asked for is held by ${[...holders].join()}: ${describeWord(word)}`;
    return [{ invariant: 'I1', operationId: correlationId, says }];
  });
}

/** I1: whoever looks at the operation learns of every word, and of none that the hub has not sent. */
export function checkAccounted({ shown, words, callbacks }: Story): string[] {
  if (shown === undefined) return [];
  const missing = answered2xx(words).filter((word) => !isAccounted(word, shown));
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

/** I1: a foreign change tells what it has stored. */
export function checkForeign({ hub, operations, foreign }: Records): Violation[] {
  return answered2xx(wordsOf(hub.callbacks))
    .filter(({ correlationId }) => !operations.has(correlationId))
    .filter((word) => !isAmong(word, foreign.get(word.correlationId) ?? []))
    .map((word) => ({
      invariant: 'I1',
      operationId: word.correlationId,
      says: `a stored word does not show in the foreign change: ${describeWord(word)}`,
    }));
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
  if (!isOwnWord(word, shown)) return isRemovalFromApp(word, shown) && shown.device === 'REMOVED';
  const { errorCode } = word;
  if (errorCode === undefined) return shown.status === 'CONFIRMED';
  if (errorCode === 221) return shown.device !== undefined;
  if (errorCode === shown.errorCode) return true;
  // A code that proves nothing has been answered by what proves something.
  return provesNothing(errorCode) && shown.status === 'CONFIRMED';
}

function isRemovalFromApp({ virtualCardId, action, errorCode }: Word, shown: ShownOperation): boolean {
  const isSuccess = errorCode === undefined && virtualCardId === shown.virtualCardId;
  return shown.action === 'DELETE' && isSuccess && action === 'DELETE_FROM_APP';
}
