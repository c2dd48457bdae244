import {
  isJsonContentType,
  parseIdempotencyKey,
  parsePreferredWait,
  parseWaitParameter,
} from '../../../src/http/request/request-headers.js';

describe('an idempotency key', () => {
  it.each([
    ['abc', 'abc'],
    ['"abc"', 'abc'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['a"b', 'a"b'],
    ['k'.repeat(255), 'k'.repeat(255)],
    [`"${'k'.repeat(255)}"`, 'k'.repeat(255)],
    ['k'.repeat(256), undefined],
    [`"${'k'.repeat(256)}"`, undefined],
    ['""', undefined],
    ['"', undefined],
    ['"abc', undefined],
    ['"a"b"', undefined],
    ['"abc";v=1', undefined],
    ['"a b"', undefined],
    ['a b', undefined],
    ['a\tb', undefined],
    ['schl\u00fcssel', undefined],
    ['', undefined],
  ])('%j is %j', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });
});

describe('a preferred wait', () => {
  it.each([
    [undefined, 0],
    ['wait=10', 10],
    ['Wait = "10"', 10],
    ['respond-async, wait=10; foo=bar', 10],
    ['wait=10, wait=20', 10],
    ['wait=61', 60],
    ['wait=0', 0],
    ['wait=-1', 0],
    ['wait=soon', 0],
    ['wait', 0],
    ['await=5', 0],
  ])('%j is %d seconds', (header, seconds) => {
    expect(parsePreferredWait(header)).toBe(seconds);
  });
});

describe('a wait parameter', () => {
  it.each([
    [undefined, 0],
    ['0', 0],
    ['60', 60],
    ['3600', 60],
    ['', undefined],
    ['-1', undefined],
    ['1e1', undefined],
    [['1', '2'], undefined],
  ])('%j is %p', (parameter, seconds) => {
    expect(parseWaitParameter(parameter)).toBe(seconds);
  });
});

describe('a content type', () => {
  it.each([
    ['application/json', true],
    ['Application/JSON; charset=UTF-8', true],
    ['application/json;charset="utf-8"', true],
    ['application/json; charset=utf-16', false],
    ['application/merge-patch+json', false],
    ['text/plain', false],
    ['', false],
    [undefined, false],
  ])('%j is JSON in UTF-8: %p', (header, isJson) => {
    expect(isJsonContentType(header)).toBe(isJson);
  });
});
