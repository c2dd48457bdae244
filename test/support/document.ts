import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { createApiDocument } from '../../src/http/openapi/api-document.js';
import { createCallbackDocument } from '../../src/http/openapi/callback-document.js';

/** What a test needs of an OpenAPI document; the rest is passed over. */
export interface Media {
  readonly schema: AnySchema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface DocumentedAnswer {
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
}

interface Documented {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Parsed when it is JSON, otherwise the text. */
  readonly body: unknown;
}

/** A document, and what in it can be compared with what a server does. */
export interface CheckedDocument {
  readonly operations: readonly {
    readonly method: string;
    readonly path: string;
    readonly operation: Operation;
  }[];
  /** What is wrong with a value by a schema of the document, in its own place there; empty when nothing is. */
  faultsOf(pointer: readonly string[], value: unknown): string[];
  /** What is wrong with an answer by the document; empty when nothing is. */
  faultsOfAnswer(request: { method: string; path: string }, answer: Answer): string[];
}

function readDocument(source: object): CheckedDocument {
  const document = source as unknown as Documented;
  // The document itself is linted elsewhere; here only its schemas count.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(source, 'document');
  const validators = new Map<string, ValidateFunction>();

  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

  function faultsOf(pointer: readonly string[], value: unknown): string[] {
    const ref = `document#/${pointer.map(toPointerPart).join('/')}`;
    const validate = validators.get(ref) ?? ajv.compile({ $ref: ref });
    validators.set(ref, validate);
    return validate(value)
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        );
  }

  function faultsOfAnswer(request: { method: string; path: string }, answer: Answer): string[] {
    const { status, body } = answer;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const entry = operations.find((one) => one.method === method && toPattern(one.path).test(request.path));
    // What is not documented is not there.
    if (entry === undefined)
      return [404, 405].includes(status) ? [] : [`${status} of an undocumented operation`];
    const name = `${entry.operation.operationId}: ${status}`;
    const content = entry.operation.responses[status]?.content;
    if (content === undefined) return [`${name} is not documented`];
    const type = answer.contentType.split(';')[0] ?? '';
    if (content[type] === undefined) return [`${name} as ${type} is not documented`];
    if (request.method === 'HEAD') return [];
    const pointer = ['paths', entry.path, method.toLowerCase(), 'responses', String(status), 'content', type];
    return faultsOf([...pointer, 'schema'], body).map((fault) => `${name}: ${fault}`);
  }

  return { operations, faultsOf, faultsOfAnswer };
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function toPointerPart(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

export const apiDocument = readDocument(createApiDocument());
export const callbackDocument = readDocument(createCallbackDocument());

const CALLBACK_BASE_PATH = '/issuer/igwapi/v2.0';

/** Fails when an answer of the service is not what the document says: another status, another content type, another body. */
export function expectAsDocumented(request: { method: string; url: string }, answer: Answer): void {
  const { pathname } = new URL(request.url);
  const isCallback = pathname.startsWith(CALLBACK_BASE_PATH);
  const document = isCallback ? callbackDocument : apiDocument;
  const path = isCallback ? pathname.slice(CALLBACK_BASE_PATH.length) : pathname;
  const faults = document.faultsOfAnswer({ method: request.method, path }, answer);
  if (faults.length > 0) throw new Error(`not as documented:\n${faults.join('\n')}`);
}

/**
 * As the global `fetch`, and fails when the answer is not what the document says. A test file that imports it in place of the
 * global one checks all that it asks for.
 */
export async function fetchAsDocumented(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  const contentType = response.headers.get('content-type') ?? '';
  const text = await response.clone().text();
  const isJson = /json\b/.test(contentType) && text !== '';
  expectAsDocumented(
    { method: init.method ?? 'GET', url: String(url) },
    { status: response.status, contentType, body: isJson ? JSON.parse(text) : text },
  );
  return response;
}
