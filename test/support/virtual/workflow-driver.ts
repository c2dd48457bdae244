// The workflows of the built bundle, without a server: a test says what happens next, and nothing happens by itself.
import { readFileSync } from 'node:fs';
import { defaultPayloadConverter, TypedSearchAttributes, type SearchAttributePair } from '@temporalio/common';
import { encodeUnifiedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Workflow } from '@temporalio/worker/lib/workflow/interface.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { BUNDLE_PATH } from '../temporal/temporal.js';

type Activation = Parameters<Workflow['activate']>[0];
type Completion = Awaited<ReturnType<Workflow['activate']>>;
export type Job = NonNullable<Activation['jobs']>[number];
type Command = NonNullable<NonNullable<Completion['successful']>['commands']>[number];
type Payload = ReturnType<typeof defaultPayloadConverter.toPayload>;

/** What a workflow has asked for and not got yet. */
export type Pending =
  | {
      readonly kind: 'activity';
      readonly seq: number;
      readonly type: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'timer'; readonly seq: number; readonly at: number }
  | {
      readonly kind: 'signal';
      readonly seq: number;
      readonly name: string;
      readonly workflowId: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'stop'; readonly seq: number; readonly workflowId: string }
  | { readonly kind: 'child start'; readonly seq: number; readonly workflowId: string }
  | { readonly kind: 'child'; readonly seq: number; readonly workflowId: string };

/** What a child leaves that was terminated. */
export const NO_RESULT = Symbol('no result');

/** How an update was answered. */
export type UpdateAnswer =
  | { readonly kind: 'completed'; readonly result: unknown }
  | { readonly kind: 'refused'; readonly type: string | undefined };

export interface Start {
  readonly type: string;
  readonly workflowId: string;
  readonly input: unknown;
  readonly typedSearchAttributes?: readonly SearchAttributePair[];
  /** The run of the workflow whose child it is. */
  readonly parentRunId?: string;
  /** Whether the server suggests to continue as new, by the number of activations so far. */
  readonly suggestsNewRun?: (activations: number) => boolean;
}

const TERMINATED = {
  message: 'Child Workflow execution failed',
  childWorkflowExecutionFailureInfo: {
    namespace: 'default',
    workflowType: { name: 'child' },
    workflowExecution: { workflowId: 'the-child', runId: 'child-run' },
    retryState: 1,
  },
  cause: { message: 'Workflow execution terminated', terminatedFailureInfo: {} },
};

let creator: Promise<ReusableVMWorkflowCreator> | undefined;
let runs = 0;

async function theCreator(): Promise<ReusableVMWorkflowCreator> {
  const activityNames = ['updateCardState', 'getCardInfo', 'findLateBasis', 'wasReset'];
  creator ??= ReusableVMWorkflowCreator.create(
    parseWorkflowCode(readFileSync(BUNDLE_PATH, 'utf8'), BUNDLE_PATH),
    10_000,
    new Set(activityNames),
  );
  return creator;
}

/** One workflow, over all the runs that it continues as. */
export class WorkflowDriver {
  now: number;
  /** In the order in which they were asked for. */
  pending: readonly Pending[] = [];
  /** By update id. */
  readonly answers = new Map<string, UpdateAnswer>();
  readonly searchAttributes: Record<string, unknown> = {};
  readonly memo: Record<string, unknown> = {};
  ended: { readonly result: unknown } | undefined;
  newRuns = 0;
  private activations = 0;
  private messages = 0;
  private readonly attributePayloads: Record<string, Payload>;

  private constructor(
    private readonly start: Start,
    private workflow: Workflow,
    private runId: string,
    now: number,
  ) {
    this.now = now;
    this.attributePayloads = encodeUnifiedSearchAttributes(
      undefined,
      new TypedSearchAttributes([...(start.typedSearchAttributes ?? [])]),
    );
  }

  static async start(start: Start, now: number): Promise<WorkflowDriver> {
    const { workflow, runId } = await createRun(start, now);
    const driver = new WorkflowDriver(start, workflow, runId, now);
    await driver.initialize([toPayload(start.input)], []);
    return driver;
  }

  async dispose(): Promise<void> {
    ReusableVMWorkflowCreator.workflowByRunId.delete(this.runId);
    await this.workflow.dispose();
  }

  /** One workflow task with these jobs, in the order in which Temporal hands them over: what others send comes first. */
  async activate(jobs: readonly Job[]): Promise<void> {
    const inOrder = [...jobs.filter(isMessage), ...jobs.filter((job) => !isMessage(job))];
    await this.run(inOrder);
  }

  signal(name: string, ...args: readonly unknown[]): Job {
    return { signalWorkflow: { signalName: name, input: args.map(toPayload), headers: {} } };
  }

  /** @returns the job, and the id under which its answer is found */
  update(name: string, ...args: readonly unknown[]): { job: Job; id: string } {
    this.messages += 1;
    const id = `update-${this.messages}`;
    const input = args.map(toPayload);
    const meta = { updateId: id, identity: 'test' };
    return {
      id,
      job: { doUpdate: { id, protocolInstanceId: id, name, input, headers: {}, meta, runValidator: true } },
    };
  }

  cancel(): Job {
    return { cancelWorkflow: { reason: 'by hand' } };
  }

  /** What answers something that is pending; a timer takes the clock with it. */
  resolve(pending: Pending, value: unknown): Job {
    const { seq } = pending;
    this.pending = this.pending.filter((other) => other !== pending);
    switch (pending.kind) {
      case 'activity':
        return { resolveActivity: { seq, result: { completed: { result: toPayload(value) } } } };
      case 'timer':
        this.now = Math.max(this.now, pending.at);
        return { fireTimer: { seq } };
      case 'signal':
        return { resolveSignalExternalWorkflow: { seq } };
      case 'stop':
        return { resolveRequestCancelExternalWorkflow: { seq } };
      case 'child start':
        this.pending = [...this.pending, { ...pending, kind: 'child' }];
        return { resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: 'child-run' } } };
      case 'child':
        return {
          resolveChildWorkflowExecution: {
            seq,
            result:
              value === NO_RESULT
                ? { failed: { failure: TERMINATED } }
                : { completed: { result: toPayload(value) } },
          },
        };
    }
  }

  async query(name: string): Promise<unknown> {
    const queryWorkflow = { queryId: 'query', queryType: name, arguments: [], headers: {} };
    // A message of the protocol knows which of its fields is set.
    const job = { variant: 'queryWorkflow', queryWorkflow } as const;
    const commands = await this.activateAs({ jobs: [job] });
    const response = commands[0]?.respondToQuery?.succeeded?.response;
    if (response === undefined || response === null) throw new Error(`the query ${name} is not answered`);
    return fromPayload(response);
  }

  /** What the Temporal UI shows of it, also once it has closed. */
  async currentDetails(): Promise<string> {
    const metadata = (await this.query('__temporal_workflow_metadata')) as { currentDetails?: string };
    return metadata.currentDetails ?? '';
  }

  private async initialize(args: Payload[], more: readonly Job[]): Promise<void> {
    const { type: workflowType, workflowId } = this.start;
    await this.run([
      {
        initializeWorkflow: {
          workflowType,
          workflowId,
          arguments: args,
          headers: {},
          memo: { fields: Object.fromEntries(Object.entries(this.memo).map(([n, v]) => [n, toPayload(v)])) },
          searchAttributes: { indexedFields: this.attributePayloads },
        },
      },
      ...more,
    ]);
  }

  private async run(jobs: readonly Job[]): Promise<void> {
    this.activations += 1;
    this.now += 1;
    let next: Payload[] | undefined;
    for (const command of await this.activateAs({ jobs: [...jobs] })) next = this.take(command) ?? next;
    if (next === undefined) return;
    // The next run: what was pending in this one is nobody's any more.
    this.newRuns += 1;
    this.pending = [];
    await this.dispose();
    ({ workflow: this.workflow, runId: this.runId } = await createRun(this.start, this.now));
    await this.initialize(next, []);
  }

  private async activateAs({ jobs }: { jobs: Job[] }): Promise<Command[]> {
    const completion = await this.workflow.activate({
      runId: this.runId,
      timestamp: msToTs(this.now),
      isReplaying: false,
      historyLength: 10,
      continueAsNewSuggested: this.newRuns === 0 && this.start.suggestsNewRun?.(this.activations) === true,
      availableInternalFlags: [],
      jobs,
    });
    await this.workflow.getAndResetSinkCalls();
    if (completion.failed) throw new Error(`the workflow task failed: ${JSON.stringify(completion.failed)}`);
    return completion.successful?.commands ?? [];
  }

  /** @returns the input of the next run, when there is one */
  private take(command: Command): Payload[] | undefined {
    const wait = (pending: Pending): void => {
      this.pending = [...this.pending, pending];
    };
    const { scheduleActivity, startTimer, cancelTimer, updateResponse } = command;
    if (scheduleActivity) {
      const { seq, activityType, arguments: args } = scheduleActivity;
      wait({
        kind: 'activity',
        seq: seq ?? 0,
        type: activityType ?? '',
        args: (args ?? []).map(fromPayload),
      });
    } else if (startTimer) {
      const { seconds, nanos } = startTimer.startToFireTimeout ?? {};
      const ms = Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6;
      wait({ kind: 'timer', seq: startTimer.seq ?? 0, at: this.now + ms });
    } else if (cancelTimer) {
      this.pending = this.pending.filter(({ kind, seq }) => !(kind === 'timer' && seq === cancelTimer.seq));
    } else if (command.signalExternalWorkflowExecution) {
      const { seq, signalName, args, workflowExecution } = command.signalExternalWorkflowExecution;
      wait({
        kind: 'signal',
        seq: seq ?? 0,
        name: signalName ?? '',
        workflowId: workflowExecution?.workflowId ?? '',
        args: (args ?? []).map(fromPayload),
      });
    } else if (command.requestCancelExternalWorkflowExecution) {
      const { seq, workflowExecution } = command.requestCancelExternalWorkflowExecution;
      wait({ kind: 'stop', seq: seq ?? 0, workflowId: workflowExecution?.workflowId ?? '' });
    } else if (command.startChildWorkflowExecution) {
      const { seq, workflowId } = command.startChildWorkflowExecution;
      wait({ kind: 'child start', seq: seq ?? 0, workflowId: workflowId ?? '' });
    } else if (command.upsertWorkflowSearchAttributes) {
      const written = command.upsertWorkflowSearchAttributes.searchAttributes?.indexedFields ?? {};
      for (const [name, payload] of Object.entries(written)) {
        this.searchAttributes[name] = fromPayload(payload);
        this.attributePayloads[name] = payload;
      }
    } else if (command.modifyWorkflowProperties) {
      const fields = command.modifyWorkflowProperties.upsertedMemo?.fields ?? {};
      for (const [name, payload] of Object.entries(fields)) this.memo[name] = fromPayload(payload);
    } else if (updateResponse) {
      const { protocolInstanceId: id, completed, rejected } = updateResponse;
      if (rejected)
        this.answers.set(id ?? '', {
          kind: 'refused',
          type: rejected.applicationFailureInfo?.type ?? undefined,
        });
      else if (completed) this.answers.set(id ?? '', { kind: 'completed', result: fromPayload(completed) });
    } else if (command.completeWorkflowExecution) {
      const { result } = command.completeWorkflowExecution;
      this.ended = { result: result ? fromPayload(result) : undefined };
    } else if (command.continueAsNewWorkflowExecution) {
      return command.continueAsNewWorkflowExecution.arguments ?? [];
    } else if (command.cancelWorkflowExecution || command.failWorkflowExecution) {
      throw new Error(`it closed without a result: ${JSON.stringify(command)}`);
    }
    return undefined;
  }
}

async function createRun(start: Start, now: number): Promise<{ workflow: Workflow; runId: string }> {
  runs += 1;
  const runId = `run-${runs}`;
  const workflow = await (
    await theCreator()
  ).createWorkflow({
    info: {
      workflowId: start.workflowId,
      runId,
      workflowType: start.type,
      searchAttributes: {},
      typedSearchAttributes: new TypedSearchAttributes(),
      taskQueue: 'lcm',
      namespace: 'default',
      firstExecutionRunId: runId,
      originalExecutionRunId: runId,
      ...(start.parentRunId !== undefined && {
        parent: { workflowId: 'the-parent', runId: start.parentRunId, namespace: 'default' },
      }),
      startTime: new Date(now),
      runStartTime: new Date(now),
      taskTimeoutMs: 10_000,
      attempt: 1,
      historyLength: 3,
      historySize: 0,
      continueAsNewSuggested: false,
      targetWorkerDeploymentVersionChanged: false,
      currentBuildId: '',
      unsafe: {
        now: () => now,
        isReplaying: false,
        isReplayingHistoryEvents: false,
        random: () => 0.5,
      },
    } as unknown as Parameters<ReusableVMWorkflowCreator['createWorkflow']>[0]['info'],
    randomnessSeed: [1, 2, 3, 4, 5, 6, 7, 8],
    now,
    showStackTraceSources: false,
  } as Parameters<ReusableVMWorkflowCreator['createWorkflow']>[0]);
  return { workflow, runId };
}

function isMessage({ signalWorkflow, doUpdate }: Job): boolean {
  return (signalWorkflow ?? doUpdate) !== undefined;
}

function toPayload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

function fromPayload(payload: object): unknown {
  const { data } = payload as { data?: Uint8Array | null };
  if (data === undefined || data === null || data.length === 0) return undefined;
  return JSON.parse(Buffer.from(data).toString('utf8'));
}
