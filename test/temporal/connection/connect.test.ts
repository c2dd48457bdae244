// Which way a connection takes. Needs no Temporal server: what matters is whom the first byte goes to.
import { createServer, type Server, type Socket } from 'node:net';

import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import {
  connectWorker,
  createLazyClient,
  toConnectionOptions,
} from '../../../src/temporal/connection/connect.js';
import { listen } from '../../process/launcher/support.js';

jest.setTimeout(60_000);

const proxyVariables = ['grpc_proxy', 'https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [
  name,
  name.toUpperCase(),
]);
const noProxyVariables = ['no_proxy', 'NO_PROXY', 'no_grpc_proxy'];
const before = { ...process.env };

let proxy: Server;
let askedOfProxy: number;
let open: Set<Socket>;
beforeEach(async () => {
  askedOfProxy = 0;
  open = new Set();
  proxy = createServer((socket) => {
    askedOfProxy += 1;
    open.add(socket.on('error', () => {}));
  });
  const url = `http://user:secret@127.0.0.1:${await listen(proxy)}`;
  for (const name of proxyVariables) process.env[name] = url;
  for (const name of noProxyVariables) delete process.env[name];
});
afterEach(async () => {
  for (const name of proxyVariables) restore(name);
  for (const name of noProxyVariables) restore(name);
  for (const socket of open) socket.destroy();
  await new Promise((done) => proxy.close(done));
});

describe.each([
  ['on this machine', '127.0.0.1:1'],
  ['elsewhere', 'temporal.invalid:7233'],
])('Temporal %s is reached without the proxy of the environment', (_where, address) => {
  const temporal = { namespace: 'default', options: { address } };

  it('by the API and the callbacks', async () => {
    const { connection } = createLazyClient(temporal);
    await expect(
      connection.withDeadline(Date.now() + 2_000, describeNamespace(connection)),
    ).rejects.toThrow();
    await connection.close();
    expect(askedOfProxy).toBe(0);
  });

  it('by the set-up of a namespace', async () => {
    const options = { ...toConnectionOptions(temporal), connectTimeout: 2_000 };
    await expect(Connection.connect(options)).rejects.toThrow();
    expect(askedOfProxy).toBe(0);
  });

  it('by the worker', async () => {
    await expect(connectWorker(temporal)).rejects.toThrow();
    expect(askedOfProxy).toBe(0);
  });
});

it('the proxy of this test is one that the worker would ask, if it were told to', async () => {
  const proxyAddress = new URL(process.env['http_proxy'] ?? '').host;
  const connecting = NativeConnection.connect({
    address: 'temporal.invalid:7233',
    proxy: { type: 'http-connect', targetHost: proxyAddress },
  });
  const until = Date.now() + 20_000;
  while (askedOfProxy === 0 && Date.now() < until) await new Promise((done) => setTimeout(done, 20));
  for (const socket of open) socket.destroy();
  proxy.close();
  await expect(connecting).rejects.toThrow();
  expect(askedOfProxy).toBeGreaterThan(0);
});

function describeNamespace(connection: Connection) {
  return async () => connection.workflowService.describeNamespace({ namespace: 'default' });
}

function restore(name: string): void {
  if (before[name] === undefined) delete process.env[name];
  else process.env[name] = before[name];
}
