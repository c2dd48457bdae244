// From an HTTP request to its effect at the hub: real processes, a real Temporal server, the hub simulator.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { OperationView } from '../../src/domain/report/report.js';
import { until, withOutput } from '../support/processes/processes.js';
import { aToken } from '../support/processes/simulator-client.js';
import { ISSUER, startStack, type Service, type Stack } from '../support/processes/stack.js';

let stack: Stack;
let service: Service;
beforeAll(async () => {
  stack = await startStack();
  service = await stack.service();
}, 120_000);
afterAll(async () => stack?.stop(), 120_000);
jest.setTimeout(240_000);

describe('the example of the README', () => {
  const body = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple' } as const;
  const key = randomUUID();
  let operation: OperationView;

  it(
    'I4: answers 200 with CONFIRMED by the callback when the client waits, and the token is suspended',
    withOutput(async () => {
      const answered = await service.post(body, { key, waitSeconds: 60 });
      expect(answered.status).toBe(200);
      operation = answered.body as OperationView;
      expect(operation).toMatchObject({
        status: 'CONFIRMED',
        effectiveStatus: 'CONFIRMED',
        final: true,
        evidence: 'CALLBACK',
        attempts: 1,
        outcomes: [{ virtualCardId: 'card-1-apple', result: 'CONFIRMED', expected: true }],
      });
      expect(answered.headers).toMatchObject({
        location: `/v1/issuers/${ISSUER}/operations/${operation.operationId}`,
        'preference-applied': 'wait=60',
      });
      expect(await stack.simulator.token('card-1', 'card-1-apple')).toMatchObject({ status: 'SUSPENDED' });
    }),
  );

  it(
    'I2: answers the same request with the same operation, and the hub hears of it once',
    withOutput(async () => {
      const answered = await service.post(body, { key, waitSeconds: 60 });
      expect(answered.status).toBe(200);
      expect(answered.body).toEqual(operation);
      expect(await stack.simulator.updates(operation.correlationId)).toHaveLength(1);
      expect(await stack.simulator.effects(operation.correlationId)).toHaveLength(1);
    }),
  );

  it(
    'I2: refuses the key for another body',
    withOutput(async () => {
      const answered = await service.post({ ...body, action: 'DELETE' }, { key });
      expect(answered).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
      expect(await stack.simulator.token('card-1', 'card-1-apple')).toMatchObject({ status: 'SUSPENDED' });
    }),
  );

  it(
    'shows the operation, and answers 404 for one that is not there',
    withOutput(async () => {
      expect(await service.operation(operation.operationId)).toEqual(operation);
      const unknown = await service.get(`/v1/issuers/${ISSUER}/operations/op-${'0'.repeat(26)}`);
      expect(unknown).toMatchObject({ status: 404, body: { code: 'operation_not_found' } });
    }),
  );
});

describe('the tokens of a card', () => {
  it(
    'are those that the hub lists now, in its states',
    withOutput(async () => {
      await stack.simulator.putCard('card-tokens', [
        { virtualCardId: 'tokens-1', status: 'SUSPENDED' },
        { virtualCardId: 'tokens-2' },
      ]);
      const answered = await service.get(`/v1/issuers/${ISSUER}/cards/card-tokens/tokens`);
      expect(answered).toMatchObject({
        status: 200,
        body: {
          items: [
            { virtualCardId: 'tokens-1', status: 'SUSPENDED', device: { name: 'Simulated device' } },
            { virtualCardId: 'tokens-2', status: 'RESUMED', device: { name: 'Simulated device' } },
          ],
        },
      });
      const unknown = await service.get(`/v1/issuers/${ISSUER}/cards/card-nowhere/tokens`);
      expect(unknown).toMatchObject({ status: 404, body: { code: 'card_not_found' } });
    }),
  );
});

describe('I2: one accepted request has one effect', () => {
  it(
    'makes one operation and one call to the hub of a hundred parallel requests with one key',
    withOutput(async () => {
      const token = await aToken(stack.simulator);
      const key = randomUUID();
      // On a busy machine one of them may be answered 503, and is then repeated like any client's.
      const post = async () => service.post({ action: 'SUSPEND', ...token }, { key });
      const requests = Array.from({ length: 100 }, async () => {
        const answered = await until(post, ({ status }) => status !== 503);
        return answered.body as OperationView;
      });
      const operationIds = new Set((await Promise.all(requests)).map(({ operationId }) => operationId));
      expect([...operationIds]).toHaveLength(1);
      const [operationId = ''] = operationIds;
      expect(await service.final(operationId)).toMatchObject({ status: 'CONFIRMED', attempts: 1 });
      expect(await stack.simulator.updates(operationId)).toHaveLength(1);
      expect(await stack.simulator.effects(operationId)).toHaveLength(1);
    }),
  );

  it(
    'finds the operation again when the process was killed while its client waited',
    withOutput(async () => {
      const doomed = await stack.service({ roles: 'api' });
      const request = { action: 'SUSPEND', ...(await aToken(stack.simulator, '-lost')) } as const;
      const key = randomUUID();
      const answer = doomed.post(request, { key, waitSeconds: 30 }).then(
        () => 'answered',
        () => 'cut off',
      );
      await until(
        async () => stack.simulator.effectsOn(request.virtualCardId),
        (effects) => effects.length === 1,
      );
      await doomed.process.kill();
      expect(await answer).toBe('cut off');

      const { operationId } = await service.start(request, { key });
      await stack.simulator.sendCallback(request.virtualCardId, operationId);
      expect(await service.final(operationId)).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      await expectOneEffect(operationId, request.virtualCardId);
    }),
  );

  it(
    'has one effect wherever in a request the process was killed, once the client has repeated it elsewhere',
    withOutput(async () => {
      const killed = async (afterMs: number): Promise<void> => {
        const doomed = await stack.service({ roles: 'api' });
        const body = { action: 'SUSPEND', ...(await aToken(stack.simulator)) } as const;
        const key = randomUUID();
        const answer = doomed.post(body, { key, waitSeconds: 30 }).catch(() => undefined);
        await sleep(afterMs);
        await doomed.process.kill();
        await answer;
        const operation = await service.start(body, { key, waitSeconds: 60 });
        expect(operation).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 1 });
        await expectOneEffect(operation.operationId, body.virtualCardId);
      };
      for (const afterMs of [0, 5, 10, 20, 40]) await killed(afterMs);
    }),
  );
});

/** One request, one effect, and nothing under another correlation id. */
async function expectOneEffect(correlationId: string, virtualCardId: string): Promise<void> {
  expect(await stack.simulator.updates(correlationId)).toHaveLength(1);
  const effects = await stack.simulator.effectsOn(virtualCardId);
  expect(effects.map((effect) => effect.correlationId)).toEqual([correlationId]);
}
