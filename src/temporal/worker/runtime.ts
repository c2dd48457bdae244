import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';

/** What this process does with a line of the SDK's log. */
export type LogLine = (
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error',
  fields: object,
  message: string,
) => void;

/** Sends the SDK's log where ours goes, and leaves the signals of the process to us: HTTP has to stop before the worker. */
export function installRuntime(write: LogLine): void {
  const logger = new DefaultLogger('WARN', ({ level, message, meta }: LogEntry) => {
    write(level.toLowerCase() as Lowercase<typeof level>, toFields(meta), message);
  });
  Runtime.install({
    logger,
    telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
    shutdownSignals: [],
  });
}

const SHOWN = [
  'workflowId',
  'runId',
  'workflowType',
  'activityType',
  'attempt',
  'taskQueue',
  'sdkComponent',
  'cause',
];

/** Only fields that are known to carry references: the rest may hold a failure's details. */
function toFields(meta: object | undefined): object {
  return Object.fromEntries(Object.entries(meta ?? {}).filter(([name]) => SHOWN.includes(name)));
}
