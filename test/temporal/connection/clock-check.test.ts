import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createBoundedCalls } from '../../../src/temporal/connection/bounded-calls.js';
import {
  checkClock,
  clockOffset,
  createClockSample,
  type ClockSample,
} from '../../../src/temporal/connection/clock-check.js';
import { eventually, startTemporal } from '../../support/temporal/temporal.js';

describe('our clock and that of Temporal', () => {
  it.each([
    ['agree when its instant can lie between ours', { sentAt: 1_000, theirs: 1_500, receivedAt: 2_000 }, 0],
    ['agree as far as a slow answer lets us know', { sentAt: 1_000, theirs: 9_000, receivedAt: 10_000 }, 0],
    ['differ by what ours is ahead at least', { sentAt: 46_000, theirs: 1_000, receivedAt: 46_100 }, 45_000],
    ['differ by what ours is behind at least', { sentAt: 1_000, theirs: 4_100, receivedAt: 1_100 }, -3_000],
  ])('%s', (_what, sample, offset) => {
    expect(clockOffset(sample)).toBe(offset);
  });
});

describe('the check', () => {
  const offBy = (ms: number): ClockSample => ({ sentAt: ms, theirs: 0, receivedAt: ms });

  /** What is said of these comparisons, the last of which repeats. */
  async function saidOf(samples: readonly (ClockSample | Error)[]) {
    const said: unknown[] = [];
    let asked = 0;
    const check = checkClock({
      sample: async () => {
        const sample = samples[Math.min(asked++, samples.length - 1)];
        if (sample === undefined) throw new Error('no sample');
        if (sample instanceof Error) throw sample;
        return sample;
      },
      onChange: (offsetMs) => said.push(offsetMs),
      onUnknown: () => said.push('unknown'),
      everyMs: 1,
    });
    await eventually(
      async () => asked,
      (count) => count > samples.length + 2,
    );
    check.stop();
    return { said, offsetMs: check.offsetMs() };
  }

  it.each([
    [1_000, []],
    [1_001, [1_001]],
    [-1_001, [-1_001]],
  ])('says once that they differ by more than a second: %i ms', async (ms, expected) => {
    expect(await saidOf([offBy(ms)])).toEqual({ said: expected, offsetMs: ms });
  });

  it('says when they agree again', async () => {
    expect(await saidOf([offBy(5_000), offBy(5_000), offBy(10)])).toEqual({
      said: [5_000, 10],
      offsetMs: 10,
    });
  });

  it('says once that it cannot be known, and then claims nothing', async () => {
    const denied = new Error('denied');
    expect(await saidOf([offBy(5_000), denied, denied])).toEqual({
      said: [5_000, 'unknown'],
      offsetMs: undefined,
    });
  });
});

describe('of a real server', () => {
  let env: TestWorkflowEnvironment;
  beforeAll(async () => {
    env = await startTemporal();
  }, 120_000);
  afterAll(async () => env?.teardown());
  jest.setTimeout(120_000);

  it.each([
    ['with this machine', 0],
    ['45 s behind ours', 45_000],
    ['45 s ahead of ours', -45_000],
  ])('the clock is found to be %s', async (_what, shiftMs) => {
    const calls = createBoundedCalls(env.connection);
    const asking = createClockSample({
      calls,
      connection: env.connection,
      namespace: env.client.options.namespace,
      taskQueue: 'lcm',
      clock: () => Date.now() + shiftMs,
    });
    try {
      // The second measurement must not be told of the first one's poll.
      for (let times = 0; times < 2; times += 1) {
        const offset = clockOffset(await asking.sample());
        expect(Math.abs(offset)).toBeLessThanOrEqual(Math.abs(shiftMs));
        // Nothing bounds how long an answer takes on a busy machine; 40 s would.
        expect(Math.abs(offset - shiftMs)).toBeLessThan(40_000);
      }
    } finally {
      asking.close();
      await calls.drained();
    }
  });

  it('is asked for without a trace in the list of workflows', async () => {
    const listed = await env.connection.workflowService.listWorkflowExecutions({
      namespace: env.client.options.namespace,
    });
    expect(listed.executions).toEqual([]);
  });
});
