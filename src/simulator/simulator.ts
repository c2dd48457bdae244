import { type AddressInfo } from 'node:net';
import { type Server, createServer } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { type Logger } from 'pino';
import { ZodError } from 'zod';
import { createAttempts } from './hub/attempts.js';
import { createCardRoutes } from './control/card-routes.js';
import { createClock } from './callbacks/clock.js';
import { createControlRoutes } from './control/control-routes.js';
import { createDeliveries } from './callbacks/deliveries.js';
import { createHub } from './hub/hub.js';
import { createHubRoutes } from './hub/hub-routes.js';
import { type CallbackEntry, type RequestEntry, createLog } from './cards/journal.js';
import { createOperations } from './hub/operations.js';
import { createOutage } from './hub/outage.js';
import { createRenewalRoutes } from './control/renewal-routes.js';
import { createRenewals } from './callbacks/renewals.js';
import { sampleCards } from './cards/sample-cards.js';
import { type Seeding, createSeeds } from './plan/seeding.js';
import { type SimulatorSettings, defaultSettings } from './settings.js';
import { putCard } from './cards/state.js';
import { openStore } from './cards/store.js';
import { createTimers } from './callbacks/timers.js';

export interface SimulatorOptions {
  /** Where the state survives a restart. Absent: in memory only. */
  stateFile?: string | undefined;
  /** The whole address that callbacks are posted to. */
  callbackUrl: string;
  /** At least one, each of exactly 10 characters (contract 1.1). */
  issuerIds: readonly string[];
  /** Absent: the hub behaves, except for the tokens whose name says otherwise. */
  seeding?: Seeding | undefined;
  /** What differs from `defaultSettings`. */
  settings?: Partial<SimulatorSettings>;
  log: Logger;
}

export interface Simulator {
  /** Port 0 takes any free one. Resolves to the base of the hub's API. Can be called once. */
  listen(port: number, host?: string): Promise<{ port: number; url: string }>;
  /** Stops, with everything stored. What is under way is taken up by the next one on the same file. */
  close(): Promise<void>;
}

/** Puts the hub together. Throws when the state file is not ours. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { stateFile, callbackUrl, issuerIds, log } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const store = openStore({ stateFile, limit: settings.logEntries });
  const timers = createTimers(log);
  const outage = createOutage();
  const seeds = createSeeds(options.seeding);
  const requests = createLog<RequestEntry>(settings.logEntries);
  const callbacks = createLog<CallbackEntry>(settings.logEntries);
  const deliveries = createDeliveries({ callbackUrl, store, timers, callbacks, settings, log });
  const operations = createOperations({ store, deliveries, timers, settings, log });
  const clock = createClock(store);
  const attempts = createAttempts({ store, seeds, settings });
  const renewals = createRenewals({ store, clock, operations, attempts, settings });
  const hub = createHub({ store, operations, attempts, seeds });

  function addSampleCards(): void {
    store.change((state) => {
      const known = new Set([...state.cards.values()].map(({ issuerId }) => issuerId));
      const fresh = issuerIds.filter((issuerId) => !known.has(issuerId));
      for (const card of fresh.flatMap(sampleCards)) putCard(state, card);
    });
  }

  async function reset(): Promise<void> {
    store.change((state) => {
      state.cards.clear();
      state.operations.clear();
      state.deliveries.clear();
      state.asked.clear();
      state.readings.clear();
      state.clock.clear();
      state.effects.clear();
    });
    addSampleCards();
    requests.clear();
    callbacks.clear();
    outage.end();
    seeds.reset();
    await store.stored();
  }

  async function renewDue(): Promise<void> {
    if (renewals.renewDue().length > 0) await store.stored();
  }

  const app = express().disable('x-powered-by').disable('etag');
  app.use(
    '/_simulator',
    express.json({ limit: '5mb' }),
    createCardRoutes({ store, issuerIds }),
    createRenewalRoutes({ store, clock, renewals, issuerIds }),
    createControlRoutes({ store, operations, outage, seeds, issuerIds, requests, callbacks, reset }),
  );
  app.use(createHubRoutes({ hub, outage, issuerIds, requests, settings }));
  app.use((_request: Request, response: Response) => {
    response.status(404).json({ error: 'No such route' });
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    answerError(error, response, log);
  });
  const server = createServer(app);

  return {
    async listen(port, host = '127.0.0.1') {
      addSampleCards();
      await store.stored();
      await listening(server, port, host);
      operations.resume();
      timers.every(settings.renewalCheckMs, renewDue);
      const { port: taken } = server.address() as AddressInfo;
      return { port: taken, url: `http://${host}:${taken}` };
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections(); // Some of them hang on purpose.
      await deliveries.close();
      await timers.stop();
      await closed;
      await store.stored();
    },
  };
}

async function listening(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function answerError(error: unknown, response: Response, log: Logger): void {
  if (error instanceof ZodError) {
    const [issue] = error.issues;
    response.status(400).json({ error: issue?.message, field: issue?.path.join('.') });
    return;
  }
  const { status } = error as { status?: unknown }; // What Express throws about a request has one.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    response.status(status).json({ error: 'The request cannot be read' });
    return;
  }
  log.error({ err: error }, 'A request has failed inside the simulator.');
  if (response.headersSent) response.destroy();
  else response.status(500).json({ error: 'The simulator has failed' });
}
