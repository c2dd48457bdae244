import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Suffix, misbehaviourOf, misbehaviours } from '../../../src/simulator/plan/misbehaviours.js';
import { ordinaryPlan } from '../../../src/simulator/plan/plan.js';
import { planRequest } from '../../../src/simulator/plan/planner.js';
import { sampleCards } from '../../../src/simulator/cards/sample-cards.js';
import {
  type HubAnswer,
  type Receiver,
  type TestHub,
  eventually,
  issuerId,
  startHub,
  startReceiver,
} from './support.js';

interface Expected {
  action?: 'SUSPEND' | 'RESUME' | 'DELETE';
  /** Of the same request, sent again and again: status, or status and code, or no answer. */
  answers: (number | string)[];
  /** Action, and code if there is one. */
  callbacks: string[];
  status: 'RESUMED' | 'SUSPENDED' | 'DELETED';
}

const done: Expected = { answers: [200], callbacks: ['SUSPEND'], status: 'SUSPENDED' };
const untouched = (...answers: Expected['answers']): Expected => ({
  answers,
  callbacks: [],
  status: 'RESUMED',
});

/** A row for every suffix: the compiler asks for it. */
const table: Record<Suffix, Expected> = {
  '-lost': { ...done, callbacks: [] },
  '-silent': untouched(200),
  '-duplicate': { ...done, callbacks: ['SUSPEND', 'SUSPEND', 'SUSPEND'] },
  '-early': done,
  '-slow': done,
  '-never-accepted': untouched(503, 503, 503),
  '-unavailable-503': untouched(503, 503, 503),
  '-busy-321': { ...done, answers: ['400/321', '400/321', 200] },
  '-flaky-503': { ...done, answers: [503, 503, 200] },
  '-limited-429': { ...done, answers: [429, 200] },
  '-timeout': { ...done, answers: ['no answer'] },
  '-reset': { ...done, answers: ['no answer'] },
  '-refused-119': untouched('400/119', '400/119'),
  '-refused-432': untouched('400/432', '400/432'),
  '-refused-160': untouched('400/160', '400/160'),
  '-refused-403': untouched(403, 403),
  '-ok-with-code-111': untouched('200/111'),
  '-ok-with-body': { ...done, answers: ['200/200'] },
  '-page-200': { ...done, answers: [200, 200, 200] },
  '-page-200-done': done,
  '-redirected': { ...done, answers: [302, 200] },
  '-ingress-503': { ...done, answers: [503, 503, 200] },
  '-ingress-404': untouched(404, 404),
  '-gzip': { ...done, answers: ['200/0'] },
  '-gzip-321': { ...done, answers: ['400/321', '400/321', 200] },
  '-gzip-119': untouched('200/119', '200/119'),
  '-mislabelled': { ...done, answers: ['no answer'] }, // This client believes the label.
  '-unreachable-221': { ...untouched(200), callbacks: ['SUSPEND 221'] },
  '-unreachable-221-done': { ...done, callbacks: ['SUSPEND 221'] },
  '-expired-322': { ...untouched(200), callbacks: ['SUSPEND 322'] },
  '-failed-911': { ...untouched(200), callbacks: ['SUSPEND 911'] },
  '-failed-231': { ...untouched(200), callbacks: ['SUSPEND 231'] },
  '-contradicts': { ...done, callbacks: ['SUSPEND', 'SUSPEND 231'] },
  '-unexpected': { ...done, callbacks: ['ACTIVATE', 'SUSPEND'] },
  '-stranger-turns': { ...done, callbacks: ['SUSPEND', 'SUSPEND', 'RESUME', 'SUSPEND'] },
  '-other-suspender': { ...done, action: 'RESUME', callbacks: ['RESUME'] },
  '-from-app': { ...done, action: 'DELETE', callbacks: ['DELETE_FROM_APP', 'DELETE'], status: 'DELETED' },
  '-string-code': { ...done, callbacks: ['SUSPEND "0"'] },
  '-unknown-fields': done,
  '-info-fails': done,
  '-info-empty': done,
  '-info-page': done,
  '-info-gzip': done,
};

const rows = Object.entries(table).map(([suffix, expected]) => ({ suffix, ...expected }));

describe('a misbehaving token', () => {
  let receiver: Receiver;
  let hub: TestHub;

  beforeAll(async () => {
    receiver = await startReceiver();
    hub = await startHub({ callbackUrl: receiver.callbackUrl });
  });
  afterAll(async () => {
    await hub.close();
    await receiver.close();
  });

  test.each(rows)(
    '$suffix: answers $answers, calls back $callbacks, ends $status',
    async ({ suffix, action = 'SUSPEND', answers, callbacks, status }) => {
      const virtualCardId = `token${suffix}`;
      const request = { issuerCardRefId: `card${suffix}`, virtualCardId, action };
      const before = action === 'RESUME' ? 'SUSPENDED' : 'RESUMED';
      await hub.putCard(request.issuerCardRefId, [{ virtualCardId, status: before }]);
      const seen = [];
      for (const _ of answers)
        seen.push(
          describeAnswer(await hub.update(`of${suffix}`, request, suffix === '-timeout' ? 300 : 20_000)),
        );
      expect(seen).toEqual(answers);
      await hub.idle();
      expect(callbacksOf(virtualCardId).map(describeCallback)).toEqual(callbacks);
      expect(await hub.token(request.issuerCardRefId, virtualCardId)).toMatchObject({ status });
      const effects = await hub.effects(`?virtualCardId=${virtualCardId}`);
      const hadEffect = status !== 'RESUMED' || action === 'RESUME';
      expect(effects.map(({ correlationId }) => correlationId)).toEqual(hadEffect ? [`of${suffix}`] : []);
    },
  );

  test('-stranger-turns has three words under one id that nobody knows, one after the other', async () => {
    await hub.putCard('card-turns', [{ virtualCardId: 'x-stranger-turns' }]);
    const request = { issuerCardRefId: 'card-turns', virtualCardId: 'x-stranger-turns', action: 'SUSPEND' };
    await hub.update('op-turns', request);
    await hub.idle();
    const theirs = receiver.received.filter(
      ({ headers }) => headers['x-correlation-id'] === 'turns-op-turns',
    );
    expect(theirs.map(({ body }) => body['action'])).toEqual(['SUSPEND', 'RESUME', 'SUSPEND']);
  });

  test('-early has its callback answered before the hub answers', async () => {
    const request = { issuerCardRefId: 'card-a', virtualCardId: 'a-early', action: 'SUSPEND' };
    await hub.putCard('card-a', [{ virtualCardId: 'a-early' }]);
    const order: string[] = [];
    receiver.answers.push((response) => {
      setTimeout(() => {
        order.push('callback answered');
        response.end('{}');
      }, 30);
    });
    await hub.update('early', request);
    order.push('hub answered');
    expect(order).toEqual(['callback answered', 'hub answered']);
  });

  test('-slow has its effect long before its callback', async () => {
    const request = { issuerCardRefId: 'card-b', virtualCardId: 'b-slow', action: 'SUSPEND' };
    await hub.putCard('card-b', [{ virtualCardId: 'b-slow' }]);
    await hub.update('slow', request);
    await eventually(async () => expect(await hub.effects('?correlationId=slow')).toHaveLength(1));
    expect(callbacksOf('b-slow')).toEqual([]);
    await hub.idle();
    expect(callbacksOf('b-slow')).toHaveLength(1);
  });

  test('-timeout hangs and -reset does not', async () => {
    const logged = [
      ...(await hub.requests('?correlationId=of-timeout')),
      ...(await hub.requests('?correlationId=of-reset')),
    ];
    expect(logged).toMatchObject([
      { ended: 'hung', status: null },
      { ended: 'destroyed', status: null },
    ]);
  });

  test('-other-suspender leaves the suspension of the wallet', async () => {
    expect(await hub.token('card-other-suspender', 'token-other-suspender')).toMatchObject({
      suspenders: ['TOKEN_REQUESTOR'],
    });
  });

  test.each(['-unavailable-503', '-never-accepted', '-limited-429'])(
    '%s says when to come again',
    async (suffix) => {
      const request = { issuerCardRefId: `card${suffix}`, virtualCardId: `token${suffix}`, action: 'DELETE' };
      const answer = await hub.update('again', request);
      expect(answer?.headers.get('retry-after')).toBe('1');
    },
  );

  test('-refused-403 answers with something that is not JSON', async () => {
    const request = { issuerCardRefId: 'card-2', virtualCardId: 'card-2-refused-403', action: 'SUSPEND' };
    const answer = await hub.update('html', request);
    expect(answer?.headers.get('content-type')).toContain('text/html');
    expect(answer?.body).toBeUndefined();
  });

  test('what something in front has answered is marked as such, and nothing else is', async () => {
    const marks = async (suffix: string) =>
      (await hub.requests(`?correlationId=of${suffix}`)).map(({ inFront }) => inFront === true);
    expect(await marks('-page-200')).toEqual([true, true, false]);
    expect(await marks('-page-200-done')).toEqual([true]);
    expect(await marks('-ingress-404')).toEqual([true, true]);
    expect(await marks('-refused-403')).toEqual([true, true]);
    expect(await marks('-refused-432')).toEqual([false, false]);
    expect(await marks('-flaky-503')).toEqual([false, false, false]);
  });

  test.each([
    ['-gzip', 'application/json', 'gzip', true],
    ['-mislabelled', 'text/html; charset=utf-16', 'gzip', false],
  ])('%s has these labels and these bytes', async (suffix, type, coding, isPacked) => {
    const card = `labels${suffix}`;
    await hub.putCard(card, [{ virtualCardId: card }]);
    const { head, bytes } = await hub.raw('updateCardState', `raw${suffix}`, {
      issuerCardRefId: card,
      virtualCardId: card,
      action: 'SUSPEND',
    });
    expect(head).toMatchObject({ 'content-type': type, 'content-encoding': coding });
    expect((isPacked ? gunzipSync(bytes) : bytes).toString('utf8')).toBe('{"responseCode":0}');
  });

  test('-info-page and -info-gzip change what answers, and how', async () => {
    const page = await hub.cardInfo('card-info-page');
    expect(page).toMatchObject({ status: 200, body: undefined });
    expect(page?.headers.get('content-type')).toContain('text/html');
    const packed = await hub.cardInfo('card-info-gzip');
    expect(packed?.headers.get('content-encoding')).toBe('gzip');
    expect(packed).toMatchObject({ body: { virtualCardList: [{ virtualCardId: 'token-info-gzip' }] } });
  });

  test('an outage can be a firewall that answers in the hub’s place', async () => {
    await hub.control('POST', '/outage', { mode: 'page' });
    const request = { issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple', action: 'SUSPEND' };
    const answer = await hub.update('blocked', request);
    await hub.control('DELETE', '/outage');
    expect(answer).toMatchObject({ status: 200, body: undefined });
    expect(await hub.requests('?correlationId=blocked')).toMatchObject([{ status: 200, inFront: true }]);
    expect(await hub.effects('?correlationId=blocked')).toEqual([]);
  });

  test('-unknown-fields adds fields to the callback and to the reading, which has an unknown status', async () => {
    const unknown = { networkReference: expect.anything(), status: 'HIBERNATED' };
    expect(callbacksOf('token-unknown-fields')).toMatchObject([unknown]);
    expect((await hub.cardInfo('card-unknown-fields'))?.body).toMatchObject({ virtualCardList: [unknown] });
  });

  test('-info-fails and -info-empty spoil the reading of their card', async () => {
    expect(await hub.cardInfo('card-info-fails')).toMatchObject({ status: 500, text: '' });
    expect(await hub.cardInfo('card-info-empty')).toMatchObject({
      status: 200,
      body: { virtualCardList: [] },
    });
  });

  test('an operation with a new correlation id meets the same misbehaviour again', async () => {
    const request = { issuerCardRefId: 'card-busy-321', virtualCardId: 'token-busy-321', action: 'RESUME' };
    expect(describeAnswer(await hub.update('another', request))).toBe('400/321');
  });

  function callbacksOf(virtualCardId: string): Record<string, unknown>[] {
    return receiver.received.map(({ body }) => body).filter((body) => body.virtualCardId === virtualCardId);
  }
});

describe('the table of misbehaviours', () => {
  test('is the table of docs/simulator.md', () => {
    const text = readFileSync('docs/simulator.md', 'utf8');
    const documented = [...text.matchAll(/^\| `(-[a-z0-9-]+)` +\| (.*?) +\|$/gm)].map(([, suffix, does]) => ({
      suffix,
      does,
    }));
    expect(documented).toEqual(Object.entries(misbehaviours).map(([suffix, { does }]) => ({ suffix, does })));
  });

  test('has a token of each row in the sample data, and card-2 can be read', () => {
    const names = sampleCards(issuerId).flatMap(({ tokens }) => tokens.map((token) => token.virtualCardId));
    for (const suffix of Object.keys(misbehaviours)) {
      expect(names.filter((name) => name.endsWith(suffix))).not.toEqual([]);
    }
    const readings = sampleCards(issuerId)
      .filter(({ issuerCardRefId }) => issuerCardRefId === 'card-2')
      .flatMap(({ tokens }) => tokens.map((token) => misbehaviourOf(token.virtualCardId)?.reading));
    expect(readings).not.toContain('fails');
    for (const alone of ['empty', 'page', 'gzip']) expect(readings).not.toContain(alone);
  });

  test('is entered with the longest suffix', () => {
    expect(misbehaviourOf('x-unreachable-221-done')).toBe(misbehaviours['-unreachable-221-done']);
    expect(misbehaviourOf('x-unreachable-221')).toBe(misbehaviours['-unreachable-221']);
  });

  test('leaves every other token alone', () => {
    expect(misbehaviourOf('lost-but-found')).toBeUndefined();
    const request = { correlationId: 'c-1', virtualCardId: 'card-1-apple', action: 'SUSPEND', attempt: 1 };
    expect(planRequest({ ...request, action: 'SUSPEND' })).toBe(ordinaryPlan);
  });
});

function describeAnswer(answer: HubAnswer): number | string {
  if (answer === undefined) return 'no answer';
  const code = (answer.body as { responseCode?: number } | undefined)?.responseCode;
  return code === undefined ? answer.status : `${answer.status}/${code}`;
}

function describeCallback({ action, errorCode }: Record<string, unknown>): string {
  return errorCode === undefined ? String(action) : `${String(action)} ${JSON.stringify(errorCode)}`;
}
