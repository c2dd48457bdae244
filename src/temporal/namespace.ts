import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../domain/search-attributes.js';

/** Idempotency and the attribution of late callbacks last as long as the namespace keeps closed workflows. */
export const RETENTION_DAYS = 90;
const LEAST_RETENTION_DAYS = 7;
const COMFORTABLE_RETENTION_DAYS = 30;
const SECONDS_PER_DAY = 24 * 3600;

/** gRPC's code for what is there already. */
const ALREADY_EXISTS = 6;
/** gRPC's code for what is not there. */
const NOT_FOUND = 5;

// temporal.api.enums.v1.IndexedValueType
const INDEXED_VALUE_TYPES = { KEYWORD: 2, INT: 3, DATETIME: 6 } as const;

export interface NamespaceFindings {
  /** The service must not start: the sentences say why and what to do. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Checks what a start would otherwise fail on later: the search attributes and how long the namespace remembers. */
export async function inspectNamespace(
  connection: Connection,
  namespace: string,
): Promise<NamespaceFindings> {
  const registered = await registeredAttributes(connection, namespace);
  const missing = attributeNames().filter((name) => !registered.has(name));
  const mistyped = attributeNames().filter((name) => {
    const type = registered.get(name);
    return type !== undefined && type !== INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTES[name]];
  });
  const days = await retentionDays(connection, namespace);
  return {
    problems: [
      ...(missing.length > 0
        ? [
            `the namespace "${namespace}" lacks the search attributes ${missing.join(', ')}: run "npm run setup"`,
          ]
        : []),
      ...mistyped.map(
        (name) =>
          `the search attribute ${name} of the namespace "${namespace}" must be of type ${SEARCH_ATTRIBUTES[name]}: remove it and run "npm run setup"`,
      ),
      ...(days < LEAST_RETENTION_DAYS
        ? [
            `the namespace "${namespace}" keeps closed workflows for ${days} days, at least ${LEAST_RETENTION_DAYS} are needed: run "npm run setup"`,
          ]
        : []),
    ],
    warnings:
      days >= LEAST_RETENTION_DAYS && days < COMFORTABLE_RETENTION_DAYS
        ? [
            `the namespace "${namespace}" keeps closed workflows for ${days} days: an idempotency key and a late callback are known only that long`,
          ]
        : [],
  };
}

const RETRY_MS = 2_000;

/**
 * Waits until the namespace can be asked, and returns when it is fit for the service.
 * @throws when it is not: the message says what to run
 */
export async function untilNamespaceIsFit(
  connection: Connection,
  namespace: string,
  { signal, warn }: { signal: AbortSignal; warn: (warning: string) => void },
): Promise<void> {
  while (!signal.aborted) {
    const findings = await inspectOrFault(connection, namespace);
    if (typeof findings !== 'string') {
      if (findings.problems.length > 0) throw new Error(findings.problems.join('; '));
      findings.warnings.forEach(warn);
      return;
    }
    warn(`Temporal does not answer as it should, trying again: ${findings}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** What was found, or why nothing could be: a server that is not there yet, a key that it refuses, … */
async function inspectOrFault(
  connection: Connection,
  namespace: string,
): Promise<NamespaceFindings | string> {
  try {
    return await connection.withDeadline(Date.now() + RETRY_MS, async () =>
      inspectNamespace(connection, namespace),
    );
  } catch (error) {
    if (!isGrpcServiceError(error)) return error instanceof Error ? error.message : 'unknown';
    const isMissing = (error.code as number) === NOT_FOUND;
    if (isMissing)
      throw new Error(`there is no namespace "${namespace}": run "npm run setup"`, { cause: error });
    return `${error.details} (gRPC code ${error.code})`;
  }
}

/** Makes the namespace fit: creates it if it is missing, lengthens its retention, registers the search attributes. Safe to repeat. */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  const retention = { seconds: RETENTION_DAYS * SECONDS_PER_DAY, nanos: 0 } as never;
  // Create before describing: the server caches a "not found".
  await unlessAlreadyThere(
    connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention }),
  );
  await untilServed(async () => retentionDays(connection, namespace));
  if ((await retentionDays(connection, namespace)) < RETENTION_DAYS) {
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: retention },
    });
  }
  const registered = await untilServed(async () => registeredAttributes(connection, namespace));
  const missing = attributeNames().filter((name) => !registered.has(name));
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(
      missing.map((name) => [name, INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTES[name]]]),
    );
    await unlessAlreadyThere(connection.operatorService.addSearchAttributes({ namespace, searchAttributes }));
  }
}

function attributeNames(): SearchAttributeName[] {
  return Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[];
}

/** The names that are registered, with the server's number for their type. */
async function registeredAttributes(
  connection: Connection,
  namespace: string,
): Promise<ReadonlyMap<string, number>> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return new Map(Object.entries(customAttributes ?? {}).map(([name, type]) => [name, Number(type)]));
}

async function retentionDays(connection: Connection, namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return Math.floor(Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / SECONDS_PER_DAY);
}

async function unlessAlreadyThere(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === ALREADY_EXISTS) return;
    throw error;
  }
}

/** A namespace that was just created is not known everywhere at once. */
async function untilServed<T>(question: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + 15_000;
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
