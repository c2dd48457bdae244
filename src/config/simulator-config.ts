import { z } from 'zod';

/** What the process of the hub simulator needs to know. */
export interface SimulatorConfig {
  port: number;
  callbackUrl: string;
  issuerIds: string[];
  logLevel: string;
  /** Undefined: the hub behaves, except for the tokens whose name says otherwise. */
  seed: number | undefined;
  /** The settings of the simulator hold where these are undefined. */
  nastyShare: number | undefined;
  logEntries: number | undefined;
}

const portSchema = z.coerce.number().int().min(1).max(65_535);
const issuerIdsSchema = z
  .string()
  .transform((list) => list.split(',').map((issuerId) => issuerId.trim()))
  .pipe(z.array(z.string().length(10, 'each issuer id has exactly 10 characters')));

const largestSeed = 4_294_967_295;
const mostLogEntries = 10_000_000;
const expectedShare = 'a number from 0 to 1';
const shareSchema = z
  .string()
  .regex(/^(0|1|0?\.\d+|1\.0+)$/, expectedShare)
  .transform(Number);

const environmentSchema = z.object({
  LCM_SIMULATOR_PORT: portSchema.default(3002),
  LCM_CALLBACK_HOST: z.string().default('127.0.0.1'),
  LCM_CALLBACK_PORT: portSchema.default(3001),
  LCM_CALLBACK_BASE_PATH: z.string().startsWith('/').default('/issuer/igwapi/v2.0'),
  LCM_ISSUER_IDS: issuerIdsSchema.default(['ISSUER1234']),
  LCM_SIMULATOR_SEED: wholeNumber(0, largestSeed).optional(),
  LCM_SIMULATOR_NASTY_SHARE: shareSchema.optional(),
  LCM_SIMULATOR_LOG_ENTRIES: wholeNumber(1, mostLogEntries).optional(),
  LCM_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Reads the environment. Throws with the name of every wrong variable and what is expected. */
export function readSimulatorConfig(environment: NodeJS.ProcessEnv = process.env): SimulatorConfig {
  // An empty variable is one that nobody has set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
    throw new Error(problems.join('\n'));
  }
  const variables = parsed.data;
  return {
    port: variables.LCM_SIMULATOR_PORT,
    callbackUrl: toCallbackUrl(
      variables.LCM_CALLBACK_HOST,
      variables.LCM_CALLBACK_PORT,
      variables.LCM_CALLBACK_BASE_PATH,
    ),
    issuerIds: variables.LCM_ISSUER_IDS,
    logLevel: variables.LCM_LOG_LEVEL,
    seed: variables.LCM_SIMULATOR_SEED,
    nastyShare: variables.LCM_SIMULATOR_NASTY_SHARE,
    logEntries: variables.LCM_SIMULATOR_LOG_ENTRIES,
  };
}

/** Digits only: what `Number` makes of a blank or of 0x10 is nothing that anybody meant. */
function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const expected = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);
}

function toCallbackUrl(host: string, port: number, basePath: string): string {
  // The variables say where the service listens; "everywhere" is no place to send to.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const authority = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `http://${authority}:${port}${basePath.replace(/\/+$/, '')}/notifyVirtualCardChange`;
}
