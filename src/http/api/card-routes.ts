import type { RequestHandler } from 'express';

import type { Config } from '../../config/config.js';
import type { Gateway } from '../../application/gateway.js';
import { ask, cardOf } from './requests.js';

export interface CardRoutesDependencies {
  readonly gateway: Pick<Gateway, 'describeRenewals' | 'describeTimeline'>;
  readonly config: Pick<Config, 'issuerIds' | 'numericReferences'>;
}

export interface CardRoutes {
  readonly renewals: RequestHandler;
  readonly timeline: RequestHandler;
}

/** The handlers of `/v1/issuers/{issuerId}/cards/{issuerCardRefId}` and below. */
export function createCardRoutes({ gateway, config }: CardRoutesDependencies): CardRoutes {
  return {
    /** A card that nobody has heard of has no renewals; whether there is such a card is the hub's to say. */
    async renewals(request, response) {
      const card = cardOf(request, response, config);
      response.json(await ask(() => gateway.describeRenewals(card)));
    },

    async timeline(request, response) {
      const card = cardOf(request, response, config);
      response.json(await ask(() => gateway.describeTimeline(card)));
    },
  };
}
