// What a chapter of the story can use: ask the service, watch service and hub, compare the two.
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { compare, isRight, toPicture, toRecord } from './checks.mjs';
import { StoryError } from './clients.mjs';
import { reportOfRenewals, reportOfTokens } from './reports.mjs';
import { hubNews, newsOf } from './sentences.mjs';

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

  async function tellLink(operation) {
    if (operation === undefined) throw new StoryError('The service has started no operation.');
    if (told.has('link')) return;
    told.add('link');
    const link = await links.to(operation);
    if (link) say(`In the Temporal UI: ${link}`);
  }

  function tellNews(events, seenAt) {
    for (const event of events) {
      if (!told.has(event.key)) tellEvent({ ...event, at: event.at ?? seenAt });
      told.add(event.key);
    }
  }

  /** Both sides as they are now. What is new is told. */
  async function look({ operationId }) {
    const operation = await service.show(operationId);
    const seenAt = now();
    const seen = { operation, record: await hub.recordOf(issuerCardRefId) };
    tellNews(newsOf(seen), seenAt);
    return seen;
  }

  /** The same of the renewals of the chapter's card. */
  async function lookAtRenewals() {
    const renewals = await service.renewalsOf(issuerCardRefId);
    const seen = { renewals, record: await hub.recordOf(issuerCardRefId) };
    tellNews(hubNews(seen.record), now());
    return seen;
  }

  /** Looks until `isEnough(seen)` or the time is up; answers what was seen last. */
  async function repeatUntil(work, isEnough, limitSeconds) {
    const until = Date.now() + limitSeconds * 1000;
    for (;;) {
      const seen = await work();
      if (isEnough(seen) || Date.now() > until) return seen;
      await sleep(lookEveryMs);
    }
  }

  async function lookUntil(operation, isEnough, limitSeconds) {
    return repeatUntil(async () => look(operation), isEnough, limitSeconds);
  }

  return {
    say,

    /** A new card at the hub with one token, RESUMED. The suffix says how the hub misbehaves with it. */
    async aToken(suffix = '') {
      const virtualCardId = `${issuerCardRefId}-phone${suffix}`;
      await hub.makeCard(issuerCardRefId, [{ virtualCardId }]);
      return { issuerCardRefId, virtualCardId };
    },

    /** A new card with several tokens, `{name, status?}`. Answers their names by what they are called in the chapter. */
    async aCard(tokens) {
      const cast = tokens.map(({ name, status }) => ({
        virtualCardId: `${issuerCardRefId}-${name}`,
        ...(status !== undefined && { status }),
      }));
      await hub.makeCard(issuerCardRefId, cast);
      return { issuerCardRefId, names: cast.map(({ virtualCardId }) => virtualCardId) };
    },

    /** One token more on the card, RESUMED. */
    async addToken(name) {
      const virtualCardId = `${issuerCardRefId}-${name}`;
      await hub.addToken(issuerCardRefId, { virtualCardId });
      tellEvent({ who: 'hub', text: `has one token more: ${virtualCardId}, RESUMED` });
      return virtualCardId;
    },

    /** Sends a request as a client does. Answers `{httpStatus, operation}` or `{httpStatus, problem}`. */
    async ask({ key, body }) {
      const subject = body.virtualCardId ?? `all tokens of ${body.issuerCardRefId}`;
      tellEvent({ who: 'client', text: `asks to ${body.action} ${subject}, key ${key}` });
      const answer = await service.ask({ key, body });
      const { httpStatus, operation, problem, detail } = answer;
      const text = operation ? `operation ${operation.operationId}` : `${problem}: ${detail}`;
      tellEvent({ who: 'service', text: `answers ${httpStatus}, ${text}` });
      return answer;
    },

    /** Tells what happens until the operation has ended. */
    async untilFinal(operation) {
      await tellLink(operation);
      const { operation: last } = await lookUntil(operation, (seen) => seen.operation.final, endLimitSeconds);
      if (last.final) return;
      throw new StoryError(`The operation has not ended within ${endLimitSeconds} s: it is ${last.status}.`);
    },

    /** Tells what happens for some time. */
    async watch(operation, { seconds }) {
      await lookUntil(operation, () => false, seconds);
    },

    /** Tells what happens until `isEnough(operation)`. What has not come in time is for the comparison to tell. */
    async watchUntil(operation, isEnough, { seconds }) {
      await tellLink(operation);
      await lookUntil(operation, (seen) => seen.operation.final || isEnough(seen.operation), seconds);
    },

    /** The hub calls back once more, or for the first time if the callback was lost. */
    async callBackAgain({ operationId, action, virtualCardId }) {
      await hub.callBack({ correlationId: operationId, action, virtualCardId });
    },

    /** The hub calls back about one token of a card. */
    async callBack({ operationId: correlationId, action }, { virtualCardId, errorCode }) {
      await hub.callBack({ correlationId, action, virtualCardId, errorCode });
    },

    /** Compares what the service says of each token of a card with what should be, `{virtualCardId: sentence}`. */
    async expectReport(operation, expected) {
      const toLines = (seen) => reportOfTokens(seen);
      const isAllRight = (seen) => isDeepStrictEqual(toLines(seen), expected);
      checks.addLines(expected, toLines(await lookUntil(operation, isAllRight, agreementLimitSeconds)));
    },

    /** The TSP renews the tokens of the card by itself; nobody has asked. */
    async renew() {
      const correlationId = await hub.renew(issuerCardRefId);
      tellEvent({
        who: 'hub',
        text: `renews the tokens of ${issuerCardRefId}, correlation id ${correlationId}`,
      });
      return correlationId;
    },

    /** Tells what happens until `isEnough(renewals)`. */
    async watchRenewals(isEnough, { seconds }) {
      await repeatUntil(lookAtRenewals, ({ renewals }) => isEnough(renewals), seconds);
    },

    /** Says it again, with another source: that is a copy all the same. */
    async callBackRenewal(correlationId, virtualCardId) {
      await hub.callBack({ correlationId, action: 'RENEW', virtualCardId, source: 'WALLET' });
    },

    /** Compares what is known of the renewals: the lines of the report, then the card as a whole and the hub's record. */
    async expectRenewals(lines, expected) {
      const compared = ({ renewals, record }) =>
        compare(expected, { service: renewals, hub: inAnyOrder(toRecord(record)) });
      const isAllRight = (seen) =>
        compared(seen).every(isRight) && isDeepStrictEqual(reportOfRenewals(seen.renewals), lines);
      const seen = await repeatUntil(lookAtRenewals, isAllRight, agreementLimitSeconds);
      checks.addLines(lines, reportOfRenewals(seen.renewals));
      checks.add(compared(seen));
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

/** Several tokens are renewed at the same time. */
function inAnyOrder(record) {
  return { ...record, callbacks: record.callbacks.toSorted() };
}

function now() {
  return new Date().toISOString();
}
