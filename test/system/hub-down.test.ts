// A hub that is down for longer than a deadline: connections are refused, so nothing can have left, and everybody knows it.
import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';

import { freePort, until, withOutput } from '../support/processes/processes.js';
import { aToken } from '../support/processes/simulator-client.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';

let stack: Stack;
let service: Service;
let hubPort: number;
let line: Server | undefined;
beforeAll(async () => {
  stack = await startStack();
  hubPort = await freePort();
  service = await stack.service({ hubUrl: `http://127.0.0.1:${hubPort}` });
}, 120_000);
afterAll(async () => {
  line?.close();
  await stack?.stop();
}, 120_000);
jest.setTimeout(240_000);

/** Lets the hub be reached at its address. */
async function bringUp(): Promise<void> {
  const simulatorPort = Number(new URL(stack.simulator.url).port);
  line = createServer((socket) => {
    const onward = connect(simulatorPort, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
  await new Promise<void>((listening) => line?.listen(hubPort, '127.0.0.1', listening));
}

it(
  'I3: what could never be sent ends FAILED and NEVER_SENT at the hard deadline; what still can be is sent once the hub is back',
  withOutput(async () => {
    const hopeless = await aToken(stack.simulator);
    const patient = await aToken(stack.simulator);
    const deadlines = { softDeadlineSeconds: 2, hardDeadlineSeconds: 5 };
    const short = await service.start({ action: 'SUSPEND', ...hopeless, ...deadlines });
    const long = await service.start({
      action: 'SUSPEND',
      ...patient,
      ...deadlines,
      hardDeadlineSeconds: 90,
    });

    // Longer than the soft deadline: overdue, straight from REQUESTED, and the sending goes on.
    await until(
      async () => service.operation(long.operationId),
      ({ status, attention }) => status === 'OVERDUE' && attention === 'OVERDUE',
    );
    // Longer than the hard one.
    expect(await service.final(short.operationId)).toMatchObject({
      status: 'FAILED',
      evidence: 'NONE',
      attention: 'NEVER_SENT',
      attempts: 0,
    });
    expect(await service.operation(long.operationId)).toMatchObject({ final: false, status: 'OVERDUE' });

    await bringUp();
    const confirmed = await service.final(long.operationId);
    expect(confirmed).toMatchObject({ status: 'CONFIRMED', attempts: 1 });
    // What is settled is no longer overdue.
    expect(confirmed.attention).toBeUndefined();
    expect(await stack.simulator.effects(long.operationId)).toHaveLength(1);
    expect(await stack.simulator.updates(short.operationId)).toEqual([]);
  }),
);

it(
  'a card whose tokens could not be listed before the request is settled when they have called back, not at the soft deadline',
  withOutput(async () => {
    if (line === undefined) await bringUp();
    const issuerCardRefId = `card-${randomUUID().slice(0, 8)}`;
    const tokens = ['-a', '-duplicate', '-slow'].map((name) => `${issuerCardRefId}${name}`);
    await stack.simulator.putCard(
      issuerCardRefId,
      tokens.map((virtualCardId) => ({ virtualCardId })),
    );
    await stack.simulator.goDown();
    const deadlines = { softDeadlineSeconds: 120, hardDeadlineSeconds: 240 };
    const { operationId } = await service.start({ action: 'SUSPEND', issuerCardRefId, ...deadlines });
    // The list is waited for before the first attempt; when there is one, it has been given up.
    await until(
      async () => stack.simulator.updates(operationId),
      (updates) => updates.length > 0,
    );
    expect(await service.operation(operationId)).toMatchObject({ status: 'REQUESTED', outcomes: [] });
    await stack.simulator.comeBack();

    const operation = await service.final(operationId);
    expect(operation).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', exposed: [] });
    expect(operation.attention).toBeUndefined();
    expect(Date.parse(operation.settledAt ?? '')).toBeLessThan(Date.parse(operation.softDeadlineAt));
    for (const virtualCardId of tokens) {
      expect(operation.outcomes).toContainEqual(
        expect.objectContaining({ virtualCardId, result: 'CONFIRMED', expected: true, evidence: 'CALLBACK' }),
      );
      expect(await stack.simulator.effectsOn(virtualCardId)).toHaveLength(1);
    }
    // Exact, although its child has made them.
    const updates = await stack.simulator.updates(operationId);
    expect(operation.attempts).toBe(updates.length);
    expect(updates.filter(({ status }) => status === 200)).toHaveLength(1);
  }),
);
