// What a chapter of the story can use: ask the service, watch service and hub, compare the two.
import { setTimeout as sleep } from 'node:timers/promises';
import { compare, isRight, toPicture } from './checks.mjs';
import { StoryError } from './clients.mjs';
import { newsOf } from './sentences.mjs';

// Every look at the service is a line in its log.
const lookEveryMs = 150;
const endLimitSeconds = 20;
const agreementLimitSeconds = 3;

/** `name` is part of the names of the chapter's card and token. */
export function createChapter({ name, service, hub, links, checks, print }) {
  const issuerCardRefId = `demo-${name}`;
  const told = new Set();

  const say = (sentence) => print(`   ${sentence}`);

  function tellEvent({ who, at = now(), text }) {
    print(`     ${String(at).slice(11, 23)}  ${who.padEnd(7)}  ${text}`);
  }

  /** Both sides as they are now. What is new is told. */
  async function look({ operationId }) {
    const askedAt = now();
    const operation = await service.show(operationId);
    const seen = { operation, record: await hub.recordOf(issuerCardRefId) };
    for (const event of newsOf(seen)) {
      if (!told.has(event.key)) tellEvent({ ...event, at: event.at ?? askedAt });
      told.add(event.key);
    }
    return seen;
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
      const virtualCardId = `${issuerCardRefId}-phone${suffix}`;
      await hub.makeCard(issuerCardRefId, [{ virtualCardId }]);
      return { issuerCardRefId, virtualCardId };
    },

    /** Sends a request as a client does. Answers `{httpStatus, operation}` or `{httpStatus, problem}`. */
    async ask({ key, body }) {
      tellEvent({ who: 'client', text: `asks to ${body.action} ${body.virtualCardId}, key ${key}` });
      const answer = await service.ask({ key, body });
      const { httpStatus, operation, problem, detail } = answer;
      const text = operation ? `operation ${operation.operationId}` : `${problem}: ${detail}`;
      tellEvent({ who: 'service', text: `answers ${httpStatus}, ${text}` });
      return answer;
    },

    /** Tells what happens until the operation has ended. */
    async untilFinal(operation) {
      if (operation === undefined) throw new StoryError('The service has started no operation.');
      const link = await links.to(operation.operationId);
      if (link) say(`In the Temporal UI: ${link}`);
      const { operation: last } = await lookUntil(operation, (seen) => seen.operation.final, endLimitSeconds);
      if (last.final) return;
      throw new StoryError(`The operation has not ended within ${endLimitSeconds} s: it is ${last.status}.`);
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
     * Compares `{service, hub}`, the service's word and the hub's record (see `toPicture`), with what should be. Both
     * may need a moment: the hub notes a callback when it has the answer.
     */
    async expect(operation, { service: word, hub: noted }) {
      const expected = { service: word, hub: { ...noted, 'of others': 0 } };
      const compared = (seen) => compare(expected, toPicture(seen));
      const isAllRight = (seen) => compared(seen).every(isRight);
      checks.add(compared(await lookUntil(operation, isAllRight, agreementLimitSeconds)));
    },

    /** Compares what the client was answered: `{what: value}`, both. */
    expectAnswers(expected, seen) {
      checks.add(compare({ client: expected }, { client: seen }));
    },
  };
}

function now() {
  return new Date().toISOString();
}
