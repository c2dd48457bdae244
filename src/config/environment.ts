/** The variables of a process, before anything has been checked. It may hold secrets: never log it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process; the only place of the service that reads it. */
export function readEnvironment(): Environment {
  return { ...process.env };
}

/** What is wrong with one variable: its name and what is expected, never its value. */
export interface ConfigurationProblem {
  readonly name: string;
  readonly expected: string;
}

/** The service cannot start as it is configured. The message lists every problem, one per line. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(problems.map(({ name, expected }) => `${name}: ${expected}`).join('\n'));
  }
}

/** The variables that have a value, trimmed: an empty variable is one that nobody has set. */
export function givenVariables(environment: Environment): Readonly<Record<string, string>> {
  const given = Object.entries(environment)
    .map(([name, value]) => [name, value?.trim() ?? ''] as const)
    .filter(([, value]) => value !== '');
  return Object.fromEntries(given);
}

/**
 * The variables that Temporal's own tools read (`TEMPORAL_ADDRESS`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*` …), to be handed
 * to `@temporalio/envconfig`. They hold secrets.
 */
export function temporalVariables(environment: Environment): Record<string, string> {
  const given = Object.entries(givenVariables(environment));
  return Object.fromEntries(given.filter(([name]) => name.startsWith('TEMPORAL_')));
}

const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'grpc_proxy'];

/** The names of the proxy variables that have a value. What they hold may be a password: never log it. */
export function namesOfProxyVariables(environment: Environment): string[] {
  return Object.keys(givenVariables(environment)).filter((name) =>
    PROXY_VARIABLES.includes(name.toLowerCase()),
  );
}
