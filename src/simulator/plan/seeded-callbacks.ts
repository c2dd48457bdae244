import { type Chance } from './chance.js';
import { unknownFields } from './misbehaviours.js';
import { type CallbackOddity } from './oddities.js';
import { type CallbackPlan, type PlannedAction } from './plan.js';
import { type Mood } from './seeded-answers.js';

/** What follows once a request is taken on. */
export interface DrawnCallbacks {
  oddities: CallbackOddity[];
  effect: 'none' | 'applied';
  /** In the order in which they go out. */
  callbacks: TimedCallback[];
  callbackFirst: boolean;
}

type TimedCallback = CallbackPlan & { afterMs: number };

/** What the callbacks say about the operation. */
interface Words {
  effect: 'none' | 'applied';
  callbacks: CallbackPlan[];
}

const finalCodes = [231, 232, 117, 159, 191, 432, 160, 'DEVICE_BROKEN', 'E-17'];
const codesThatProveNothing = [322, 323, 911, 921];
const latestMs = 2_000;

const nastyWords = {
  'callback-lost': () => ({ effect: 'applied', callbacks: [] }),
  silent: () => ({ effect: 'none', callbacks: [] }),
  'success-then-failure': (chance) => ({
    effect: drawEffect(chance),
    callbacks: [{}, { errorCode: chance.pick(finalCodes) }],
  }),
  'failure-then-success': (chance) => ({
    effect: drawEffect(chance),
    callbacks: [{ errorCode: chance.pick(finalCodes) }, {}],
  }),
  '221-then-success': () => ({ effect: 'applied', callbacks: [{ errorCode: 221 }, {}] }),
  'success-then-221': () => ({ effect: 'applied', callbacks: [{}, { errorCode: 221 }] }),
  '221-alone': (chance) => ({ effect: drawEffect(chance), callbacks: [{ errorCode: 221 }] }),
  'proves-nothing': (chance) => ({
    effect: drawEffect(chance),
    callbacks: [{ errorCode: chance.pick(codesThatProveNothing) }],
  }),
  fails: (chance) => ({ effect: 'none', callbacks: [{ errorCode: chance.pick(finalCodes) }] }),
  'pair-disagrees': (chance) => ({
    effect: 'applied',
    callbacks: [{}, { errorCode: chance.pick(finalCodes), isPrimary: false }],
  }),
} satisfies Partial<Record<CallbackOddity, (chance: Chance) => Words>>;
const nastyKinds = Object.keys(nastyWords) as (keyof typeof nastyWords)[];

export function drawCallbacks(chance: Chance, mood: Mood, action: PlannedAction): DrawnCallbacks {
  if (mood === 'ordinary') {
    const callbacks = [{ afterMs: chance.between(0, 60) }];
    return { oddities: [], effect: 'applied', callbacks, callbackFirst: false };
  }
  const oddities: CallbackOddity[] = [];
  const draws = (oddity: CallbackOddity, probability: number): boolean => {
    const drawn = chance.is(probability);
    if (drawn) oddities.push(oddity);
    return drawn;
  };

  const words = mood === 'nasty' ? drawNastyWords(chance, oddities) : ordinaryWords();
  if (saysSuccessOnly(words) && draws('pair', 0.12)) words.callbacks.push({ isPrimary: false });
  let callbacks = toTimed(words.callbacks, chance);
  if (callbacks.length > 0 && draws('repeated', 0.2)) callbacks.push(...drawRepeats(chance, callbacks));
  if (callbacks.length > 0 && draws('delayed', 0.2))
    callbacks = delayed(callbacks, chance.between(300, 1_500));
  if (action === 'DELETE' && words.effect === 'applied' && draws('from-app', 0.5)) {
    callbacks.push({ action: 'DELETE_FROM_APP', afterMs: chance.between(0, 400) });
  }
  if (draws('unknown-action', 0.12)) callbacks.push(drawOtherAction(chance, action));
  if (draws('stranger-token', 0.1)) {
    callbacks.push({ virtualCardId: `stranger-${chance.letters(8)}`, afterMs: chance.between(0, 400) });
  }
  if (draws('stranger-correlation', 0.1)) {
    callbacks.push({ correlationId: `stranger-${chance.letters(8)}`, afterMs: chance.between(0, 400) });
  }
  if (callbacks.length > 0 && draws('unknown-fields', 0.2)) {
    callbacks = changeOne(chance, callbacks, (callback) => ({ ...callback, extraFields: unknownFields }));
  }
  if (callbacks.length > 0 && draws('spelled-differently', 0.2)) {
    callbacks = callbacks.map((callback) => spellDifferently(chance, callback, action));
  }
  callbacks = inOrder(callbacks);
  if (callbacks.length > 1 && draws('reversed', 0.25)) callbacks = reversed(callbacks);
  const callbackFirst = callbacks.length > 0 && draws('early', 0.12);
  if (callbackFirst) callbacks = callbacks.map((it, index) => (index === 0 ? { ...it, afterMs: 0 } : it));
  return { oddities, effect: words.effect, callbacks, callbackFirst };
}

function ordinaryWords(): Words {
  return { effect: 'applied', callbacks: [{}] };
}

function drawNastyWords(chance: Chance, oddities: CallbackOddity[]): Words {
  const kind = chance.pick(nastyKinds);
  oddities.push(kind);
  return nastyWords[kind](chance);
}

function saysSuccessOnly({ callbacks }: Words): boolean {
  return callbacks.length === 1 && callbacks[0]?.errorCode === undefined;
}

function drawEffect(chance: Chance): Words['effect'] {
  return chance.is(0.6) ? 'applied' : 'none';
}

function toTimed(callbacks: CallbackPlan[], chance: Chance): TimedCallback[] {
  let afterMs = chance.between(0, 60);
  return callbacks.map((callback) => {
    const timed = { ...callback, afterMs };
    afterMs += chance.between(20, 250);
    return timed;
  });
}

function drawRepeats(chance: Chance, callbacks: TimedCallback[]): TimedCallback[] {
  const original = chance.pick(callbacks);
  return Array.from({ length: chance.between(1, 2) }, () => ({
    ...original,
    // At the same moment is the hardest for a receiver.
    afterMs: original.afterMs + (chance.is(0.4) ? 0 : chance.between(1, 500)),
  }));
}

function delayed(callbacks: TimedCallback[], byMs: number): TimedCallback[] {
  return callbacks.map((callback) => ({
    ...callback,
    afterMs: Math.min(latestMs, callback.afterMs + byMs),
  }));
}

function drawOtherAction(chance: Chance, action: PlannedAction): TimedCallback {
  const others = ['ACTIVATE', 'UPDATE', 'HIBERNATE', 'SUSPEND', 'RESUME'].filter((other) => other !== action);
  return { action: chance.pick(others), afterMs: chance.between(0, 400) };
}

function changeOne(
  chance: Chance,
  callbacks: TimedCallback[],
  change: (callback: TimedCallback) => TimedCallback,
): TimedCallback[] {
  const chosen = chance.pick(callbacks);
  return callbacks.map((callback) => (callback === chosen ? change(callback) : callback));
}

/** The same word for every reader that follows A-14 and does not mind blanks and letter case. */
function spellDifferently(chance: Chance, callback: TimedCallback, action: PlannedAction): TimedCallback {
  const { errorCode } = callback;
  const spellings = errorCode === undefined ? [null, 0, '0', ''] : [`${errorCode}`, ` ${errorCode} `];
  const spelled: TimedCallback = { ...callback, errorCode: chance.pick(spellings) };
  return chance.is(0.5) ? { ...spelled, action: (callback.action ?? action).toLowerCase() } : spelled;
}

function inOrder(callbacks: TimedCallback[]): TimedCallback[] {
  return callbacks.toSorted((one, other) => one.afterMs - other.afterMs);
}

/** The last one at the time of the first, and so on. */
function reversed(callbacks: TimedCallback[]): TimedCallback[] {
  const times = callbacks.map(({ afterMs }) => afterMs);
  return callbacks.toReversed().map((callback, index) => ({ ...callback, afterMs: times[index] ?? 0 }));
}
