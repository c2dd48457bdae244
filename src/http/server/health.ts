import express, { type Express, type RequestHandler } from 'express';

import type { Logger } from '../../config/logger.js';
import { Problem, sendProblem } from './problems.js';

/** What this process needs in order to serve, by name (`callbacks`, `worker`, `temporal` …), and whether it is there. */
export type Readiness = Readonly<Record<string, boolean>>;

/** What somebody who has to mend something wants to know, beside names. */
export interface ReadinessDetails {
  /** What is wrong with the namespace, and what to run. */
  readonly temporal?: readonly string[];
  /** Why no worker polls. */
  readonly worker?: readonly string[];
  /** This machine's clock minus Temporal's, at least; negative: behind. */
  readonly clock?: { readonly offsetMs: number };
}

export interface HealthDependencies {
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** None by default. */
  readonly details?: (() => ReadinessDetails) | undefined;
  readonly logger: Logger;
}

/** `GET /livez`: the process answers. `GET /readyz`: every role of this process serves, or which does not. */
export function createHealthRoutes({ readiness, details, logger }: HealthDependencies): {
  readonly alive: RequestHandler;
  readonly ready: RequestHandler;
} {
  return {
    alive: (_request, response) => {
      response.json({ alive: true });
    },
    ready: async (_request, response) => {
      const notReady = await whatIsNotReady(readiness, logger);
      const known = details?.() ?? {};
      const more = Object.keys(known).length > 0 && { details: known };
      if (notReady.length === 0) response.json({ ready: true, ...more });
      else response.status(503).json({ ready: false, notReady, ...more });
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
