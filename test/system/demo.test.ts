// npm run demo, played on a real service, a real Temporal server and the hub simulator.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { resolve } from 'node:path';

import { runToEnd, withOutput } from '../support/processes.js';
import { startStack, type Service, type Stack } from '../support/stack.js';

const CHAPTERS = 5;
const OPERATIONS = 12;

let stack: Stack;
let service: Service;
const proxies: Server[] = [];
beforeAll(async () => {
  stack = await startStack();
  service = await stack.service();
}, 120_000);
afterAll(async () => {
  for (const proxy of proxies) proxy.close();
  await stack?.stop();
}, 60_000);
jest.setTimeout(120_000);

describe('npm run demo', () => {
  it(
    'finds everything as it should be, with what was seen of it',
    withOutput(async () => {
      const { code, output } = await play({ api: service.apiUrl, simulator: stack.simulator.url });
      expect({ code, wrong: linesWith('✗', output) }).toEqual({ code: 0, wrong: [] });
      expect(output.match(/^\d\. /gm)).toHaveLength(CHAPTERS);
      expect(output).toMatch(/OVERDUE: [^]* CONFIRMED, evidence READING: /);
    }),
  );

  it(
    'fails, with what was expected and what was seen, where the service or the hub tells something else',
    withOutput(async () => {
      const api = await aProxy(service.apiUrl, (text) =>
        text.replaceAll('"evidence":"CALLBACK"', '"evidence":"READING"'),
      );
      const simulator = await aProxy(stack.simulator.url, (text, { url }) =>
        url?.startsWith('/_simulator/effects') === true
          ? withTwin(text, { correlationId: 'somebody-else' })
          : text,
      );
      const { code, output } = await play({ api, simulator });
      expect(code).toBe(1);
      expect(output).toContain('✗ service  evidence: expected CALLBACK, seen READING');
      const [once, twice] = ['RESUMED → SUSPENDED', 'RESUMED → SUSPENDED and RESUMED → SUSPENDED'];
      expect(output).toContain(`✗ hub      effects: expected ${once}, seen ${twice}`);
      expect(output).toContain('✗ hub      of others: expected 0, seen 1');
      // The fourth has no effect and no callback: it is as it should be, also when told on the same data again.
      expect(headingsAtTheEnd(output)).toEqual([1, 2, 3, 5]);
    }),
  );
});

// Seed 7 has nobody who is never accepted and turns only a few requests away: it is over in some seconds.
describe('npm run demo -- --seed', () => {
  it(
    'finds that every outcome agrees with the hub, tells what was planned, and leaves the hub as it was',
    withOutput(async () => {
      const { code, output } = await play({ api: service.apiUrl, simulator: stack.simulator.url }, '7');
      expect({ code, wrong: linesWith('✗', output) }).toEqual({ code: 0, wrong: [] });
      expect(output.match(/^\d+\. (SUSPEND|RESUME|DELETE) seed-7-1-token-[a-f]$/gm)).toHaveLength(OPERATIONS);
      expect(linesWith('   planned  ', output)).toHaveLength(OPERATIONS);
      expect(output).toContain(`✓ Seed 7, ${OPERATIONS} operations in `);
      const seed = await fetch(`${stack.simulator.url}/_simulator/seed`);
      expect(await seed.json()).toEqual({ seed: null });
    }),
  );

  it(
    'fails with the seed where an effect happened twice or the service tells something else',
    withOutput(async () => {
      const api = await aProxy(service.apiUrl, (text) =>
        text.replaceAll('"status":"CONFIRMED"', '"status":"REJECTED"'),
      );
      const simulator = await aProxy(stack.simulator.url, (text, { url }) =>
        url?.startsWith('/_simulator/effects') === true ? withTwin(text, {}) : text,
      );
      const { code, output } = await play({ api, simulator }, '7');
      expect(code).toBe(1);
      expect(output).toContain('✗ the hub has changed the token 2 times');
      expect(output).toContain('✗ REJECTED, but the hub has changed the token');
      expect(output).toContain(`✗ Seed 7, ${OPERATIONS} operations in `);
      expect(output).toContain('npm run demo -- --seed 7');
    }),
  );
});

async function play(urls: { api: string; simulator: string }, seed?: string): ReturnType<typeof runToEnd> {
  return runToEnd({
    name: 'demo',
    command: process.execPath,
    args: [resolve('scripts/demo.mjs'), ...(seed === undefined ? [] : ['--seed', seed])],
    environment: {
      LCM_API_PORT: new URL(urls.api).port,
      LCM_SIMULATOR_PORT: new URL(urls.simulator).port,
    },
  });
}

/** Passes everything on, and what comes back through `spoil`. */
async function aProxy(
  target: string,
  spoil: (text: string, request: IncomingMessage) => string,
): Promise<string> {
  const proxy = createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url = '/', headers } = request;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await fetch(`${target}${url}`, {
        method,
        headers: {
          'content-type': headers['content-type'] ?? '',
          'idempotency-key': String(headers['idempotency-key'] ?? ''),
        },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      const text = spoil(await answer.text(), request);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    })().catch(() => response.destroy());
  });
  proxies.push(proxy);
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

/** The last effect once more, with a difference. */
function withTwin(text: string, difference: { correlationId?: string }): string {
  const { items } = JSON.parse(text) as { items: object[] };
  const twins = items.slice(-1).map((effect) => ({ ...effect, ...difference }));
  return JSON.stringify({ items: [...items, ...twins] });
}

function linesWith(mark: string, output: string): string[] {
  return output.split('\n').filter((line) => line.includes(mark));
}

/** The numbers of the chapters that the last words name. */
function headingsAtTheEnd(output: string): number[] {
  const [, lastWords = ''] = output.split('not everything is as it should be');
  return [...lastWords.matchAll(/^ +(\d)\. /gm)].map(([, number]) => Number(number));
}
