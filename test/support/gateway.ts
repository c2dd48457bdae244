import type { Client } from '@temporalio/client';
import { createBoundedCalls } from '../../src/temporal/bounded-calls.js';
import type { Gateway } from '../../src/temporal/gateway.js';
import { createTemporalGateway, type GatewaySettings } from '../../src/temporal/temporal-gateway.js';
import { SECOND } from './builders.js';

/** Everything short, so that a test sees its end. */
export function someSettings(overrides: Partial<GatewaySettings> = {}): GatewaySettings {
  return {
    taskQueue: 'lcm',
    policy: { readIntervalMs: SECOND, confirmByReading: 'resume' },
    hubTimeoutMs: 2 * SECOND,
    foreignQuietMs: SECOND,
    lateQuietMs: SECOND,
    renewalQuietMs: SECOND,
    ...overrides,
  };
}

/** The real gateway on this client. */
export function aGateway(client: Client, overrides: Partial<GatewaySettings> = {}): Gateway {
  return createTemporalGateway(client, someSettings(overrides), {
    calls: createBoundedCalls(client.connection),
  });
}
