import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createApiDocument } from '../../../../src/http/openapi/api-document.js';
import { createCallbackDocument } from '../../../../src/http/openapi/callback-document.js';
import { API_VERSION, toText, type OpenApiDocument } from '../../../../src/http/openapi/create.js';
import {
  apiDocument,
  callbackDocument,
  fetchAsDocumented,
  type Operation,
  type Parameter,
} from '../../../support/document.js';
import { closeServers, startApi, startCallbacks } from '../support.js';

afterEach(closeServers);

const DOCUMENTS = [
  ['the API', apiDocument, createApiDocument, 'openapi.json'],
  ['the callbacks', callbackDocument, createCallbackDocument, 'openapi-callbacks.json'],
] as const;

describe.each(DOCUMENTS)('the document of %s', (_what, document, create, file) => {
  it('is the one in docs/: npm run openapi writes it', () => {
    expect(readFileSync(`docs/${file}`, 'utf8')).toBe(toText(create()));
  });

  it('is the one that is served', async () => {
    const { url } = await startApi();
    const response = await fetch(`${url}/${file}`);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.text()).toBe(toText(create()));
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect([API_VERSION, create().info.version]).toEqual([version, version]);
  });

  it('is OpenAPI 3.1 by which the recommended rules of Redocly find no fault', () => {
    expect(lint(create())).toEqual([]);
  });

  it('has examples of every body and every answer, and each of them is what its schema says', () => {
    const examined = document.operations.flatMap(({ method, path, operation }) => {
      const base = ['paths', path, method.toLowerCase()];
      const requests = Object.entries(operation.requestBody?.content ?? {}).map(([type, media]) => ({
        pointer: [...base, 'requestBody', 'content', type, 'schema'],
        media,
      }));
      const answers = Object.entries(operation.responses).flatMap(([status, { content }]) =>
        Object.entries(content ?? {}).map(([type, media]) => ({
          pointer: [...base, 'responses', status, 'content', type, 'schema'],
          media,
        })),
      );
      expect(answers.length).toBe(Object.keys(operation.responses).length);
      return [...requests, ...answers];
    });
    for (const { pointer, media } of examined) {
      const values = Object.values(media.examples ?? {});
      expect([pointer, values.length]).not.toEqual([pointer, 0]);
      for (const { value } of values)
        expect([pointer, document.faultsOf(pointer, value)]).toEqual([pointer, []]);
    }
    expect(examined.length).toBeGreaterThan(document.operations.length);
  });

  it('names an example of every parameter that is needed', () => {
    for (const { operation } of document.operations) {
      for (const parameter of operation.parameters ?? []) {
        const isMissing = parameter.required === true && parameter.example === undefined;
        expect([operation.operationId, parameter.name, isMissing]).not.toContain(true);
      }
    }
  });
});

describe('every example of a request', () => {
  it.each(exampleRequests(apiDocument.operations))(
    'of the API is carried out: %s',
    async (_name, request) => {
      const { url } = await startApi();
      const response = await fetchAsDocumented(url + request.target, request.init);
      expect([200, 202]).toContain(response.status);
    },
  );

  it.each(exampleRequests(callbackDocument.operations))(
    'of the hub is stored: %s',
    async (_name, request) => {
      const { url, gateway } = await startCallbacks();
      const target = url.replace('/notifyVirtualCardChange', request.target);
      expect((await fetchAsDocumented(target, request.init)).status).toBe(200);
      expect(gateway.calls.delivered).toHaveLength(1);
    },
  );
});

describe('a test that would not notice', () => {
  it('is none: an answer with an undocumented field, status, type or path is found', () => {
    const request = { method: 'GET', path: '/livez' };
    const answer = { status: 200, contentType: 'application/json; charset=utf-8', body: { alive: true } };
    const faultsOf = (change: object, of = request) =>
      apiDocument.faultsOfAnswer(of, { ...answer, ...change });
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ body: { alive: true, more: 1 } })).toEqual([
      expect.stringContaining('getLiveness: 200:  must NOT have additional properties'),
    ]);
    expect(faultsOf({ body: {} })).toHaveLength(1);
    expect(faultsOf({ status: 201 })).toEqual(['getLiveness: 201 is not documented']);
    expect(faultsOf({ contentType: 'text/plain' })).toEqual([
      'getLiveness: 200 as text/plain is not documented',
    ]);
    expect(faultsOf({}, { method: 'POST', path: '/livez' })).toEqual(['200 of an undocumented operation']);
    expect(faultsOf({ status: 405 }, { method: 'POST', path: '/livez' })).toEqual([]);
  });

  it('is none: a problem with a code that its operation cannot have is found', () => {
    const problem = {
      type: '/docs/errors#operation_not_found',
      title: 'No such operation',
      status: 404,
      code: 'operation_not_found',
      recoverable: false,
      detail: 'This issuer has no such operation.',
    };
    const answer = { status: 404, contentType: 'application/problem+json', body: problem };
    const ofOperation = { method: 'GET', path: '/v1/issuers/ISSUER1234/operations/op-1' };
    const ofCard = { method: 'GET', path: '/v1/issuers/ISSUER1234/cards/card-1/renewals' };
    expect(apiDocument.faultsOfAnswer(ofOperation, answer)).toEqual([]);
    expect(apiDocument.faultsOfAnswer(ofCard, answer)).toHaveLength(1);
  });

  it('is none: the lint finds an operation without an id, and one without a summary', () => {
    const document = createApiDocument();
    delete document.paths?.['/livez']?.get?.operationId;
    delete document.paths?.['/readyz']?.get?.summary;
    expect(lint(document)).toEqual([
      expect.stringContaining('operation-operationId'),
      expect.stringContaining('operation-summary'),
    ]);
  });
});

/** Requests made of the examples of a document, each body once. */
function exampleRequests(
  operations: readonly { readonly method: string; readonly path: string; readonly operation: Operation }[],
): [string, { target: string; init: RequestInit }][] {
  return operations.flatMap(({ method, path, operation }) => {
    const parameters = operation.parameters ?? [];
    const valuesIn = (place: Parameter['in']) =>
      parameters
        .filter((parameter) => parameter.in === place && parameter.example !== undefined)
        .map((parameter): [string, string] => [parameter.name, String(parameter.example)]);
    const filled = valuesIn('path').reduce(
      (target, [name, value]) => target.replace(`{${name}}`, encodeURIComponent(value)),
      path,
    );
    const query = new URLSearchParams(valuesIn('query')).toString();
    const target = query === '' ? filled : `${filled}?${query}`;
    const headers = Object.fromEntries(valuesIn('header'));
    const bodies = Object.entries(operation.requestBody?.content['application/json']?.examples ?? {});
    const withBodies = bodies.map(([name, { value }]): [string, { target: string; init: RequestInit }] => [
      `${operation.operationId} with the body ${name}`,
      {
        target,
        init: {
          method,
          headers: { ...headers, 'Content-Type': 'application/json' },
          body: JSON.stringify(value),
        },
      },
    ]);
    if (operation.requestBody?.required === true) return withBodies;
    return [[operation.operationId, { target, init: { method, headers } }], ...withBodies];
  });
}

/** What the recommended rules of Redocly object to, one line each. */
function lint(document: OpenApiDocument): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'token-lcm-lint-'));
  try {
    const file = join(folder, 'openapi.json');
    writeFileSync(file, toText(document));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['test/unit/http/documents/lint-openapi.mjs', file],
      {
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(stderr);
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
