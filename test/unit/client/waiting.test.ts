// Waiting for the end of an operation: the service waits, and the client asks again.
import { createLcmClient, NotFinalError, type LcmClient } from '../../../packages/client/src/index.js';
import { startScriptedServer, type Script, type ScriptedServer } from './scripted-server.js';

const RUNNING = { status: 200, body: { operationId: 'op-1', status: 'AWAITING_CALLBACK', final: false } };
const FINAL = { status: 200, body: { operationId: 'op-1', status: 'CONFIRMED', final: true } };

const servers: ScriptedServer[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function aClient(...script: readonly Script[]): Promise<{ client: LcmClient; server: ScriptedServer }> {
  const server = await startScriptedServer(...script);
  servers.push(server);
  const backOff = { firstMs: 20, longestMs: 100 };
  const client = createLcmClient({ baseUrl: server.url, issuerId: 'ISSUER1234', backOff, attempts: 2 });
  return { client, server };
}

it('asks the service to wait, and again until the operation is final', async () => {
  const { client, server } = await aClient(RUNNING, RUNNING, FINAL);
  expect(await client.waitForOperation('op-1')).toEqual(FINAL.body);
  expect(server.requests.map(({ path }) => path.split('?')[1])).toEqual(['wait=60', 'wait=60', 'wait=60']);
});

it('makes longer and longer pauses when the service does not wait', async () => {
  const { client, server } = await aClient(RUNNING);
  const error: unknown = await client
    .waitForOperation('op-1', { timeoutMs: 1_000 })
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(NotFinalError);
  expect((error as NotFinalError).operation).toEqual(RUNNING.body);
  // Pauses of 10 to 20, 20 to 40, 40 to 80 and then 50 to 100 ms.
  expect(server.requests.length).toBeGreaterThan(5);
  expect(server.requests.length).toBeLessThan(25);
});

it('waits for a service that is away, as long as it has time', async () => {
  const { client } = await aClient('hang-up', 'hang-up', 'hang-up', RUNNING, 'hang-up', FINAL);
  expect(await client.waitForOperation('op-1')).toEqual(FINAL.body);
});

it('gives up at once when there is no such operation', async () => {
  const body = { code: 'operation_not_found', detail: 'No.', recoverable: false };
  const { client, server } = await aClient({ status: 404, body });
  await expect(client.waitForOperation('op-1')).rejects.toMatchObject({ code: 'operation_not_found' });
  expect(server.requests).toHaveLength(1);
});

it('ends with its signal, also in a pause', async () => {
  const { client } = await aClient(RUNNING);
  const wait = client.waitForOperation('op-1', { signal: AbortSignal.timeout(200) });
  await expect(wait).rejects.toMatchObject({ kind: 'aborted' });
});
