import fc from 'fast-check';

import { createTraffic, type AttemptResult, type Entry, type Traffic } from '../../../src/tsh/traffic.js';

/** A clock that stands still until it is moved. */
function aClock(): { now: number; read: () => number } {
  const clock = { now: 1_000, read: () => clock.now };
  return clock;
}

function attempt(traffic: Traffic, result: AttemptResult): void {
  const entry = traffic.tryEnter();
  if (!entry.ok) throw new Error(`The attempt was refused: ${entry.reason}.`);
  entry.done(result);
}

function attempts(traffic: Traffic, count: number, result: AttemptResult): void {
  for (let made = 0; made < count; made += 1) attempt(traffic, result);
}

function anOpenCircuit(): { clock: ReturnType<typeof aClock>; traffic: Traffic; changes: string[] } {
  const clock = aClock();
  const changes: string[] = [];
  const onCircuitChange = (state: string): void => void changes.push(state);
  const traffic = createTraffic({ clock: clock.read, onCircuitChange });
  attempts(traffic, 10, 'failed');
  return { clock, traffic, changes };
}

const refusedFor = (retryInMs: number, reason: 'rate' | 'circuit' = 'circuit'): Entry => ({
  ok: false,
  retryInMs,
  reason,
});

describe('the circuit', () => {
  test('opens after ten failures in a row', () => {
    const { traffic, changes } = anOpenCircuit();
    expect(traffic.tryEnter()).toEqual(refusedFor(5_000));
    expect(changes).toEqual(['open']);
  });

  test('stays closed when any answer came in between', () => {
    const traffic = createTraffic({ clock: aClock().read });
    for (let round = 0; round < 5; round += 1) {
      attempts(traffic, 9, 'failed');
      attempt(traffic, 'answered');
    }
    expect(traffic.tryEnter()).toMatchObject({ ok: true });
  });

  test('learns nothing from an attempt that we ended ourselves', () => {
    const traffic = createTraffic({ clock: aClock().read });
    attempts(traffic, 9, 'failed');
    attempts(traffic, 20, 'abandoned');
    expect(traffic.tryEnter()).toMatchObject({ ok: true });
    attempt(traffic, 'failed');
    expect(traffic.tryEnter()).toMatchObject({ ok: false });
  });

  test('counts an attempt once, however often it reports', () => {
    const traffic = createTraffic({ clock: aClock().read });
    const entry = traffic.tryEnter();
    for (let report = 0; report < 20; report += 1) if (entry.ok) entry.done('failed');
    expect(traffic.tryEnter()).toMatchObject({ ok: true });
  });

  test('lets one trial through every five seconds', () => {
    const { clock, traffic } = anOpenCircuit();
    clock.now += 4_999;
    expect(traffic.tryEnter()).toEqual(refusedFor(1));
    clock.now += 1;
    attempt(traffic, 'failed');
    expect(traffic.tryEnter()).toEqual(refusedFor(5_000));
  });

  test('does not wait for a trial that is never heard of again', () => {
    const { clock, traffic } = anOpenCircuit();
    for (let trial = 0; trial < 3; trial += 1) {
      clock.now += 5_000;
      expect(traffic.tryEnter()).toMatchObject({ ok: true });
      expect(traffic.tryEnter()).toEqual(refusedFor(5_000));
    }
  });

  test('closes with an answered trial', () => {
    const { clock, traffic, changes } = anOpenCircuit();
    clock.now += 5_000;
    attempt(traffic, 'answered');
    attempts(traffic, 9, 'failed');
    expect(traffic.tryEnter()).toMatchObject({ ok: true });
    expect(changes).toEqual(['open', 'closed']);
  });

  test('closes with the late answer of a request from before', () => {
    const traffic = createTraffic({ clock: aClock().read });
    const slow = traffic.tryEnter();
    attempts(traffic, 10, 'failed');
    expect(traffic.tryEnter()).toMatchObject({ ok: false });
    if (slow.ok) slow.done('answered');
    expect(traffic.tryEnter()).toMatchObject({ ok: true });
  });

  test('is not kept open longer by late failures of requests from before', () => {
    const clock = aClock();
    const traffic = createTraffic({ clock: clock.read });
    const slow = traffic.tryEnter();
    attempts(traffic, 10, 'failed');
    clock.now += 4_000;
    if (slow.ok) slow.done('failed');
    clock.now += 1_000;
    expect(traffic.tryEnter()).toMatchObject({ ok: true });
  });

  test('sends callers back at different times, never before the next trial', () => {
    const clock = aClock();
    const traffic = createTraffic({ clock: clock.read });
    attempts(traffic, 10, 'failed');
    const waits = Array.from({ length: 100 }, () => traffic.tryEnter()).map((entry) =>
      entry.ok ? 0 : entry.retryInMs,
    );
    expect(Math.min(...waits)).toBe(5_000);
    expect(Math.max(...waits)).toBe(5_000 + 99 * 50);
    expect(new Set(waits).size).toBe(100);
  });

  test('sends nobody away for much more than a minute, however many there are', () => {
    const { traffic } = anOpenCircuit();
    const waits = Array.from({ length: 5_000 }, () => traffic.tryEnter()).map((entry) =>
      entry.ok ? 0 : entry.retryInMs,
    );
    expect(Math.max(...waits)).toBeLessThanOrEqual(65_000);
    expect(waits.filter((wait) => wait > 60_000).length).toBeGreaterThan(100);
  });
});

describe('the rate limit', () => {
  test('is off without a number', () => {
    const traffic = createTraffic({ clock: aClock().read });
    for (let count = 0; count < 10_000; count += 1) expect(traffic.tryEnter().ok).toBe(true);
  });

  test.each([0, -1, Number.NaN])('refuses %p as a number', (maxRequestsPerSecond) => {
    expect(() => createTraffic({ maxRequestsPerSecond })).toThrow(RangeError);
  });

  test('gives refused callers turns one after the other', () => {
    const clock = aClock();
    const traffic = createTraffic({ maxRequestsPerSecond: 4, clock: clock.read });
    attempts(traffic, 4, 'answered');
    const turns = [1_000, 1_250, 1_500, 1_750, 2_000];
    for (const retryInMs of turns) expect(traffic.tryEnter()).toEqual(refusedFor(retryInMs, 'rate'));
    clock.now += 1_000;
    attempt(traffic, 'answered');
  });

  test('never sends anybody away for more than a minute', () => {
    const traffic = createTraffic({ maxRequestsPerSecond: 1, clock: aClock().read });
    const waits = Array.from({ length: 500 }, () => traffic.tryEnter()).map((entry) =>
      entry.ok ? 0 : entry.retryInMs,
    );
    expect(Math.max(...waits)).toBe(60_000);
    expect(new Set(waits).size).toBeGreaterThan(50);
  });

  test('knows rates below one', () => {
    const clock = aClock();
    const traffic = createTraffic({ maxRequestsPerSecond: 0.5, clock: clock.read });
    attempt(traffic, 'answered');
    expect(traffic.tryEnter()).toEqual(refusedFor(2_000, 'rate'));
  });

  test('does not use up a trial of the circuit', () => {
    const clock = aClock();
    const traffic = createTraffic({ maxRequestsPerSecond: 0.1, clock: clock.read });
    for (let failure = 0; failure < 10; failure += 1) {
      clock.now += 10_000;
      attempt(traffic, 'failed');
    }
    clock.now += 5_000;
    expect(traffic.tryEnter()).toEqual(refusedFor(5_000, 'rate'));
    clock.now += 5_000;
    expect(traffic.tryEnter()).toMatchObject({ ok: true });
  });

  test('lets no more than its number through in any second, and nobody who comes at his turn waits for ever', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), steps, (maxRequestsPerSecond, gapsMs) => {
        const clock = aClock();
        const traffic = createTraffic({ maxRequestsPerSecond, clock: clock.read });
        const entered: number[] = [];
        for (const gapMs of gapsMs) {
          clock.now += gapMs;
          const entry = traffic.tryEnter();
          if (entry.ok) entered.push(clock.now);
          else expect(entry.retryInMs).toBeGreaterThan(0);
        }
        for (const from of entered) {
          const inOneSecond = entered.filter((at) => at >= from && at < from + 1_000);
          expect(inOneSecond.length).toBeLessThanOrEqual(maxRequestsPerSecond);
        }
        // Alone, one turn is enough.
        clock.now += 60_000;
        expect(traffic.tryEnter().ok).toBe(true);
      }),
    );
  });
});

describe('two thousand operations that wait for one hub', () => {
  const WAITING = 2_000;
  const DOWN_FOR_MS = 120_000;
  const MOST_A_SECOND = 100;

  /** Each of them comes when it was told to, in virtual time; what reaches the hub has failed until it is back. */
  function waitForTheHub(): { sentAt: number[]; triedAt: number[] } {
    const clock = aClock();
    const startedAt = clock.now;
    const traffic = createTraffic({ clock: clock.read, maxRequestsPerSecond: MOST_A_SECOND });
    const sentAt: number[] = [];
    const triedAt: number[] = [];
    let due = Array.from({ length: WAITING }, () => startedAt);
    while (due.length > 0) {
      clock.now = due.reduce((earliest, at) => Math.min(earliest, at));
      const now = clock.now;
      const later = due.filter((at) => at > now);
      for (let come = due.length - later.length; come > 0; come -= 1) {
        triedAt.push(now - startedAt);
        const entry = traffic.tryEnter();
        if (!entry.ok) {
          later.push(now + entry.retryInMs);
          continue;
        }
        sentAt.push(now - startedAt);
        const isBack = now - startedAt >= DOWN_FOR_MS;
        entry.done(isBack ? 'answered' : 'failed');
        // A workflow sends again after a pause of its own (2 s and more).
        if (!isBack) later.push(now + 2_000);
      }
      due = later;
    }
    return { sentAt, triedAt };
  }

  const { sentAt, triedAt } = waitForTheHub();

  test('I2: are one circuit: while the hub is down it sees ten attempts and then one trial every five seconds', () => {
    const whileDown = sentAt.filter((at) => at < DOWN_FOR_MS);
    expect(whileDown.length).toBeLessThanOrEqual(10 + DOWN_FOR_MS / 5_000);
    expect(whileDown.length).toBeGreaterThan(DOWN_FOR_MS / 10_000);
  });

  test('I3: are one limiter: when the hub is back all get through, within the rate and within two minutes', () => {
    const served = sentAt.filter((at) => at >= DOWN_FOR_MS);
    expect(served).toHaveLength(WAITING);
    for (const from of served) {
      expect(served.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(
        MOST_A_SECOND,
      );
    }
    expect(served.at(-1)).toBeLessThan(DOWN_FOR_MS + 120_000);
  });

  test('come back so seldom that Temporal can serve them', () => {
    // The first second is that of their arrival.
    const returns = triedAt.filter((at) => at >= 1_000 && at < DOWN_FOR_MS);
    const perSecond = returns.length / (DOWN_FOR_MS / 1_000);
    expect(perSecond).toBeLessThan(60);
  });
});
