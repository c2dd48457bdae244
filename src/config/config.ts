import { z } from 'zod';

import { ConfigurationError, givenVariables, type Environment } from './environment.js';
import { RULES, VARIABLES, type LogLevel, type Role, type Values, type VariableName } from './variables.js';

/** The files of a listener that proves its clients by certificate. */
export interface ServerTlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
}

/** The files of a client: its own certificate, and whom it trusts instead of the public authorities. */
export interface ClientTlsFiles {
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly caFile: string | undefined;
}

/** How this process works: checked, complete, and without secrets. Units stand at the end of the names. */
export interface Config {
  readonly roles: readonly Role[];
  readonly logLevel: LogLevel;
  /** The issuers that are ours, each of exactly 10 characters. */
  readonly issuerIds: readonly string[];
  readonly temporal: {
    readonly address: string;
    /** Undefined: what Temporal's own configuration says, else `default`. */
    readonly namespace: string | undefined;
    readonly taskQueue: string;
  };
  readonly api: { readonly host: string; readonly port: number };
  readonly callbacks: {
    readonly host: string;
    readonly port: number;
    /** Without a slash at the end; empty for the root. */
    readonly basePath: string;
    /** Undefined only on loopback. */
    readonly tls: ServerTlsFiles | undefined;
    /** SHA-256 of the client certificates that are let in, lower-case hexadecimal; empty: all that the CA signed. */
    readonly clientFingerprints: readonly string[];
  };
  readonly hub: {
    /** Without a slash at the end. Always there in a process with the role api or worker. */
    readonly url: string | undefined;
    readonly tls: ClientTlsFiles;
    readonly timeoutMs: number;
    /** Undefined: no limit. */
    readonly maxRequestsPerSecond: number | undefined;
  };
  /** For requests that name none. */
  readonly deadlines: { readonly softSeconds: number; readonly hardSeconds: number };
  readonly readIntervalSeconds: number;
  readonly foreignQuietSeconds: number;
  readonly lateQuietSeconds: number;
  readonly renewalQuietSeconds: number;
  readonly confirmByReading: 'resume' | 'always' | 'never';
  readonly cardResume: 'allow' | 'refuse';
  /** Whether a reference may look like a card number. */
  readonly numericReferences: 'refuse' | 'allow';
  /** How long both ports keep an idle connection. */
  readonly keepAliveSeconds: number;
}

/**
 * Checks the environment once.
 * @throws {ConfigurationError} with all problems at once: the name of each variable and what is expected, never a value.
 */
export function loadConfig(environment: Environment): Config {
  const given = givenVariables(environment);
  const parsed = z.object(VARIABLES).safeParse(given);
  const own = (parsed.error?.issues ?? []).map((issue) => ({
    name: String(issue.path[0]),
    expected: issue.message,
  }));
  const problems = [...own, ...brokenRules(given, new Set(own.map(({ name }) => name)))];
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems);
  return toConfig(parsed.data);
}

function brokenRules(given: Readonly<Record<string, string>>, wrong: ReadonlySet<string>) {
  const right = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)));
  const values = z.object(VARIABLES).partial().parse(right);
  const isAsked = (names: readonly VariableName[]) => names.every((name) => !wrong.has(name));
  return RULES.filter((rule) => isAsked([rule.name, ...rule.reads]) && !rule.holds(values)).map(
    ({ name, expected }) => ({ name, expected }),
  );
}

function toConfig(values: Values): Config {
  const rate = values.LCM_HUB_MAX_REQUESTS_PER_SECOND;
  return {
    roles: values.LCM_ROLES,
    logLevel: values.LCM_LOG_LEVEL,
    issuerIds: values.LCM_ISSUER_IDS,
    temporal: {
      address: values.TEMPORAL_ADDRESS,
      namespace: values.TEMPORAL_NAMESPACE,
      taskQueue: values.LCM_TASK_QUEUE,
    },
    api: { host: values.LCM_API_HOST, port: values.LCM_API_PORT },
    callbacks: {
      host: values.LCM_CALLBACK_HOST,
      port: values.LCM_CALLBACK_PORT,
      basePath: values.LCM_CALLBACK_BASE_PATH,
      tls: toCallbackTls(values),
      clientFingerprints: values.LCM_CALLBACK_CLIENT_FINGERPRINTS,
    },
    hub: {
      url: values.LCM_HUB_URL,
      tls: {
        certFile: values.LCM_HUB_TLS_CERT,
        keyFile: values.LCM_HUB_TLS_KEY,
        caFile: values.LCM_HUB_TLS_CA,
      },
      timeoutMs: values.LCM_HUB_TIMEOUT_MS,
      maxRequestsPerSecond: rate === 'off' ? undefined : rate,
    },
    deadlines: {
      softSeconds: values.LCM_SOFT_DEADLINE_SECONDS,
      hardSeconds: values.LCM_HARD_DEADLINE_SECONDS,
    },
    readIntervalSeconds: values.LCM_READ_INTERVAL_SECONDS,
    foreignQuietSeconds: values.LCM_FOREIGN_QUIET_SECONDS,
    lateQuietSeconds: values.LCM_LATE_QUIET_SECONDS,
    renewalQuietSeconds: values.LCM_RENEWAL_QUIET_SECONDS,
    confirmByReading: values.LCM_CONFIRM_BY_READING,
    cardResume: values.LCM_CARD_RESUME,
    numericReferences: values.LCM_NUMERIC_REFERENCES,
    keepAliveSeconds: values.LCM_KEEP_ALIVE_SECONDS,
  };
}

function toCallbackTls(values: Values): ServerTlsFiles | undefined {
  const certFile = values.LCM_CALLBACK_TLS_CERT;
  const keyFile = values.LCM_CALLBACK_TLS_KEY;
  const clientCaFile = values.LCM_CALLBACK_TLS_CLIENT_CA;
  // The rules have seen to it that there are all three or none.
  return certFile !== undefined && keyFile !== undefined && clientCaFile !== undefined
    ? { certFile, keyFile, clientCaFile }
    : undefined;
}
