// npm run demo, played on a real service, a real Temporal server and the hub simulator.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { resolve } from 'node:path';

import { runToEnd, withOutput } from '../support/processes/processes.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';

const CHAPTERS = 7;

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
}, 120_000);
jest.setTimeout(240_000);

describe('npm run demo', () => {
  let first: ReturnType<typeof play> | undefined;
  const firstPlay = async (): ReturnType<typeof play> =>
    (first ??= play({ api: service.apiUrl, simulator: stack.simulator.url }));

  it(
    'finds everything as it should be, with what was seen of it',
    withOutput(async () => {
      const { code, output } = await firstPlay();
      expect({ code, wrong: linesWith('✗', output) }).toEqual({ code: 0, wrong: [] });
      expect(output.match(/^\d\. /gm)).toHaveLength(CHAPTERS);
      expect(output).toMatch(/OVERDUE: [^]* CONFIRMED, evidence READING: /);
    }),
  );

  it(
    'says of every token of a card what became of it, how far it was on the way, and what can still pay',
    withOutput(async () => {
      const { output } = await firstPlay();
      const told = chapterOf(output, 6);
      expect(told).toMatch(
        /1 of 5 confirmed[^]* has one token more: [^]* 2 of 5 confirmed[^]* with code 221/,
      );
      expect(reportIn(told)).toEqual({
        phone: 'CONFIRMED by CALLBACK: the hub has said so, the network says SUSPENDED',
        'tablet-slow': 'CONFIRMED by CALLBACK: the hub has said so, the network says SUSPENDED',
        'watch-lost': 'CONFIRMED by READING: the device was not reached (221), the network says SUSPENDED',
        'ring-lost': 'CONFIRMED by READING: no callback came, the network says SUSPENDED',
        browser: 'CONFIRMED by READING: it was SUSPENDED already',
        car: 'NOT_ELIGIBLE: not asked for, since it is INACTIVE',
        bracelet: 'SILENT: it was added during the operation, the network says RESUMED',
      });
      expect(told).toMatch(
        /status PARTIALLY_CONFIRMED · attention TOKEN_EXPOSED · can still pay, or may soon demo-\S+-car and demo-\S+-bracelet /,
      );
      const renewed = chapterOf(output, 7);
      expect(reportIn(renewed)).toEqual({
        'phone-duplicate': 'RENEWED, and heard again',
        'watch-failed-231': 'FAILED with code 231',
        'ring-lost': 'not heard of: nobody knows whether it was renewed',
      });
      expect(renewed).toContain('attention RENEWAL_FAILED');
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
      expect(headingsAtTheEnd(output)).toEqual([1, 2, 3, 5, 6, 7]);
      expect(output).toMatch(
        /✗ demo-\S+-phone +expected CONFIRMED by CALLBACK: the hub .* seen CONFIRMED by READING: no callback came/,
      );
    }),
  );
});

async function play(urls: { api: string; simulator: string }): ReturnType<typeof runToEnd> {
  return runToEnd({
    name: 'demo',
    command: process.execPath,
    args: [resolve('scripts/demo.mjs')],
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

function chapterOf(output: string, number: number): string {
  const [, told = ''] = output.split(new RegExp(`^${number}\\. `, 'm'));
  return told.split(/^\d\. /m, 1).join();
}

/** The lines about the tokens of a card, by their names in the chapter. */
function reportIn(told: string): Record<string, string> {
  const lines = told.matchAll(/^ {3}✓ demo-\w+-\d-(\S+) +(.+)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', sentence = '']) => [name, sentence]));
}

/** The numbers of the chapters that the last words name. */
function headingsAtTheEnd(output: string): number[] {
  const [, lastWords = ''] = output.split('not everything is as it should be');
  return [...lastWords.matchAll(/^ +(\d)\. /gm)].map(([, number]) => Number(number));
}
