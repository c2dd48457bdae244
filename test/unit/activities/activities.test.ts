import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApplicationFailure } from '@temporalio/common';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { createActivities, type Activities, type ActivityDependencies } from '../../../activities/index.js';
import type { UpdateCardStateRequest } from '../../../activities/update-card-state.js';
import type { PlacedIntent } from '../../../src/domain/operation/intent.js';
import { NOTHING_LEFT } from '../../../src/domain/hub/answer.js';
import { hashReference } from '../../../src/references/card-numbers.js';
import { createHubClient, type HubClient } from '../../../src/tsh/hub-client.js';
import { createTraffic, type Traffic } from '../../../src/tsh/traffic.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map(async (close) => close()));
});

/** The run that asks, as the environment of the tests names it. */
const RUN_ID = defaultActivityInfo.workflowExecution?.runId ?? '';

const unasked = async (): Promise<never> => {
  throw new Error('nobody should have asked');
};

/** A hub that is a real HTTP server, and the activities that talk to it. */
async function withHub(
  handler: RequestListener,
  options: {
    traffic?: Traffic;
    clock?: () => number;
    findNewerIntent?: ActivityDependencies['findNewerIntent'];
    whenHandedOut?: ActivityDependencies['whenHandedOut'];
  } = {},
): Promise<{ activities: Activities; requests: string[]; hub: HubClient }> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? '');
    request.resume();
    request.on('end', () => handler(request, response));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const hub = createHubClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/gtep`,
    timeoutMs: 500,
  });
  closers.push(async () => {
    await hub.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const { traffic = createTraffic(), clock = () => 1_000, findNewerIntent = unasked } = options;
  // Unless told otherwise, Temporal's clock says the same.
  const { whenHandedOut = async () => clock() } = options;
  return {
    activities: createActivities({
      hub,
      traffic,
      clock,
      findNewerIntent,
      whenHandedOut,
      findLateBasis: unasked,
      numericReferences: 'refuse',
    }),
    requests,
    hub,
  };
}

function aRequest(overrides: Partial<UpdateCardStateRequest> = {}): UpdateCardStateRequest {
  return {
    issuerId: 'ISSUER1234',
    correlationId: 'op-1',
    issuerCardRefId: 'card-1',
    virtualCardId: 'token-1',
    action: 'SUSPEND',
    timeoutMs: 500,
    startedAt: 1_000,
    isResend: false,
    originalRunId: RUN_ID,
    hardDeadlineAt: 10_000,
    ...overrides,
  };
}

async function send(
  activities: Activities,
  request = aRequest(),
  info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {},
) {
  return new MockActivityEnvironment(info).run(activities.updateCardState, request);
}

async function failureOf(sent: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await sent.then(
    () => new Error('it did not fail'),
    (failure: unknown) => failure,
  );
  if (error instanceof ApplicationFailure) return error;
  throw error;
}

describe('updateCardState', () => {
  it.each([
    [200, 'a page', '<html>Access denied</html>'],
    [403, 'a page', '<html>Access denied</html>'],
    [404, 'JSON of its own', '{"message":"no Route matched"}'],
    [302, 'nothing', ''],
    [429, 'a page', '<html>Slow down</html>'],
  ])(
    'I4: is without an answer, possibly sent, when something before the hub says %i with %s',
    async (status, _what, body) => {
      const { activities, requests } = await withHub((_request, response) =>
        response.writeHead(status, { 'content-type': 'text/html', 'retry-after': '30' }).end(body),
      );
      expect(await send(activities)).toEqual({ kind: 'unanswered' });
      expect(requests).toHaveLength(1);
    },
  );

  it("opens the circuit after ten answers that cannot be the hub's, and then sends nothing", async () => {
    const { activities, requests } = await withHub((_request, response) => response.end('<html>'));
    for (let attempt = 0; attempt < 10; attempt += 1) await send(activities);
    expect(await failureOf(send(activities))).toMatchObject({ message: 'nothing was sent: circuit' });
    expect(requests).toHaveLength(10);
  });

  it('calls the hub once and takes any 2xx for accepted', async () => {
    const { activities, requests } = await withHub((_request, response) => response.writeHead(204).end());
    expect(await send(activities)).toEqual({ kind: 'accepted' });
    expect(requests).toEqual(['/gtep/updateCardState']);
  });

  it.each([
    [400, '{"responseCode":119}', { kind: 'refused', errorCode: 119, httpStatus: 400 }],
    [200, '{"responseCode":111}', { kind: 'refused', errorCode: 111, httpStatus: 200 }],
    [503, '', { kind: 'again', effect: 'possible' }],
    [429, '', { kind: 'again', effect: 'possible' }],
    [429, '{"responseCode":911}', { kind: 'again', effect: 'none', errorCode: 911 }],
  ])('returns what HTTP %i with body %s means', async (status, body, answer) => {
    const { activities } = await withHub((_request, response) => response.writeHead(status).end(body));
    expect(await send(activities)).toEqual(answer);
  });

  it('I2: says that an attempt was made by a run that was reset, which may hide an earlier one', async () => {
    const { activities } = await withHub((_request, response) =>
      response.writeHead(400).end('{"responseCode":432}'),
    );
    const refused = { kind: 'refused', errorCode: 432, httpStatus: 400 };
    expect(await send(activities)).toEqual(refused);
    expect(await send(activities, aRequest({ originalRunId: 'another' }))).toEqual({
      ...refused,
      afterReset: true,
    });
    const wasReset = async (originalRunId: string) =>
      new MockActivityEnvironment().run(activities.wasReset, { originalRunId });
    expect([await wasReset(RUN_ID), await wasReset('another')]).toEqual([false, true]);
  });

  it('looks for a newer operation also before the first attempt of a run that was reset', async () => {
    const { activities, requests } = await withHub((_request, response) => response.end(), {
      findNewerIntent: async () => 'op-2',
    });
    expect(await send(activities, aRequest({ originalRunId: 'another' }))).toEqual({
      kind: 'superseded',
      by: 'op-2',
      afterReset: true,
    });
    expect(requests).toEqual([]);
  });

  it('I2: returns unanswered, and does not fail, when the request left and nothing came back', async () => {
    const { activities, requests } = await withHub((request) => request.socket.destroy());
    expect(await send(activities)).toEqual({ kind: 'unanswered' });
    expect(requests).toHaveLength(1);
  });

  it('fails, to be tried again by Temporal, when nothing left this machine', async () => {
    const { hub } = await withHub(() => undefined);
    await hub.close();
    const activities = createActivities({
      hub,
      traffic: createTraffic(),
      clock: () => 0,
      findNewerIntent: unasked,
      whenHandedOut: unasked,
      findLateBasis: unasked,
      numericReferences: 'refuse',
    });
    expect(await failureOf(send(activities))).toMatchObject({ type: NOTHING_LEFT, nonRetryable: false });
  });

  it('sends nothing at or after the hard deadline, however short the time since the start', async () => {
    for (const now of [10_000, 10_001]) {
      const { activities, requests } = await withHub((_request, response) => response.end(), {
        clock: () => now,
      });
      expect(await send(activities)).toEqual({ kind: 'not-sent' });
      expect(await send(activities, aRequest({ startedAt: 9_500 }))).toEqual({ kind: 'not-sent' });
      expect(requests).toEqual([]);
    }
  });

  it('opens the circuit after ten attempts without an answer below 500, and then sends nothing', async () => {
    const { activities, requests } = await withHub((_request, response) => response.writeHead(500).end());
    for (let attempt = 0; attempt < 10; attempt += 1) await send(activities);
    const failure = await failureOf(send(activities));
    expect(failure).toMatchObject({ type: NOTHING_LEFT, message: 'nothing was sent: circuit' });
    expect(failure.nextRetryDelay).toBeDefined();
    expect(requests).toHaveLength(10);
  });

  it('tells when to come back when the rate is used up', async () => {
    const { activities, requests } = await withHub((_request, response) => response.end(), {
      traffic: createTraffic({ maxRequestsPerSecond: 1 }),
    });
    await send(activities);
    expect(await failureOf(send(activities))).toMatchObject({ message: 'nothing was sent: rate' });
    expect(requests).toHaveLength(1);
  });
});

describe('limiter and circuit are one for the process', () => {
  const asked = {
    issuerId: 'ISSUER1234',
    correlationId: 'op-9',
    issuerCardRefId: 'card-9',
    virtualCardId: 'token-9',
    timeoutMs: 400,
  };
  const look = async ({ getCardInfo }: Activities) => new MockActivityEnvironment().run(getCardInfo, asked);

  it('so that ten failures in a row of any operations, readings included, stop all of them', async () => {
    const { activities, requests } = await withHub((_request, response) => response.writeHead(503).end());
    for (let operation = 0; operation < 5; operation += 1) {
      await send(
        activities,
        aRequest({ correlationId: `op-${operation}`, virtualCardId: `token-${operation}` }),
      );
      await look(activities);
    }
    expect(await failureOf(send(activities))).toMatchObject({ message: 'nothing was sent: circuit' });
    expect(await look(activities)).toEqual({ kind: 'failed' });
    expect(requests).toHaveLength(10);
  });

  it('so that all operations together keep to the rate; a look that has to wait is tried again', async () => {
    const { activities, requests } = await withHub((_request, response) => response.end(), {
      traffic: createTraffic({ maxRequestsPerSecond: 1 }),
    });
    await send(activities);
    expect(await failureOf(look(activities))).toMatchObject({
      type: NOTHING_LEFT,
      nonRetryable: false,
      message: 'nothing was sent: rate',
    });
    expect(requests).toHaveLength(1);
  });
});

describe('last intent wins: updateCardState', () => {
  const accept: RequestListener = (_request, response) => response.end();
  const later = { clock: () => 3_001 };

  it('asks nobody before a first send within 2 s of the start', async () => {
    const { activities } = await withHub(accept, { clock: () => 3_000 });
    expect(await send(activities)).toEqual({ kind: 'accepted' });
  });

  it.each([
    ['that starts later than that', {}, later],
    ['that is a resend', { isResend: true }, {}],
  ])(
    'does not send, and says why, when a newer operation is found before a send %s',
    async (_what, request, options) => {
      const asked: PlacedIntent[] = [];
      const findNewerIntent = async (intent: PlacedIntent) => {
        asked.push(intent);
        return 'op-newer';
      };
      const { activities, requests } = await withHub(accept, { ...options, findNewerIntent });
      expect(await send(activities, aRequest(request))).toEqual({ kind: 'superseded', by: 'op-newer' });
      expect(requests).toEqual([]);
      expect(asked).toMatchObject([
        {
          issuerId: 'ISSUER1234',
          operationId: 'op-1',
          action: 'SUSPEND',
          issuerCardRefId: 'card-1',
          virtualCardId: 'token-1',
          startedAt: 1_000,
        },
      ]);
    },
  );

  it('sends when there is no newer operation', async () => {
    const { activities, requests } = await withHub(accept, {
      ...later,
      findNewerIntent: async () => undefined,
    });
    expect(await send(activities)).toEqual({ kind: 'accepted' });
    expect(requests).toHaveLength(1);
  });

  it('lets a SUSPEND go ahead when the look-up fails: a stolen phone cannot wait', async () => {
    const { activities, requests } = await withHub(accept, { ...later, findNewerIntent: unasked });
    expect(await send(activities)).toEqual({ kind: 'accepted' });
    expect(requests).toHaveLength(1);
  });

  it.each(['RESUME', 'DELETE'] as const)('has a %s tried again when the look-up fails', async (action) => {
    const { activities, requests } = await withHub(accept, { ...later, findNewerIntent: unasked });
    const failure = await failureOf(send(activities, aRequest({ action })));
    expect(failure).toMatchObject({
      type: NOTHING_LEFT,
      nonRetryable: false,
      message: 'nothing was sent: look-up',
    });
    expect(requests).toEqual([]);
  });

  it('looks only once limiter and circuit have let the attempt through', async () => {
    const traffic = createTraffic({ maxRequestsPerSecond: 1 });
    const { activities } = await withHub(accept, {
      ...later,
      traffic,
      findNewerIntent: async () => 'op-newer',
    });
    await send(activities);
    expect(await failureOf(send(activities))).toMatchObject({ message: 'nothing was sent: rate' });
  });

  it('does not take a stopped attempt for a word on the hub', async () => {
    const states: string[] = [];
    const traffic = createTraffic({ onCircuitChange: (state) => states.push(state) });
    const { activities } = await withHub((_request, response) => response.writeHead(500).end(), {
      traffic,
      findNewerIntent: async ({ operationId }) => (operationId === 'op-old' ? 'op-newer' : undefined),
      ...later,
    });
    for (let attempt = 0; attempt < 9; attempt += 1) await send(activities);
    await send(activities, aRequest({ correlationId: 'op-old' }));
    expect(states).toEqual([]);
    await send(activities);
    expect(states).toEqual(['open']);
  });

  it('sends nothing when the hard deadline passes during the look-up', async () => {
    let now = 9_999;
    const { activities, requests } = await withHub(accept, {
      clock: () => now,
      findNewerIntent: async () => {
        now = 10_000;
        return undefined;
      },
    });
    expect(await send(activities)).toEqual({ kind: 'not-sent' });
    expect(requests).toEqual([]);
  });
});

describe('updateCardState on a machine whose clock differs from Temporal’s', () => {
  const accept: RequestListener = (_request, response) => response.end();
  const scheduled = { currentAttemptScheduledTimestampMs: 1_500 };

  it('sends in time, although by that clock the hard deadline has passed', async () => {
    const { activities, requests } = await withHub(accept, {
      clock: () => 46_000,
      whenHandedOut: async () => 1_600,
      findNewerIntent: async () => undefined,
    });
    expect(await send(activities, aRequest(), scheduled)).toEqual({ kind: 'accepted' });
    expect(requests).toHaveLength(1);
  });

  it.each<[string, Parameters<typeof withHub>[1], Parameters<typeof send>[2]]>([
    ['was scheduled after it', { clock: () => 0 }, { currentAttemptScheduledTimestampMs: 10_000 }],
    [
      'was handed out after it',
      { clock: () => 0, whenHandedOut: async () => 10_000 },
      { currentAttemptScheduledTimestampMs: 9_000 },
    ],
  ])('sends nothing after the hard deadline when the attempt %s', async (_how, options, info) => {
    const { activities, requests } = await withHub(accept, options);
    expect(await send(activities, aRequest(), info)).toEqual({ kind: 'not-sent' });
    expect(requests).toEqual([]);
  });

  it('tries again when Temporal cannot be asked how late it is', async () => {
    const { activities, requests } = await withHub(accept, { clock: () => 46_000, whenHandedOut: unasked });
    expect(await failureOf(send(activities, aRequest(), scheduled))).toMatchObject({
      type: NOTHING_LEFT,
      nonRetryable: false,
    });
    expect(requests).toEqual([]);
  });

  it('looks for a newer operation when its own clock is behind, so that it cannot know how long it waited', async () => {
    const { activities, requests } = await withHub(accept, {
      clock: () => 400,
      whenHandedOut: async () => 1_500,
      findNewerIntent: async () => 'op-newer',
    });
    expect(await send(activities, aRequest(), scheduled)).toEqual({ kind: 'superseded', by: 'op-newer' });
    expect(requests).toEqual([]);
  });
});

it('findLateBasis is tried again by Temporal until it can be told, and says nothing of what went wrong', async () => {
  const { hub } = await withHub(() => undefined);
  const parts = {
    hub,
    traffic: createTraffic(),
    clock: () => 0,
    findNewerIntent: unasked,
    whenHandedOut: unasked,
    numericReferences: 'refuse',
  } as const;
  const activities = createActivities({ ...parts, findLateBasis: unasked });
  const asked = { issuerId: 'ISSUER1234', correlationId: 'op-1', runId: 'run-1' };
  const failure = await failureOf(new MockActivityEnvironment().run(activities.findLateBasis, asked));
  expect(failure).toMatchObject({ type: 'NOT_NOW', nonRetryable: false, message: 'not now: Error' });
});

describe('getCardInfo', () => {
  const asked = {
    issuerId: 'ISSUER1234',
    correlationId: 'op-1',
    issuerCardRefId: 'card-1',
    virtualCardId: 'token-1',
    timeoutMs: 400,
  };
  const token = (virtualCardId: string) => ({
    virtualCardId,
    issuerCardRefId: 'card-1',
    walletProviderId: 'APPLE_PAY',
    deviceInformation: { deviceName: "Jo's phone" },
    status: 'SUSPENDED',
  });
  const listing =
    (...ids: string[]): RequestListener =>
    (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ issuerCardRefId: 'card-1', virtualCardList: ids.map(token) }));
    };

  it('I6: brings back the status of the token that was asked for, and nothing of its device or its neighbours', async () => {
    const { activities } = await withHub(listing('4111111111111111', 'token-1'));
    const reading = await new MockActivityEnvironment().run(activities.getCardInfo, asked);
    expect(reading).toMatchObject({
      kind: 'listed',
      tokens: [{ virtualCardId: 'token-1', status: 'SUSPENDED' }],
    });
    expect(JSON.stringify(reading)).not.toMatch(/phone|4111/);
  });

  it('I6: says only that there are others when the token is not listed', async () => {
    const { activities } = await withHub(listing('4111111111111111', 'token-2'));
    const reading = await new MockActivityEnvironment().run(activities.getCardInfo, asked);
    expect(reading).toEqual({
      kind: 'listed',
      tokens: [{ virtualCardId: '(another token)', status: 'SUSPENDED' }],
    });
  });

  it('I6: lists every token of a whole card, under the references that callbacks are stored under', async () => {
    const { activities } = await withHub(listing('4111111111111111', 'token-1'));
    const { virtualCardId: _virtualCardId, ...wholeCard } = asked;
    expect(await new MockActivityEnvironment().run(activities.getCardInfo, wholeCard)).toEqual({
      kind: 'listed',
      tokens: [
        { virtualCardId: hashReference('4111111111111111'), status: 'SUSPENDED' },
        { virtualCardId: 'token-1', status: 'SUSPENDED' },
      ],
    });
  });

  it('is a failed reading when a whole card has more tokens than one message holds', async () => {
    const ids = Array.from({ length: 2_501 }, (_none, index) => `t-${index}`);
    const { activities } = await withHub(listing(...ids));
    const { virtualCardId: _virtualCardId, ...wholeCard } = asked;
    expect(await new MockActivityEnvironment().run(activities.getCardInfo, wholeCard)).toEqual({
      kind: 'failed',
    });
  });

  it.each([
    ['an error', 400, '{"responseCode":116}'],
    ['a server error', 500, ''],
    ['no JSON', 200, '<html>'],
  ])('is a failed reading after %s', async (_what, status, body) => {
    const { activities } = await withHub((_request, response) => response.writeHead(status).end(body));
    expect(await new MockActivityEnvironment().run(activities.getCardInfo, asked)).toEqual({
      kind: 'failed',
    });
  });

  it('is a failed reading when the hub does not answer in time', async () => {
    const { activities } = await withHub(() => undefined);
    expect(await new MockActivityEnvironment().run(activities.getCardInfo, asked)).toEqual({
      kind: 'failed',
    });
  });
});
