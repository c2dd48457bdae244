import { setTimeout as sleep } from 'node:timers/promises';

import { call } from '../support/processes/http-client.js';
import { freePort } from '../support/processes/processes.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';
import { startCallbackFront, type CallbackFront } from './callback-front.js';
import type { Killable, Victim } from './kills.js';
import { createRandom } from './random.js';

/** Two processes that serve clients and the hub, two workers, a Temporal server on its file, and the hub simulator. */
export interface Installation extends Killable {
  readonly stack: Stack;
  /** The base addresses of the two processes with the role api; they outlive a kill. */
  readonly apis: readonly [string, string];
  lostAnswers(): number;
  /** Names of the processes that have ended without being told to. */
  deserters(): string[];
  stop(): Promise<void>;
}

type ServiceName = Exclude<Victim, 'temporal' | 'hub'>;

/** Connections that are closed, answers that say 503, or a firewall that answers 200 in the hub's place. */
const OUTAGES = ['refuse', '503', 'page'] as const;
const REVIVAL_LIMIT_MS = 240_000;
const LOST_ANSWERS = 0.02;

/** So short that an operation ends, and what is late closes, within seconds. */
const SHORT_WAITS = {
  LCM_READ_INTERVAL_SECONDS: '1',
  LCM_HUB_TIMEOUT_MS: '1500',
  LCM_FOREIGN_QUIET_SECONDS: '2',
  LCM_LATE_QUIET_SECONDS: '3',
  LCM_RENEWAL_QUIET_SECONDS: '3',
  LCM_LOG_LEVEL: 'warn',
};

export async function startInstallation(seed: number): Promise<Installation> {
  const stack = await startStack();
  try {
    return await complete(stack, seed);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function complete(stack: Stack, seed: number): Promise<Installation> {
  const ports = { 'front 1': await portsOf(), 'front 2': await portsOf() };
  const front = await startFront(stack, seed, [ports['front 1'].callbacks, ports['front 2'].callbacks]);
  const outages = createRandom(`outages ${seed}`);
  const running = new Map<ServiceName, Service>();
  /** Killed, or not yet there: what it does is no desertion. */
  const away = new Set<Victim>(['worker 1', 'worker 2', 'front 1', 'front 2']);

  async function start(name: ServiceName): Promise<void> {
    const isFront = name === 'front 1' || name === 'front 2';
    const variables = isFront
      ? {
          ...SHORT_WAITS,
          LCM_API_PORT: String(ports[name].api),
          LCM_CALLBACK_PORT: String(ports[name].callbacks),
        }
      : SHORT_WAITS;
    running.set(name, await stack.service({ roles: isFront ? 'api,callbacks' : 'worker', variables }));
    away.delete(name);
  }

  const names = ['front 1', 'front 2', 'worker 1', 'worker 2'] as const;
  await Promise.all(names.map(async (name) => untilItStarts(async () => start(name))));
  return {
    stack,
    apis: [`http://127.0.0.1:${ports['front 1'].api}`, `http://127.0.0.1:${ports['front 2'].api}`],
    lostAnswers: front.lost,
    deserters: () =>
      [...running]
        .filter(([name, service]) => !away.has(name) && !service.process.isRunning())
        .map(([name, service]) => `${name} has ended by itself:\n${service.process.output().slice(-2_000)}`),
    async kill(victim) {
      away.add(victim);
      if (victim === 'temporal') await stack.temporal.kill();
      else if (victim === 'hub') await control(stack, 'POST', '/outage', { mode: outages.pick(OUTAGES) });
      else await running.get(victim)?.process.kill();
    },
    async revive(victim) {
      if (victim === 'temporal') await stack.temporal.start();
      else if (victim === 'hub') await control(stack, 'DELETE', '/outage');
      else await untilItStarts(async () => start(victim));
      away.delete(victim);
    },
    async stop() {
      await front.close();
      await stack.stop();
    },
  };
}

/** A process does not start while Temporal is away, and says so by ending; then it is started again. */
async function untilItStarts(start: () => Promise<void>): Promise<void> {
  const giveUpAt = Date.now() + REVIVAL_LIMIT_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await sleep(300);
    }
  }
}

/** Asks the simulator for something that is no part of the hub's API. False: there is no such card or token (any more). */
export async function control(stack: Stack, method: string, path: string, body?: unknown): Promise<boolean> {
  const url = `${stack.simulator.url}/_simulator${path}`;
  const { status } = await call(method, url, body === undefined ? {} : { body });
  if (status === 404) return false;
  if (status >= 300) throw new Error(`the simulator answers ${status} to ${method} ${path}`);
  return true;
}

async function portsOf(): Promise<{ api: number; callbacks: number }> {
  return { api: await freePort(), callbacks: await freePort() };
}

async function startFront(
  stack: Stack,
  seed: number,
  ports: readonly [number, number],
): Promise<CallbackFront> {
  const { LCM_CALLBACK_PORT: port } = await stack.variables();
  return startCallbackFront({
    port: Number(port),
    ports,
    random: createRandom(`front ${seed}`),
    loses: LOST_ANSWERS,
  });
}
