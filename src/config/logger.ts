import { isNativeError } from 'node:util/types';

import {
  pino,
  type DestinationStream,
  type LogFn,
  type Logger as PinoLogger,
  type LoggerOptions,
} from 'pino';

import { holdsCardNumber } from '../domain/hub/card-data.js';
import type { LogLevel } from './variables.js';

export type Logger = PinoLogger;

/** Names under which a body or a header may reach a log line; what stands there is left out (I6). */
const WITHHELD = [
  'body',
  'rawBody',
  'headers',
  'rawHeaders',
  'req',
  'request',
  'res',
  'response',
  'tokenInfo',
];

/**
 * The log of a process: one JSON object per line. Bodies and headers are left out wherever they stand up to three
 * levels deep; of an error only its type, code, message and stack are kept, since libraries hang the input on it.
 * @param destination where lines go; standard output by default
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: WITHHELD.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), remove: true },
    serializers: { err: (thrown) => toLoggedError(thrown), error: (thrown) => toLoggedError(thrown) },
    hooks: { logMethod: logWithOwnMessage },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Without a message, pino would take the error's own one as it is. */
function logWithOwnMessage(this: Logger, line: Parameters<LogFn>, log: LogFn): void {
  const [subject, ...rest] = line as unknown[];
  const error: unknown =
    typeof subject === 'object' && subject !== null && 'err' in subject ? subject.err : subject;
  if (isNativeError(error) && rest.length === 0) {
    log.call(this, subject === error ? { err: error } : subject, toLoggedMessage(error));
    return;
  }
  log.apply(this, line);
}

const LONGEST_MESSAGE = 500;
const DEEPEST_CAUSE = 3;

function toLoggedError(thrown: unknown, depth = 0): Record<string, unknown> {
  if (!isNativeError(thrown)) return { type: typeof thrown };
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  const isCaused = thrown.cause !== undefined && depth < DEEPEST_CAUSE;
  return {
    type: thrown.name,
    message: toLoggedMessage(thrown),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: framesOf(thrown),
    ...(isCaused ? { cause: toLoggedError(thrown.cause, depth + 1) } : {}),
  };
}

function toLoggedMessage(error: Error): string {
  // The message of a JSON error quotes the text around the fault.
  if (error.name === 'SyntaxError' || holdsCardNumber(error.message)) return '(withheld)';
  return error.message.slice(0, LONGEST_MESSAGE);
}

/** The stack without its first lines, which repeat the message. */
function framesOf(error: Error): string {
  const lines = (error.stack ?? '').split('\n');
  return lines.filter((line) => /^\s+at /.test(line)).join('\n');
}
