// What a chapter of the story can use: ask the service, watch service and hub, compare the two.
import { setTimeout as sleep } from 'node:timers/promises';
import { compare, isRight, toPicture } from './checks.mjs';
import { StoryError } from './clients.mjs';
import { hubNews, serviceNews } from './sentences.mjs';

const lookEveryMs = 40;
const endLimitSeconds = 20;
const agreementLimitSeconds = 5;

/** `name` is part of the names of the chapter's card and token. */
export function createChapter({ name, service, hub, links, checks, print }) {
  const issuerCardRefId = `demo-${name}`;
  const told = new Set();

  const say = (sentence) => print(`   ${sentence}`);

  function tellOnce({ key, who, at, text }) {
    if (told.has(key)) return;
    told.add(key);
    tellEvent({ who, at, text });
  }

  function tellEvent({ who, at = new Date().toISOString(), text }) {
    print(`     ${String(at).slice(11, 23)}  ${who.padEnd(7)}  ${text}`);
  }

  /** Both sides as they are now. What is new is told. */
  async function look({ operationId }) {
    const operation = await service.show(operationId);
    const record = await hub.recordOf(issuerCardRefId);
    for (const event of [...hubNews(record), ...serviceNews(operation)]) tellOnce(event);
    return { operation, record };
  }

  /** Looks until `isEnough(seen)` or the time is up; answers what was seen last. */
  async function lookUntil(operation, isEnough, limitSeconds) {
    const until = Date.now() + limitSeconds * 1000;
    for (;;) {
      const seen = await look(operation);
      if (isEnough(seen) || Date.now() > until) return seen;
      await sleep(lookEveryMs);
    }
  }

  return {
    say,

    /** A new card at the hub with one token, RESUMED. The suffix says how the hub misbehaves with it. */
    async aToken(suffix = '') {
      const virtualCardId = `${issuerCardRefId}-token${suffix}`;
      await hub.makeCard(issuerCardRefId, [virtualCardId]);
      return { issuerCardRefId, virtualCardId };
    },

    /** Sends a request as a client does. Answers `{httpStatus, operation}` or `{httpStatus, problem}`. */
    async ask({ key, body }) {
      const { action, virtualCardId } = body;
      tellEvent({ who: 'client', text: `asks to ${action} ${virtualCardId}, key ${key}` });
      const answer = await service.ask({ key, body });
      const { httpStatus, operation, problem } = answer;
      tellEvent({ who: 'service', text: `answers ${httpStatus}, ${operation?.operationId ?? problem}` });
      return answer;
    },

    /** Tells what happens until the operation has ended. */
    async untilFinal(operation) {
      if (operation === undefined) throw new StoryError('The service has started no operation.');
      const link = await links.to(operation.operationId);
      const seen = await lookUntil(operation, (now) => now.operation.final, endLimitSeconds);
      if (!seen.operation.final) {
        const { status } = seen.operation;
        throw new StoryError(`The operation has not ended within ${endLimitSeconds} s: it is ${status}.`);
      }
      if (link) say(`In the Temporal UI: ${link}`);
      return seen.operation;
    },

    /** Tells what happens for some time. */
    async watch(operation, { seconds }) {
      await lookUntil(operation, () => false, seconds);
    },

    /** The hub calls back once more, or for the first time if the callback was lost. */
    async callBackAgain({ operationId, action, virtualCardId }) {
      await hub.callBack({ correlationId: operationId, action, virtualCardId });
    },

    /**
     * Compares the service's word and the hub's record (`toPicture`) with what should be. Both may need a moment: the
     * hub notes a callback when it has the answer.
     */
    async expect(operation, expected) {
      const compared = (seen) => compare({ 'hub: strangers': 0, ...expected }, toPicture(seen));
      const isAllRight = (seen) => compared(seen).every(isRight);
      checks.add(compared(await lookUntil(operation, isAllRight, agreementLimitSeconds)));
    },

    /** Compares anything else. */
    expectSame(what, { expected, seen }) {
      checks.add([{ what, expected, seen }]);
    },
  };
}
