import express, { type Express, type RequestHandler } from 'express';

import type { Logger } from '../config/logger.js';
import { Problem, sendProblem } from './problems.js';

/** What this process needs in order to serve, by name (`callbacks`, `worker`, `temporal` …), and whether it is there. */
export type Readiness = Readonly<Record<string, boolean>>;

export interface HealthDependencies {
  readonly readiness: () => Readiness | Promise<Readiness>;
  readonly logger: Logger;
}

/** `GET /livez`: the process answers. `GET /readyz`: every role of this process serves, or which does not. */
export function createHealthRoutes({ readiness, logger }: HealthDependencies): {
  readonly alive: RequestHandler;
  readonly ready: RequestHandler;
} {
  return {
    alive: (_request, response) => {
      response.json({ alive: true });
    },
    ready: async (_request, response) => {
      const notReady = await whatIsNotReady(readiness, logger);
      if (notReady.length === 0) response.json({ ready: true });
      else response.status(503).json({ ready: false, notReady });
    },
  };
}

/** For a process that does not play the role `api`: the orchestrator asks it at the same port. */
export function createHealthApp(dependencies: HealthDependencies): Express {
  const { alive, ready } = createHealthRoutes(dependencies);
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.get('/livez', alive).get('/readyz', ready);
  app.use((_request, response) => {
    sendProblem(
      response,
      new Problem('path_not_found', { detail: 'This process answers /livez and /readyz.' }),
    );
  });
  return app;
}

async function whatIsNotReady(readiness: HealthDependencies['readiness'], logger: Logger): Promise<string[]> {
  try {
    const parts = Object.entries(await readiness());
    return parts.filter(([, isReady]) => !isReady).map(([name]) => name);
  } catch (error) {
    logger.error({ err: error }, 'readiness could not be asked');
    return ['readiness'];
  }
}
