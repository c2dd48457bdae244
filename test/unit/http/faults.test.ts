import type { RequestListener } from 'node:http';
import { connect } from 'node:net';

import { DEFAULT_TIMEOUTS, listenApi, type RunningServer } from '../../../src/http/server/servers.js';
import { apiDocument } from '../../support/document.js';
import { ISSUER_ID, OPERATION_ID } from './fake-gateway.js';
import { sendRaw, untilClosed } from './raw.js';
import { aConfig, closeServers, eventually, startApi, startCallbacks } from './support.js';

afterEach(closeServers);

const HOST = 'Host: x\r\nConnection: close\r\n';
const OPERATION = `/v1/issuers/${ISSUER_ID}/operations/${OPERATION_ID}`;
const CALLBACK = '/issuer/igwapi/v2.0/notifyVirtualCardChange';
const SECRET = 'very-private-words';
const LONG = 'x'.repeat(20_000);

/** Requests that no route ever sees. */
const FAULTS = [
  ['what is no HTTP', `${SECRET}\r\n\r\n`, 400, 'malformed_request'],
  ['a method that does not exist', `NONSENSE /${SECRET} HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_request'],
  ['a header that is none', `GET /livez HTTP/1.1\r\n${HOST}${SECRET}\r\n\r\n`, 400, 'malformed_request'],
  ['no Host', `GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n`, 400, 'malformed_request'],
  ['two Hosts', `GET /livez HTTP/1.1\r\nHost: ${SECRET}\r\n${HOST}\r\n`, 400, 'malformed_request'],
  ['a request to a proxy', `CONNECT ${SECRET}:443 HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_request'],
  [
    'both a length and chunks',
    `POST ${OPERATION}/cancel HTTP/1.1\r\n${HOST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    400,
    'malformed_request',
  ],
  ['a very long address', `GET /${LONG} HTTP/1.1\r\n${HOST}\r\n`, 431, 'headers_too_large'],
  ['a very long header', `GET /livez HTTP/1.1\r\n${HOST}X: ${LONG}\r\n\r\n`, 431, 'headers_too_large'],
] as const;

describe('the API answers with a problem', () => {
  it.each(FAULTS)('to %s, and ends the connection', async (_what, sent, status, code) => {
    const { server } = await startApi();
    const answer = await sendRaw(server.port, sent);
    expect(answer).toMatchObject({
      status,
      headers: {
        'content-type': 'application/problem+json; charset=utf-8',
        'cache-control': 'no-store',
        connection: 'close',
      },
      body: { type: `/docs/errors#${code}`, status, code, recoverable: false },
    });
    expect(JSON.stringify(answer)).not.toMatch(/very-private|xxx|HPE_|parse/i);
    const documented = {
      status: answer.status,
      contentType: answer.headers['content-type'] ?? '',
      body: answer.body,
    };
    expect(apiDocument.faultsOfAnswer({ method: 'GET', path: '/livez' }, documented)).toEqual([]);
  });

  it('to a body whose chunks are none, without a word about it in the log of errors', async () => {
    const { server, log } = await startApi();
    const answer = await sendRaw(
      server.port,
      `POST ${OPERATION}/cancel HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n` +
        `Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`,
    );
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed_request' } });
    await eventually(() => log.lines().length === 1);
    expect(log.lines()[0]).toMatchObject({ msg: 'request', clientGone: true });
  });

  it.each(['TRACE', 'PROPFIND', 'OPTIONS', 'PATCH'])('to %s of a path that is there', async (method) => {
    const { server } = await startApi();
    const answer = await sendRaw(server.port, `${method} ${OPERATION} HTTP/1.1\r\n${HOST}\r\n`);
    expect(answer).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
      body: { code: 'method_not_allowed' },
    });
  });

  it('to OPTIONS * and to a path that cannot be decoded', async () => {
    const { server } = await startApi();
    for (const target of ['OPTIONS *', 'GET /v1/issuers/%ff/operations', 'GET //livez/..%2f']) {
      const answer = await sendRaw(server.port, `${target} HTTP/1.1\r\n${HOST}\r\n`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'path_not_found' } });
    }
  });
});

describe('the API takes', () => {
  it.each([
    ['an absolute target', `GET http://api.example/livez HTTP/1.1\r\n${HOST}\r\n`],
    ['HTTP/1.0 without a Host', 'GET /livez HTTP/1.0\r\n\r\n'],
    ['an expectation that it does not know', `GET /livez HTTP/1.1\r\n${HOST}Expect: more\r\n\r\n`],
    [
      'an offer to speak another protocol',
      `GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    ],
  ])('%s', async (_what, sent) => {
    const { server } = await startApi();
    expect(await sendRaw(server.port, sent)).toMatchObject({ status: 200, body: { alive: true } });
  });

  it('a body that is only sent after 100 Continue', async () => {
    const { server } = await startApi();
    const answer = await untilClosed(
      server.port,
      `POST ${OPERATION}/cancel HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n` +
        `Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });
});

describe('the callback port', () => {
  it.each(FAULTS)('I7: has the hub send again after %s', async (_what, sent) => {
    const { server } = await startCallbacks();
    const answer = await sendRaw(server.port, sent.replace('/livez', CALLBACK));
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', 'content-type': 'application/json; charset=utf-8', connection: 'close' },
      body: { responseCode: 921, errorMessage: 'the request did not arrive whole: send it again' },
    });
    expect(JSON.stringify(answer)).not.toMatch(/very-private|xxx|HPE_|parse/i);
  });
});

describe('an answer that has begun', () => {
  const started: RunningServer[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.close(0)));
  });

  async function start(app: RequestListener): Promise<RunningServer> {
    const timeouts = { ...DEFAULT_TIMEOUTS, headersMs: 100, requestMs: 200, checkEveryMs: 20 };
    const server = await listenApi({ app, config: aConfig(), timeouts });
    started.push(server);
    return server;
  }

  it('is broken off, and no second one is written into it', async () => {
    const { port } = await start((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('begun');
    });
    const answer = await untilClosed(port, `POST / HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\n{`);
    expect(answer).toMatch(/\r\n\r\nbegun$/);
  });

  it('and ended does not keep the next request on the connection from its own', async () => {
    const { port } = await start((_request, response) => response.end('done'));
    const answer = await untilClosed(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK[^]*doneHTTP\/1\.1 400 /);
  });

  it('is followed by the end of the connection although the client keeps sending', async () => {
    const { port } = await start(() => undefined);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.write('nonsense\r\n\r\n');
    const sending = setInterval(() => socket.write('more nonsense\r\n'), 20);
    await new Promise<void>((resolve) => socket.on('close', () => resolve()));
    clearInterval(sending);
    expect(socket.destroyed).toBe(true);
  });
});
