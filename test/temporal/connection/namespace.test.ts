import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { createBoundedCalls } from '../../../src/temporal/connection/bounded-calls.js';
import { createTemporalGateway } from '../../../src/temporal/temporal-gateway.js';
import {
  inspectNamespace,
  prepareNamespace,
  untilNamespaceIsFit,
} from '../../../src/temporal/connection/namespace.js';
import { aChange } from '../../support/builders.js';
import { aGateway, someSettings } from '../../support/temporal/gateway.js';
import { eventually, temporalBinary } from '../../support/temporal/temporal.js';
import {
  PERMISSION_DENIED,
  startTemporalFront,
  type TemporalFront,
} from '../../support/temporal/temporal-front.js';

let env: TestWorkflowEnvironment;
jest.setTimeout(240_000);
beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalBinary() },
      searchAttributes: [defineSearchAttributeKey('LcmErrorCode', 'KEYWORD')],
      log: { level: 'error', format: 'pretty' },
    },
  });
}, 120_000);
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

describe('a namespace that keeps closed workflows', () => {
  /** What is found, and said at the start, when the prepared namespace keeps them for so many days. */
  async function keptFor(days: number): Promise<{ refused: string | undefined; warned: string[] }> {
    const namespace = `kept-${days}`;
    await prepareNamespace(env.connection, namespace);
    await env.connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: { seconds: (days * 24 * 3600) as never, nanos: 0 } },
    });
    const warned: string[] = [];
    const told = await untilNamespaceIsFit(env.connection, namespace, {
      signal: new AbortController().signal,
      warn: (warning) => warned.push(warning),
    }).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    return { refused: told, warned };
  }

  it('for 30 days serves without a word', async () => {
    expect(await keptFor(30)).toEqual({ refused: undefined, warned: [] });
  });

  it.each([7, 29])('for %i days serves, with a warning of what is forgotten', async (days) => {
    const { refused, warned } = await keptFor(days);
    expect(refused).toBeUndefined();
    expect(warned).toEqual([
      expect.stringMatching(
        `for ${days} days: an idempotency key and a late callback are known only that long`,
      ),
    ]);
  });

  it('for 6 days is refused', async () => {
    expect((await keptFor(6)).refused).toMatch(/for 6 days, at least 7 are needed: run "npm run setup"/);
  });
});

describe('a call that Temporal refuses', () => {
  it.each([
    ['of a namespace without our search attributes', 'default'],
    ['of a namespace that is not there', 'nowhere'],
  ])('is told from one without an answer, and is a reason to look: %s', async (_what, namespace) => {
    let refusals = 0;
    const client = new Client({ connection: env.connection, namespace });
    const gateway = createTemporalGateway(client, someSettings(), {
      calls: createBoundedCalls(env.connection),
      onRefusal: () => (refusals += 1),
    });
    await expect(gateway.deliver('ISSUER1234', aChange())).rejects.toMatchObject({
      name: 'GatewayUnavailableError',
      refused: true,
    });
    expect(refusals).toBe(1);
  });
});

it('is reachable for a client that may not see the namespace described, and not when it is gone', async () => {
  const front = await startTemporalFront(env.address);
  front.decide(({ method }) => (method === 'DescribeNamespace' ? PERMISSION_DENIED : 'pass'));
  const connection = Connection.lazy({ address: front.address });
  try {
    const reach = async (namespace: string) => aGateway(new Client({ connection, namespace })).isReachable();
    expect(await eventually(async () => reach('default'), Boolean)).toBe(true);
    expect(await reach('nowhere')).toBe(false);
  } finally {
    await connection.close();
    await front.close();
  }
});

describe('behind an authoriser that refuses', () => {
  let front: TemporalFront;
  let connection: Connection;
  beforeAll(async () => {
    front = await startTemporalFront(env.address);
    connection = Connection.lazy({ address: front.address });
    await prepareNamespace(env.connection, 'guarded');
    await eventually(
      async () => inspectNamespace(env.connection, 'guarded'),
      ({ problems }) => problems.length === 0,
    );
  });
  afterAll(async () => {
    await connection?.close();
    await front?.close();
  });

  const refusing = (...methods: string[]) =>
    front.decide(({ method }) => (methods.includes(method) ? PERMISSION_DENIED : 'pass'));

  it('the operator service, finds a fit namespace fit by asking another way, and says so', async () => {
    refusing('ListSearchAttributes');
    const findings = await inspectNamespace(connection, 'guarded');
    expect(findings.problems).toEqual([]);
    expect(findings.warnings).toEqual([
      expect.stringMatching(/does not list the search attributes of "guarded"/),
    ]);
  });

  it('the operator service, names what is missing all the same', async () => {
    refusing('ListSearchAttributes');
    const { problems } = await inspectNamespace(connection, 'default');
    expect(problems).toEqual([
      expect.stringMatching(/lacks the search attributes LcmIssuer, .*LcmRequestedAt: run "npm run setup"/),
      expect.stringMatching(/for 1 days, at least 7 .*npm run setup/),
    ]);
  });

  it('the description of the namespace, serves with a warning that the retention is not known', async () => {
    refusing('DescribeNamespace');
    expect(await inspectNamespace(connection, 'guarded')).toEqual({
      problems: [],
      warnings: [
        expect.stringMatching(/does not say how long "guarded" keeps closed workflows: see to at least 7/),
      ],
    });
  });

  it('both, does not wait for ever', async () => {
    refusing('ListSearchAttributes', 'DescribeNamespace');
    const warned: string[] = [];
    await untilNamespaceIsFit(connection, 'guarded', {
      signal: AbortSignal.timeout(10_000),
      warn: (warning) => warned.push(warning),
    });
    expect(warned).toHaveLength(2);
  });

  it('both, still finds out that there is no such namespace', async () => {
    refusing('ListSearchAttributes', 'DescribeNamespace');
    const fit = untilNamespaceIsFit(connection, 'nowhere', {
      signal: AbortSignal.timeout(10_000),
      warn: () => undefined,
    });
    await expect(fit).rejects.toThrow('there is no namespace "nowhere": run "npm run setup"');
  });
});
