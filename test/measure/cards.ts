import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';

import { countOf, suspendPlannedCard, type CardRun } from '../support/card-runs.js';
import type { ChainedRun } from '../support/temporal/histories.js';
import { startPlannedHub } from '../support/planned-card.js';
import { startStack, type Stack } from '../support/processes/stack.js';

/** The measurement behind `npm run measure:cards`: cards with ever more tokens, one after the other. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tokens: { type: 'string', default: '1,10,100,1000' },
      seed: { type: 'string', default: '1' },
    },
  });
  const sizes = values.tokens.split(',').map(toCount);
  const stack = await startStack();
  try {
    const all = await measure(stack, sizes, values.seed);
    if (all.some(({ differences }) => differences.length > 0)) process.exitCode = 1;
  } finally {
    await stack.stop();
  }
}

async function measure(stack: Stack, sizes: readonly number[], seed: string): Promise<CardRun[]> {
  let callbackUrl = '';
  const hub = await startPlannedHub(() => callbackUrl);
  const runs: CardRun[] = [];
  let connection: Connection | undefined;
  try {
    const service = await stack.service({
      hubUrl: hub.url,
      // A line for each of thousands of requests would be most of what is measured.
      variables: { LCM_LOG_LEVEL: 'error', LCM_HUB_TIMEOUT_MS: '10000' },
    });
    ({ callbackUrl } = service);
    connection = await Connection.connect({ address: stack.temporal.address });
    const client = new Client({ connection });
    for (const tokens of sizes) {
      const run = await suspendPlannedCard(
        { hub, service, client },
        { name: `measured-${tokens}`, tokens, seed: `${seed}/${tokens}`, softDeadlineSeconds: 10 },
      );
      tell(tokens, run);
      runs.push(run);
    }
    return runs;
  } finally {
    await connection?.close();
    await hub.close();
  }
}

const MOST_SHOWN = 20;

function tell(tokens: number, run: CardRun): void {
  const { operation, played, differences, settledAfterMs, reachedHubAfterMs, tookMs, runs, sender } = run;
  const { callbacks, callingBackMs, postponed, looks } = played;
  const lines = [
    `${tokens} tokens: ${operation.status}, ${differences.length === 0 ? 'every result as planned' : `${differences.length} DIFFERENCES`}`,
    `  ${callbacks} callbacks in ${callingBackMs} ms, ${postponed} answers 503, ${operation.duplicates} repeats, ${looks} looks at the card`,
    `  settled ${settledAfterMs} ms after the last fact; the hub had the request after ${reachedHubAfterMs} ms, the client the end after ${tookMs} ms`,
    `  operation: ${describe(runs)}, ${countOf(runs, 'WORKFLOW_EXECUTION_SIGNALED')} signals`,
    `  its child that sends: ${describe(sender)}`,
    ...differences.slice(0, MOST_SHOWN).map((difference) => `  DIFFERENCE ${difference}`),
  ];
  console.log(lines.join('\n'));
}

function describe(chain: readonly ChainedRun[]): string {
  const sizes = chain.map(({ events, bytes }) => `${events} events ${kilobytes(bytes)}`).join(' + ');
  const searchAttributes = countOf(chain, 'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES');
  const memo = countOf(chain, 'WORKFLOW_PROPERTIES_MODIFIED');
  const largest = Math.max(...chain.map(({ largestPayload }) => largestPayload));
  const runs = `${chain.length} ${chain.length === 1 ? 'run' : 'runs'}`;
  return `${runs} (${sizes}), ${searchAttributes} search attribute writes, ${memo} memo writes, largest payload ${kilobytes(largest)}`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 2_500) {
    throw new Error('--tokens wants whole numbers from 1 to 2500, comma-separated');
  }
  return count;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
