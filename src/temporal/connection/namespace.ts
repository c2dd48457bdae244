import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.js';
import { GRPC, grpcCodeOf, unlessDenied } from '../operations/refusals.js';

/** Idempotency and the attribution of late callbacks last as long as the namespace keeps closed workflows. */
export const RETENTION_DAYS = 90;
const LEAST_RETENTION_DAYS = 7;
const COMFORTABLE_RETENTION_DAYS = 30;
const SECONDS_PER_DAY = 24 * 3600;

// temporal.api.enums.v1.IndexedValueType
const INDEXED_VALUE_TYPES = { KEYWORD: 2, INT: 3, DATETIME: 6 } as const;

/** temporal.api.enums.v1.NamespaceState */
const REGISTERED_STATE = 1;

export interface NamespaceFindings {
  /** The service must not start: the sentences say why and what to do. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Checks what a start would otherwise fail on later: the search attributes and how long the namespace remembers. Where an
 * authoriser refuses one of the two questions, what can be known without it is all that is asked for.
 */
export async function inspectNamespace(
  connection: Connection,
  namespace: string,
): Promise<NamespaceFindings> {
  // First: of a namespace that is not there nothing else is worth saying.
  const kept = await unlessDenied(describeRetention(connection, namespace));
  const registered = await unlessDenied(registeredAttributes(connection, namespace));
  const attributes =
    registered === undefined
      ? judgeNames(namespace, await namesNotServed(connection, namespace))
      : judgeTypes(namespace, registered);
  const retention = judgeRetention(namespace, kept);
  return {
    problems: [...attributes.problems, ...retention.problems],
    warnings: [...attributes.warnings, ...retention.warnings],
  };
}

function judgeTypes(namespace: string, registered: ReadonlyMap<string, number>): NamespaceFindings {
  const mistyped = attributeNames().filter((name) => {
    const type = registered.get(name);
    return type !== undefined && type !== indexedTypeOf(name);
  });
  const missing = attributeNames().filter((name) => !registered.has(name));
  return {
    problems: [
      ...lacking(namespace, missing),
      ...mistyped.map(
        (name) =>
          `the search attribute ${name} of the namespace "${namespace}" must be of type ${SEARCH_ATTRIBUTES[name]}: remove it and run "npm run setup"`,
      ),
    ],
    warnings: [],
  };
}

function judgeNames(namespace: string, missing: readonly string[]): NamespaceFindings {
  return {
    problems: lacking(namespace, missing),
    warnings: [
      `Temporal does not list the search attributes of "${namespace}" for this client (operator service): their names are checked by a query, their types are not`,
    ],
  };
}

function lacking(namespace: string, missing: readonly string[]): string[] {
  if (missing.length === 0) return [];
  return [
    `the namespace "${namespace}" lacks the search attributes ${missing.join(', ')}: run "npm run setup"`,
  ];
}

function judgeRetention(namespace: string, kept: Retention | undefined): NamespaceFindings {
  if (kept === undefined) {
    return {
      problems: [],
      warnings: [
        `Temporal does not say how long "${namespace}" keeps closed workflows: see to at least ${LEAST_RETENTION_DAYS} days`,
      ],
    };
  }
  const { days, takesStarts } = kept;
  const inWords = `the namespace "${namespace}" keeps closed workflows for ${days} days`;
  return {
    problems: [
      ...(takesStarts
        ? []
        : [`the namespace "${namespace}" is deprecated or deleted: it takes no new workflows`]),
      ...(days < LEAST_RETENTION_DAYS
        ? [`${inWords}, at least ${LEAST_RETENTION_DAYS} are needed: run "npm run setup"`]
        : []),
    ],
    warnings:
      days >= LEAST_RETENTION_DAYS && days < COMFORTABLE_RETENTION_DAYS
        ? [`${inWords}: an idempotency key and a late callback are known only that long`]
        : [],
  };
}

const RETRY_MS = 2_000;
const LOOK_DEADLINE_MS = 2_000;

/** What a look has shown, or why it has shown nothing: a server that is not there, a key that it refuses, … */
export type NamespaceLook = NamespaceFindings | { readonly unanswered: string };

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
    const seen = await lookAtNamespace(connection, namespace);
    if (!('unanswered' in seen)) {
      if (seen.problems.length > 0) throw new Error(seen.problems.join('; '));
      seen.warnings.forEach(warn);
      return;
    }
    warn(`Temporal does not answer as it should, trying again: ${seen.unanswered}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** One look that always ends, and never throws. */
export async function lookAtNamespace(connection: Connection, namespace: string): Promise<NamespaceLook> {
  try {
    return await connection.withDeadline(Date.now() + LOOK_DEADLINE_MS, async () =>
      inspectNamespace(connection, namespace),
    );
  } catch (error) {
    if (!isGrpcServiceError(error)) return { unanswered: error instanceof Error ? error.message : 'unknown' };
    if (grpcCodeOf(error) === GRPC.NOT_FOUND) {
      return { problems: [`there is no namespace "${namespace}": run "npm run setup"`], warnings: [] };
    }
    return { unanswered: `${error.details} (gRPC code ${error.code})` };
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
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, indexedTypeOf(name)]));
    await unlessAlreadyThere(connection.operatorService.addSearchAttributes({ namespace, searchAttributes }));
  }
}

function attributeNames(): string[] {
  return Object.keys(SEARCH_ATTRIBUTES);
}

function indexedTypeOf(name: string): number {
  const type = SEARCH_ATTRIBUTES[name];
  if (type === undefined) throw new TypeError(`${name} is no search attribute of ours`);
  return INDEXED_VALUE_TYPES[type];
}

/** The names that are registered, with the server's number for their type. */
async function registeredAttributes(
  connection: Connection,
  namespace: string,
): Promise<ReadonlyMap<string, number>> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return new Map(Object.entries(customAttributes ?? {}).map(([name, type]) => [name, Number(type)]));
}

interface Retention {
  readonly days: number;
  readonly takesStarts: boolean;
}

async function describeRetention(connection: Connection, namespace: string): Promise<Retention> {
  const { config, namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
  const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  return {
    days: Math.floor(seconds / SECONDS_PER_DAY),
    takesStarts: namespaceInfo?.state === REGISTERED_STATE,
  };
}

async function retentionDays(connection: Connection, namespace: string): Promise<number> {
  return (await describeRetention(connection, namespace)).days;
}

/**
 * The names that a query may not contain, asked of the service that everybody uses: the server refuses an unknown name
 * before it looks at any workflow, and no workflow has this id.
 */
async function namesNotServed(connection: Connection, namespace: string): Promise<string[]> {
  const servesAll = async (names: readonly string[]): Promise<boolean> => {
    const conditions = names.map((name) => `${name} IS NULL`).join(' AND ');
    const query = `WorkflowId = "-" AND ${conditions}`;
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1, query });
      return true;
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.INVALID_ARGUMENT) return false;
      throw error;
    }
  };
  if (await servesAll(attributeNames())) return [];
  const names: string[] = [];
  for (const name of attributeNames()) if (!(await servesAll([name]))) names.push(name);
  return names;
}

async function unlessAlreadyThere(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (grpcCodeOf(error) === GRPC.ALREADY_EXISTS) return;
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
