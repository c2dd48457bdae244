import type { Client, Connection } from '@temporalio/client';
import { createBoundedCalls, type BoundedCalls } from '../../../src/temporal/connection/bounded-calls.js';
import type { Gateway } from '../../../src/application/gateway.js';
import { createTemporalGateway, type GatewaySettings } from '../../../src/temporal/temporal-gateway.js';
import { SECOND } from '../builders.js';

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

/** What a busy machine may take longer for than the service would wait; no test's rule. */
const PATIENCE_MS = 30 * SECOND;

/**
 * The real gateway on this client. It waits for the server longer than the service would, since many tests share one; what
 * a worker does not answer in time is `partial`, as ever.
 */
export function aGateway(client: Client, overrides: Partial<GatewaySettings> = {}): Gateway {
  return createTemporalGateway(client, someSettings(overrides), { calls: patientCallsOn(client) });
}

/**
 * The real gateway, whose every deadline is longer by {@link PATIENCE_MS}: for operations that a worker works on, so that a
 * machine that has something else to do is not taken for a worker that is not there.
 */
export function aPatientGateway(client: Client, overrides: Partial<GatewaySettings> = {}): Gateway {
  const connection = patient(client.connection);
  const patientClient = Object.create(client, { connection: { value: connection } }) as Client;
  return createTemporalGateway(patientClient, someSettings(overrides), {
    calls: patientCalls(createBoundedCalls(connection)),
  });
}

function patient(connection: Client['connection']): Connection {
  const withDeadline: Connection['withDeadline'] = async (deadline, call) =>
    connection.withDeadline(Number(deadline) + PATIENCE_MS, call);
  return Object.create(connection, { withDeadline: { value: withDeadline } }) as Connection;
}

/** Calls of a busy server, each with an end that is later than the service's. */
export function patientCallsOn({ connection }: Client): BoundedCalls {
  return patientCalls(createBoundedCalls(connection));
}

function patientCalls(calls: BoundedCalls): BoundedCalls {
  return { ...calls, within: async (deadlineMs, call) => calls.within(deadlineMs + PATIENCE_MS, call) };
}
