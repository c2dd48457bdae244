import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inspectNamespace, prepareNamespace, untilNamespaceIsFit } from '../../src/temporal/namespace.js';
import { eventually, temporalBinary } from '../support/temporal.js';

let env: TestWorkflowEnvironment;
jest.setTimeout(60_000);
beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalBinary() },
      searchAttributes: [defineSearchAttributeKey('LcmErrorCode', 'KEYWORD')],
      log: { level: 'error', format: 'pretty' },
    },
  });
}, 60_000);
afterAll(async () => env?.teardown());

it('refuses a namespace that lacks search attributes, has one of another type, or forgets too soon', async () => {
  const { problems } = await inspectNamespace(env.connection, 'default');
  expect(problems).toEqual([
    expect.stringMatching(/lacks the search attributes LcmIssuer, .*npm run setup/),
    expect.stringMatching(/LcmErrorCode .* must be of type INT/),
    expect.stringMatching(/for 1 days, at least 7 .*npm run setup/),
  ]);
});

it('names what to run when there is no such namespace', async () => {
  const signal = new AbortController().signal;
  const fit = untilNamespaceIsFit(env.connection, 'nowhere', { signal, warn: () => undefined });
  await expect(fit).rejects.toThrow('there is no namespace "nowhere": run "npm run setup"');
});

it('makes a namespace that is fit, and may be run again', async () => {
  await prepareNamespace(env.connection, 'prepared');
  await prepareNamespace(env.connection, 'prepared');
  const findings = await eventually(
    async () => inspectNamespace(env.connection, 'prepared'),
    ({ problems }) => problems.length === 0,
  );
  expect(findings).toEqual({ problems: [], warnings: [] });
});
