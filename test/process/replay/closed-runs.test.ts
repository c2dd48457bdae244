// What the Temporal UI shows for ever of what has closed: recorded histories, replayed to their last task.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { ReusableVMWorkflow } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import type { SenderReport } from '../../../src/domain/card/index.js';
import { toRenewalDetails, type CardRenewals } from '../../../src/domain/unsolicited/index.js';
import type { ForeignChange } from '../../../src/domain/unsolicited/foreign-change.js';
import type { LateArrivals } from '../../../src/domain/late/index.js';
import type { OperationReport } from '../../../src/domain/report/report.js';
import { BUNDLE_PATH } from '../../support/temporal/temporal.js';

const HISTORIES = resolve('test/process/replay/histories');

jest.setTimeout(180_000);
beforeAll(() => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
});

interface Shown {
  readonly details: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly progress: unknown;
}

interface Recorded {
  readonly name: string;
  readonly type: string;
  readonly result: unknown;
  readonly json: unknown;
}

/** The runs that have returned something; one that continues as new, or was ended by hand, has not. */
function completedRuns(): readonly Recorded[] {
  return readdirSync(HISTORIES).flatMap((file) => {
    const json = JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')) as { events: HistoryEvent[] };
    const started = json.events[0]?.workflowExecutionStartedEventAttributes;
    const completed = json.events.at(-1)?.workflowExecutionCompletedEventAttributes;
    if (started === undefined || completed === undefined) return [];
    const data = completed.result?.payloads[0]?.data ?? '';
    const result: unknown = JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
    return [{ name: file.replace(/\.json$/, ''), type: started.workflowType.name, result, json }];
  });
}

interface HistoryEvent {
  readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { readonly name: string } };
  readonly workflowExecutionCompletedEventAttributes?: {
    readonly result?: { readonly payloads: readonly { readonly data: string }[] };
  };
}

/** What is left in each workflow when its history has been replayed. */
async function replay(runs: readonly Recorded[]): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  const dispose = jest.spyOn(ReusableVMWorkflow.prototype, 'dispose');
  dispose.mockImplementation(async function (this: ReusableVMWorkflow) {
    const { info, currentDetails } = this['activator'];
    const { memo = {}, typedSearchAttributes, workflowId } = info;
    const attributes = Object.fromEntries(
      typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
    );
    shown.set(workflowId, { details: currentDetails, attributes, progress: memo['progress'] });
    this.workflowModule.dispose();
  });
  const histories = runs.map(({ name, json }) => ({ workflowId: name, history: historyFromJSON(json) }));
  // In this very process: what a workflow knows is read when it is put away.
  const options = { workflowBundle: { codePath: BUNDLE_PATH }, debugMode: true };
  const failed: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories))
    if (error !== undefined) failed.push(workflowId);
  dispose.mockRestore();
  expect(failed).toEqual([]);
  return shown;
}

/** Where what is shown of a closed operation is not its end. */
function faultsOfOperation(result: OperationReport, { details, attributes, progress }: Shown): string[] {
  const { status, final, attention, errorCode } = result;
  const code = typeof errorCode === 'number' ? errorCode : undefined;
  const faults: string[] = [];
  if (!final) faults.push(`it has completed with ${status}, which is not final`);
  if (attributes['LcmStatus'] !== status) faults.push(`LcmStatus: ${String(attributes['LcmStatus'])}`);
  if (attributes['LcmAttention'] !== attention)
    faults.push(`LcmAttention: ${String(attributes['LcmAttention'])}`);
  if (attributes['LcmErrorCode'] !== code) faults.push(`LcmErrorCode: ${String(attributes['LcmErrorCode'])}`);
  if (attributes['LcmDeadline'] !== undefined) faults.push('LcmDeadline: still to come');
  if (!details.startsWith(`**${status}**`)) faults.push(`details: ${details.split('\n')[0]}`);
  if (attention !== undefined && !details.includes(attention)) faults.push('details: without the attention');
  if (details.includes('Next: ')) faults.push('details: something is still to come');
  if (typeof progress === 'string' && !details.includes(progress)) faults.push(`memo: ${progress}`);
  return faults;
}

function faultsOf({ type, result }: Recorded, shown: Shown): string[] {
  switch (type) {
    case 'tokenOperation':
    case 'cardOperation':
      return faultsOfOperation(result as OperationReport, shown);
    case 'cardRequest': {
      const { result: ended, dispatch } = result as SenderReport;
      const wanted = `**${ended.kind}** · attempts: ${dispatch.attempts}`;
      return shown.details.startsWith(wanted) ? [] : [`details: ${shown.details}`];
    }
    case 'cardRenewals':
      return shown.details === toRenewalDetails(result as CardRenewals) ? [] : ['details: not its end'];
    case 'lateChange': {
      const { arrivals } = result as LateArrivals;
      const { LcmStatus: status, LcmAttention: attention } = shown.attributes;
      const wanted = [
        `Arrivals after the end: ${arrivals.length},`,
        ...(status === undefined ? [] : [`Now **${JSON.stringify(status).slice(1, -1)}**`]),
        ...(attention === undefined ? [] : [`**${JSON.stringify(attention).slice(1, -1)}**`]),
      ];
      return wanted.every((text) => shown.details.includes(text)) ? [] : [`details: ${shown.details}`];
    }
    case 'foreignChange': {
      const wanted = (result as ForeignChange).cardDataSeen ? 'CARD_DATA_SEEN' : undefined;
      const { LcmAttention: attention } = shown.attributes;
      return attention === wanted ? [] : [`LcmAttention: ${String(attention)}`];
    }
    default:
      return [`nobody has said what a ${type} shows at its end`];
  }
}

it('I5: every recorded run that has completed shows its end, in details, search attributes and memo', async () => {
  const runs = completedRuns();
  expect(runs.length).toBeGreaterThan(20);
  const shown = await replay(runs);
  const faults = runs.flatMap((run) => {
    const seen = shown.get(run.name);
    const found = seen === undefined ? ['it was not replayed'] : faultsOf(run, seen);
    return found.map((fault) => `${run.name}: ${fault}`);
  });
  expect(faults).toEqual([]);
});
