import { z } from 'zod';

import { isIssuerId } from '../domain/hub/issuer-id.js';
import { isLoopback } from './loopback.js';

/** The roles that a process can play (design section 3). */
export const ROLES = ['api', 'callbacks', 'worker'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LONGEST_SECONDS = 30 * 24 * 3600;

const port = wholeNumber({ least: 0, most: 65_535, what: 'a port number' });
const seconds = wholeNumber({ least: 1, most: LONGEST_SECONDS, what: 'seconds' });
const file = variable('the path of a PEM file', (text) => text);
const host = variable('a host name or an address without brackets', (text) =>
  /^[^\s[\]/]+$/.test(text) ? text : undefined,
);

/** Every variable of the service, how it is read, and its default (design section 8). */
export const VARIABLES = {
  TEMPORAL_ADDRESS: variable('required: host:port of the Temporal server', (text) =>
    /^\S+$/.test(text) ? text : undefined,
  ).describe(
    'Temporal’s frontend. `TEMPORAL_API_KEY` and `TEMPORAL_TLS_*` are read as Temporal’s own tools read them.',
  ),
  TEMPORAL_NAMESPACE: variable('the name of a namespace', (text) => (/^\S+$/.test(text) ? text : undefined))
    .optional()
    .describe('The namespace; `default` without it.'),
  LCM_ROLES: variable(`one or more of ${ROLES.join(', ')}, separated by commas`, parseRoles)
    .default([...ROLES])
    .describe('What this process does. Every role may run several times.'),
  LCM_TASK_QUEUE: variable('a name of 1 to 200 characters without spaces', (text) =>
    /^\S{1,200}$/.test(text) ? text : undefined,
  )
    .default('lcm')
    .describe('The task queue of workflows and activities.'),
  LCM_LOG_LEVEL: oneOf(LOG_LEVELS).default('info').describe('The least important level that is written.'),
  LCM_ISSUER_IDS: variable(
    'required: issuer ids separated by commas, each of exactly 10 characters without control characters, slashes, quotes or backslashes',
    parseIssuerIds,
  ).describe(
    'The issuers that are ours. A callback of another one is answered 503, so that the hub keeps it.',
  ),
  LCM_API_PORT: port
    .default(3000)
    .describe('Where the API listens; in every role also `/livez` and `/readyz`.'),
  LCM_API_HOST: host.default('127.0.0.1').describe('The address that the API binds to.'),
  LCM_CALLBACK_PORT: port.default(3001).describe('Where callbacks are taken.'),
  LCM_CALLBACK_HOST: host.default('127.0.0.1').describe('The address that the callback endpoint binds to.'),
  LCM_CALLBACK_BASE_PATH: variable(
    'a path that begins with a slash, of letters, digits and . _ ~ -',
    parseBasePath,
  )
    .default('/issuer/igwapi/v2.0')
    .describe('What stands before `/notifyVirtualCardChange`.'),
  LCM_HUB_URL: variable('an http or https URL without user, query or fragment', parseUrl)
    .optional()
    .describe('The base address of the hub’s inbound API.'),
  LCM_HUB_TLS_CERT: file.optional().describe('Our certificate for mutual TLS with the hub.'),
  LCM_HUB_TLS_KEY: file.optional().describe('Its key.'),
  LCM_HUB_TLS_CA: file.optional().describe('The CA of the hub’s certificate.'),
  LCM_HUB_TIMEOUT_MS: wholeNumber({ least: 1, most: 120_000, what: 'milliseconds' })
    .default(10_000)
    .describe('How long one exchange with the hub may take.'),
  LCM_HUB_MAX_REQUESTS_PER_SECOND: variable('"off" or a number above 0, at most 10000', parseRate)
    .default('off')
    .describe('The rate towards the hub, per process.'),
  LCM_CALLBACK_TLS_CERT: file.optional().describe('The certificate of the callback endpoint.'),
  LCM_CALLBACK_TLS_KEY: file.optional().describe('Its key.'),
  LCM_CALLBACK_TLS_CLIENT_CA: file.optional().describe('The CA of the hub’s client certificate.'),
  LCM_CALLBACK_CLIENT_FINGERPRINTS: variable(
    'SHA-256 fingerprints of 64 hexadecimal digits, with or without colons, separated by commas',
    parseFingerprints,
  )
    .default([])
    .describe(
      'The hub’s client certificates, where not every one of that CA is to be taken. Optional: the hub rotates its certificate.',
    ),
  LCM_SOFT_DEADLINE_SECONDS: seconds
    .default(900)
    .describe('When an operation becomes OVERDUE, for requests that name no deadline.'),
  LCM_HARD_DEADLINE_SECONDS: seconds
    .default(259_200)
    .describe('When it ends whatever is known, for requests that name no deadline.'),
  LCM_READ_INTERVAL_SECONDS: seconds
    .default(900)
    .describe(
      'The pause between two readings of a card whose operation is OVERDUE; it doubles each time, up to 6 h. A reading that checks another one follows after this time too, at most 60 s.',
    ),
  LCM_FOREIGN_QUIET_SECONDS: seconds
    .default(60)
    .describe('How long a change that nobody asked for stays open for more of the same.'),
  LCM_LATE_QUIET_SECONDS: seconds
    .default(600)
    .describe('How long late callbacks stay open for more of the same.'),
  LCM_RENEWAL_QUIET_SECONDS: wholeNumber({ least: 1, most: 366 * 24 * 3600, what: 'seconds' })
    .default(2_592_000)
    .describe('How long the renewals of a card stay open after the last callback.'),
  LCM_CONFIRM_BY_READING: oneOf(['resume', 'always', 'never'])
    .default('resume')
    .describe(
      'Which operations on one token a reading checks before a callback’s success makes them CONFIRMED: a RESUME, all, or none.',
    ),
  LCM_CARD_RESUME: oneOf(['allow', 'refuse'])
    .default('allow')
    .describe(
      '`refuse`: no RESUME of all tokens of a card. It also lifts suspensions of single tokens that had a reason of their own.',
    ),
  LCM_NUMERIC_REFERENCES: oneOf(['refuse', 'allow'])
    .default('refuse')
    .describe('`allow`: references may look like card numbers.'),
  LCM_KEEP_ALIVE_SECONDS: wholeNumber({ least: 1, most: 3_600, what: 'seconds' })
    .default(75)
    .describe('How long both ports keep an idle connection: longer than a balancer in front of them does.'),
};

export type VariableName = keyof typeof VARIABLES;
export type Values = z.output<z.ZodObject<typeof VARIABLES>>;
/** The values without those of wrong variables, and of required ones that are missing. */
export type RightValues = { readonly [Name in VariableName]?: Values[Name] | undefined };

/** A rule over several variables. It is not asked when one of those it reads is wrong by itself. */
export interface Rule {
  readonly name: VariableName;
  readonly reads: readonly VariableName[];
  readonly expected: string;
  readonly holds: (values: RightValues) => boolean;
}

const CALLBACK_TLS = ['LCM_CALLBACK_TLS_CERT', 'LCM_CALLBACK_TLS_KEY', 'LCM_CALLBACK_TLS_CLIENT_CA'] as const;

export const RULES: readonly Rule[] = [
  {
    name: 'LCM_HUB_URL',
    reads: ['LCM_ROLES'],
    // A forgotten variable must not report a stolen phone as safe (design section 3).
    expected: 'required for the roles api and worker: the base URL of the hub',
    holds: (values) =>
      (!plays(values, 'api') && !plays(values, 'worker')) || values.LCM_HUB_URL !== undefined,
  },
  {
    name: 'LCM_API_HOST',
    reads: ['LCM_ROLES'],
    expected: 'a loopback address (127.0.0.1, ::1, localhost): the API has no authentication yet',
    holds: (values) => !plays(values, 'api') || isLoopback(values.LCM_API_HOST),
  },
  ...CALLBACK_TLS.flatMap((name): readonly Rule[] => [
    {
      name,
      reads: ['LCM_ROLES', 'LCM_CALLBACK_HOST'],
      expected:
        'required unless LCM_CALLBACK_HOST is a loopback address: the hub is proved by mutual TLS only',
      holds: (values) =>
        !plays(values, 'callbacks') || isLoopback(values.LCM_CALLBACK_HOST) || values[name] !== undefined,
    },
    {
      name,
      reads: ['LCM_CALLBACK_HOST'],
      expected: `required, because another one of ${CALLBACK_TLS.join(', ')} is set`,
      holds: (values) =>
        !isLoopback(values.LCM_CALLBACK_HOST) || // The rule above speaks.
        values[name] !== undefined ||
        CALLBACK_TLS.every((other) => values[other] === undefined),
    },
  ]),
  {
    name: 'LCM_CALLBACK_CLIENT_FINGERPRINTS',
    reads: [],
    expected: `only together with ${CALLBACK_TLS.join(', ')}: without them nothing is checked`,
    holds: (values) =>
      (values.LCM_CALLBACK_CLIENT_FINGERPRINTS ?? []).length === 0 ||
      CALLBACK_TLS.some((name) => values[name] !== undefined),
  },
  {
    name: 'LCM_HUB_TLS_KEY',
    reads: [],
    expected: 'required, because LCM_HUB_TLS_CERT is set',
    holds: (values) => values.LCM_HUB_TLS_CERT === undefined || values.LCM_HUB_TLS_KEY !== undefined,
  },
  {
    name: 'LCM_HUB_TLS_CERT',
    reads: [],
    expected: 'required, because LCM_HUB_TLS_KEY is set',
    holds: (values) => values.LCM_HUB_TLS_KEY === undefined || values.LCM_HUB_TLS_CERT !== undefined,
  },
  {
    name: 'LCM_SOFT_DEADLINE_SECONDS',
    reads: ['LCM_HARD_DEADLINE_SECONDS'],
    expected: 'not more than LCM_HARD_DEADLINE_SECONDS',
    holds: (values) =>
      (values.LCM_SOFT_DEADLINE_SECONDS ?? 0) <= (values.LCM_HARD_DEADLINE_SECONDS ?? LONGEST_SECONDS),
  },
];

function plays(values: RightValues, role: Role): boolean {
  return values.LCM_ROLES?.includes(role) ?? false;
}

/** A variable that is read by `parse`, which answers undefined for text that is not as `expected` says. */
function variable<T>(expected: string, parse: (text: string) => T | undefined) {
  return z.string({ error: expected }).transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

function wholeNumber({ least, most, what }: { least: number; most: number; what: string }) {
  // Not z.coerce.number(): it takes "", "1e3" and "0x10" for numbers.
  return variable(`${what}, a whole number from ${least} to ${most}`, (text) => {
    if (!/^\d{1,12}$/.test(text)) return undefined;
    const number = Number(text);
    return number >= least && number <= most ? number : undefined;
  });
}

function oneOf<const T extends string>(choices: readonly T[]) {
  return variable(`one of ${choices.join(', ')}`, (text) => choices.find((choice) => choice === text));
}

function listOf(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

function parseRoles(text: string): Role[] | undefined {
  const names = listOf(text);
  const roles = ROLES.filter((role) => names.includes(role));
  return names.every((name) => ROLES.some((role) => role === name)) ? roles : undefined;
}

function parseIssuerIds(text: string): string[] | undefined {
  const issuerIds = [...new Set(listOf(text))];
  return issuerIds.every(isIssuerId) ? issuerIds : undefined;
}

function parseBasePath(text: string): string | undefined {
  return /^(\/[A-Za-z0-9._~-]+)*\/?$/.test(text) && text.startsWith('/')
    ? text.replace(/\/$/, '')
    : undefined;
}

function parseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  const isBare = url.username === '' && url.password === '' && !/[?#]/.test(text);
  return isWeb && isBare ? url.href.replace(/\/+$/, '') : undefined;
}

function parseRate(text: string): number | 'off' | undefined {
  if (text === 'off') return 'off';
  if (!/^\d{1,5}(\.\d{1,6})?$/.test(text)) return undefined;
  const rate = Number(text);
  return rate > 0 && rate <= 10_000 ? rate : undefined;
}

function parseFingerprints(text: string): string[] | undefined {
  const fingerprints = listOf(text).map((item) => item.replaceAll(':', '').toLowerCase());
  return fingerprints.every((item) => /^[0-9a-f]{64}$/.test(item)) ? fingerprints : undefined;
}
