// `npm run histories`: records one history per path through the workflows into test/process/replay/histories, on a real
// Temporal server with a hub that is played. Before the first tagged release they are recorded anew with every change
// of a workflow's steps; after it they are what a new release has to be able to continue (I8). With an argument only the
// paths whose names begin with it are recorded: `npm run histories -- card-`.
import './lib/node-version.mjs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { pathToFileURL } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'test/process/replay/histories');
const [prefix = ''] = process.argv.slice(2);
execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit', cwd: root });
const binary =
  process.env.LCM_TEST_TEMPORAL_BINARY ??
  execFileSync(process.execPath, [join(root, 'scripts/temporal.mjs'), 'path'], { encoding: 'utf8' }).trim();

const built = async (file) => import(pathToFileURL(join(root, 'dist/src', file)).href);
const { toCardOperationStart, toTokenOperationStart } = await built('temporal/operations/start-options.js');
const { SEARCH_ATTRIBUTES } = await built('contract/search-attributes.js');
const { cardRequestWorkflowId } = await built('contract/workflow-ids.js');
const { duplicateKey } = await built('domain/hub/change.js');
const { NOTHING_LEFT } = await built('domain/hub/answer.js');

const accepted = { kind: 'accepted' };
const superseded = { kind: 'superseded', by: 'op-newer' };
const refused = (errorCode) => ({ kind: 'refused', errorCode, httpStatus: 400 });
const listed = (status) => ({ kind: 'listed', tokens: [{ virtualCardId: 'token-1', status }] });
const missing = { kind: 'listed', tokens: [{ virtualCardId: 'token-2', status: 'RESUMED' }] };
const nothingLeft = () => {
  throw ApplicationFailure.create({
    type: NOTHING_LEFT,
    message: 'nothing was sent: ECONNREFUSED',
    nextRetryDelay: 200,
  });
};
const change = (overrides = {}) => ({
  correlationId: 'op-1',
  virtualCardId: 'token-1',
  action: 'SUSPEND',
  receivedAt: new Date().toISOString(),
  ...overrides,
});
const heard = () => duplicateKey(change());
const signal = (overrides) => async (handle) => handle.signal('virtualCardChanged', change(overrides));
const update =
  (name, ...args) =>
  async (handle) =>
    handle.executeUpdate(name, { args });
/** Who asks and why, where it is said. */
const saidBy = { by: 'jo', note: 'the caller waits' };
const pause = (ms) => async () => new Promise((wake) => setTimeout(wake, ms));
const isAt = (status) => async (handle) => {
  const giveUpAt = Date.now() + 30_000;
  while ((await handle.query('report')).status !== status) {
    if (Date.now() > giveUpAt) throw new Error(`${handle.workflowId} is not ${status}`);
    await pause(50)();
  }
};
/** Ten at a time, as the gateway stores callbacks of one correlation id. */
const inLanes = async (count, call) => {
  for (let begun = 0; begun < count; begun += 10) await Promise.all(Array.from({ length: 10 }, call));
};
const isAccepted = async (handle) => {
  const giveUpAt = Date.now() + 30_000;
  while ((await handle.query('report')).acceptedAt === undefined) {
    if (Date.now() > giveUpAt) throw new Error(`${handle.workflowId} is not accepted`);
    await pause(50)();
  }
};
const hasSent = async (_operation, sender) => {
  for (const giveUpAt = Date.now() + 30_000; ;) {
    const { events = [] } = await sender.fetchHistory().catch(() => ({}));
    if (events.some((event) => event.activityTaskScheduledEventAttributes)) return;
    if (Date.now() > giveUpAt) throw new Error(`${sender.workflowId} does not send`);
    await pause(50)();
  }
};
const storm = (signals, overrides) => async (handle) => {
  const odd = change({ virtualCardId: 'token-9', ...overrides });
  await inLanes(signals, async () => handle.signal('virtualCardChanged', odd));
};
const ofCard = (...statuses) => ({
  kind: 'listed',
  tokens: statuses.map((status, index) => ({ virtualCardId: `token-${index + 1}`, status })),
});
const payable = ofCard('RESUMED', 'RESUMED');
const suspended = ofCard('SUSPENDED', 'SUSPENDED');
const inTurn =
  (...steps) =>
  async (handle) => {
    for (const step of steps) await step(handle);
  };
const bothConfirmed = inTurn(signal(), signal({ virtualCardId: 'token-2' }));

/** One path each: what the hub answers and shows in turn (the last goes on), and what happens from outside. */
const tokenOperations = {
  'confirmed-by-callback': { steps: [isAt('AWAITING_CALLBACK'), signal()] },
  'callback-before-the-answer': { answers: [accepted], latencyMs: 500, steps: [pause(200), signal()] },
  'duplicates-and-unexpected': {
    action: 'RESUME',
    readings: [listed('SUSPENDED'), listed('RESUMED')],
    steps: [
      isAt('AWAITING_CALLBACK'),
      signal({ virtualCardId: 'token-2' }),
      signal({ virtualCardId: 'token-2' }),
      pause(500),
      signal({ action: 'RESUME' }),
    ],
  },
  'conflict-decided-by-a-reading': {
    readings: [listed('SUSPENDED')],
    steps: [signal({ errorCode: 231 }), signal()],
    noWorkerDuringSteps: true,
  },
  'other-suspender': {
    action: 'RESUME',
    readings: [listed('SUSPENDED')],
    steps: [signal({ action: 'RESUME' })],
  },
  refused: { answers: [refused(111)] },
  'refused-for-the-state-and-confirmed': { answers: [refused(432)], readings: [listed('SUSPENDED')] },
  'refused-for-the-state-and-rejected': { answers: [refused(432)], readings: [listed('RESUMED')] },
  'echo-of-an-unanswered-attempt': {
    answers: [{ kind: 'unanswered' }, refused(432)],
    readings: [{ kind: 'failed' }, listed('RESUMED')],
  },
  'unanswered-then-accepted': {
    answers: [{ kind: 'unanswered' }, accepted],
    steps: [isAt('AWAITING_CALLBACK'), signal()],
  },
  'hub-asks-for-time': {
    answers: [{ kind: 'again', effect: 'none', retryAfterMs: 1000 }, accepted],
    steps: [isAt('AWAITING_CALLBACK'), signal()],
  },
  'nothing-left-until-the-hard-deadline': {
    answers: [nothingLeft],
    softSeconds: 2,
    hardSeconds: 4,
    readings: [listed('RESUMED')],
  },
  'unreachable-221-confirmed-by-reading': {
    readings: [{ kind: 'failed' }, listed('SUSPENDED')],
    steps: [signal({ errorCode: 221 })],
  },
  'unreachable-221-failed': { readings: [listed('RESUMED')], steps: [signal({ errorCode: 221 })] },
  'failed-231': { steps: [isAt('AWAITING_CALLBACK'), signal({ errorCode: 231 })] },
  'lost-callback-settled-by-reading': { softSeconds: 1, readings: [listed('RESUMED'), listed('SUSPENDED')] },
  'silent-until-the-hard-deadline': { softSeconds: 2, readings: [listed('RESUMED')], hardSeconds: 5 },
  'cancelled-before-sending': { answers: [nothingLeft], steps: [pause(300), update('cancel')] },
  'cancelled-after-sending': {
    readings: [listed('RESUMED')],
    steps: [isAt('AWAITING_CALLBACK'), update('cancel', saidBy)],
  },
  'cancelled-in-the-temporal-ui': {
    readings: [listed('SUSPENDED')],
    steps: [isAt('AWAITING_CALLBACK'), async (handle) => handle.cancel()],
  },
  'read-by-a-person': {
    readings: [listed('RESUMED'), listed('SUSPENDED')],
    steps: [isAt('AWAITING_CALLBACK'), update('read'), update('read', saidBy)],
  },
  'resolved-by-a-person': {
    steps: [
      isAt('AWAITING_CALLBACK'),
      update('resolve', { status: 'FAILED', note: 'seen in the portal', by: 'jo' }),
    ],
  },
  'deleted-token-is-missing': { action: 'DELETE', softSeconds: 2, readings: [listed('RESUMED'), missing] },
  'superseded-before-sending': { answers: [superseded] },
  'superseded-after-sending': {
    answers: [{ kind: 'unanswered' }, superseded],
    readings: [{ kind: 'failed' }, listed('RESUMED')],
  },
  'callback-between-two-attempts': { answers: [{ kind: 'unanswered' }], steps: [pause(700), signal()] },
  'callback-while-no-worker-runs': { steps: [signal()], noWorkerDuringSteps: true },
  'unreachable-221-then-success': {
    readings: [listed('RESUMED')],
    steps: [isAt('AWAITING_CALLBACK'), signal({ errorCode: 221 }), pause(200), signal()],
  },
  'resumed-and-checked': {
    action: 'RESUME',
    readings: [{ kind: 'failed' }, listed('RESUMED')],
    steps: [isAt('AWAITING_CALLBACK'), signal({ action: 'RESUME' })],
  },
  'deleted-and-removed-from-the-app': {
    action: 'DELETE',
    readings: [listed('RESUMED')],
    steps: [
      isAt('AWAITING_CALLBACK'),
      signal({ action: 'DELETE_FROM_APP' }),
      pause(300),
      signal({ action: 'DELETE' }),
    ],
  },
  'error-that-proves-nothing-at-the-hard-deadline': {
    softSeconds: 2,
    hardSeconds: 3,
    steps: [isAt('AWAITING_CALLBACK'), signal({ errorCode: 911 })],
  },
  'cancelled-while-an-attempt-is-under-way': {
    latencyMs: 1000,
    readings: [listed('SUSPENDED')],
    steps: [pause(300), update('cancel')],
  },
  'signals-that-are-none': {
    steps: [
      isAt('AWAITING_CALLBACK'),
      async (handle) => handle.signal('virtualCardChanged'),
      async (handle) => handle.signal('virtualCardChanged', null),
      signal(),
    ],
  },
  'continued-as-new-between-two-attempts': {
    answers: [{ kind: 'unanswered' }, { kind: 'unanswered' }, accepted],
    softSeconds: 600,
    hardSeconds: 900,
    steps: [pause(2300), storm(1100), isAt('AWAITING_CALLBACK'), signal()],
    runs: 2,
  },
  'continued-as-new': {
    softSeconds: 600,
    hardSeconds: 900,
    steps: [isAt('AWAITING_CALLBACK'), storm(1100), pause(2000), signal()],
    runs: 2,
  },
};
/** The same for operations on all tokens of a card, and the child that sends; the first reading is the snapshot. */
const cardOperations = {
  'card-confirmed': {
    readings: [payable, suspended],
    steps: [isAt('AWAITING_CALLBACK'), bothConfirmed],
  },
  'card-partially-with-one-exposed': {
    readings: [payable, ofCard('SUSPENDED', 'RESUMED')],
    steps: [
      isAt('AWAITING_CALLBACK'),
      signal({ virtualCardId: 'token-9', action: 'RESUME' }),
      signal(),
      signal(),
      signal({ virtualCardId: 'token-2', errorCode: 231 }),
    ],
  },
  'card-without-snapshot': {
    readings: [{ kind: 'failed' }, suspended],
    steps: [isAccepted, bothConfirmed],
  },
  'card-without-snapshot-overdue': {
    softSeconds: 3,
    readings: [{ kind: 'failed' }, { kind: 'failed' }, suspended],
    steps: [isAccepted, signal()],
  },
  'card-refused-for-the-state': { answers: [refused(432)], readings: [payable] },
  'card-refused': { answers: [refused(111)], readings: [payable] },
  'card-unanswered-then-accepted': {
    answers: [{ kind: 'unanswered' }, accepted],
    readings: [payable, suspended],
    steps: [isAt('AWAITING_CALLBACK'), bothConfirmed],
  },
  'card-callback-ends-the-sending': {
    answers: [{ kind: 'unanswered' }],
    readings: [payable, suspended],
    steps: [hasSent, pause(500), bothConfirmed],
  },
  'card-callback-before-the-answer': {
    latencyMs: 1000,
    readings: [payable, suspended],
    steps: [hasSent, bothConfirmed],
  },
  'card-cancelled-after-sending': {
    readings: [payable, suspended],
    steps: [isAt('AWAITING_CALLBACK'), update('cancel', saidBy)],
  },
  'card-cancelled-before-sending': {
    answers: [nothingLeft],
    readings: [payable],
    steps: [hasSent, pause(300), async (operation) => operation.cancel()],
  },
  'card-cancelled-while-it-looks': {
    readings: [payable],
    noWorkerDuringSteps: true,
    steps: [async (operation) => operation.cancel()],
    hasChild: false,
  },
  'card-superseded-before-sending': { answers: [superseded], readings: [payable] },
  'card-superseded-after-sending': {
    answers: [{ kind: 'unanswered' }, superseded],
    readings: [payable],
  },
  'card-never-sent': { answers: [nothingLeft], softSeconds: 2, hardSeconds: 4, readings: [payable] },
  'card-silent-until-the-hard-deadline': { softSeconds: 2, hardSeconds: 5, readings: [payable] },
  'card-read-and-resolved-by-a-person': {
    readings: [payable],
    steps: [
      isAt('AWAITING_CALLBACK'),
      update('read', saidBy),
      update('resolve', { status: 'PARTIALLY_CONFIRMED', note: 'seen in the portal', by: 'jo' }),
    ],
  },
  'card-resolved-while-it-sends': {
    latencyMs: 1000,
    readings: [payable],
    steps: [hasSent, update('resolve', { status: 'FAILED', note: 'seen in the portal', by: 'jo' })],
  },
  'card-signals-that-are-none': {
    readings: [payable, suspended],
    steps: [
      isAt('AWAITING_CALLBACK'),
      async (operation) => operation.signal('virtualCardChanged'),
      async (operation) => operation.signal('virtualCardChanged', null),
      bothConfirmed,
    ],
  },
  'card-request-cancelled-by-hand': {
    answers: [{ kind: 'unanswered' }],
    readings: [payable],
    steps: [hasSent, pause(300), async (_operation, sender) => sender.cancel()],
  },
  'card-request-terminated': {
    answers: [{ kind: 'unanswered' }],
    readings: [payable, suspended],
    steps: [hasSent, pause(300), async (_operation, sender) => sender.terminate(), bothConfirmed],
  },
  'card-continued-as-new': {
    softSeconds: 600,
    hardSeconds: 900,
    readings: [payable, suspended],
    steps: [isAt('AWAITING_CALLBACK'), signal(), storm(1100), pause(2000), bothConfirmed],
    runs: 2,
  },
  'card-continued-as-new-while-it-sends': {
    answers: [{ kind: 'again', effect: 'possible', retryAfterMs: 10_000 }, accepted],
    softSeconds: 600,
    hardSeconds: 900,
    readings: [payable, suspended],
    steps: [hasSent, storm(1100, { action: 'RESUME' }), isAccepted, bothConfirmed],
    runs: 2,
    children: 2,
  },
};
const confirmed = { settlement: { status: 'CONFIRMED' }, effectiveStatus: 'CONFIRMED', heard: [heard()] };
const unknown = {
  settlement: { status: 'UNKNOWN' },
  effectiveStatus: 'UNKNOWN',
  reasons: ['UNKNOWN_OUTCOME'],
};
const decided = update('resolve', { status: 'CONFIRMED', note: 'seen in the portal', by: 'jo' });
const others = {
  'foreign-change': {
    type: 'foreignChange',
    signals: [{}, {}, { action: 'RESUME' }, { virtualCardId: 'token-2', errorCode: 221 }],
  },
  'foreign-change-continued-as-new': { type: 'foreignChange', steps: [storm(1100)], runs: 2 },
  'late-copy-and-agreement': { ended: confirmed, signals: [{}, {}, { isPrimary: false }] },
  'late-amendment': { ended: unknown, signals: [{}, { errorCode: 221 }] },
  'late-unexpected': { ended: confirmed, signals: [{ action: 'RESUME' }, { virtualCardId: 'token-2' }] },
  'late-conflict-decided-by-a-person': {
    ended: confirmed,
    signals: [{ errorCode: 231 }],
    steps: [pause(1500), decided],
  },
  'late-conflict-decided-by-a-reading': {
    ended: confirmed,
    signals: [{ errorCode: 231 }],
    readings: [{ kind: 'failed' }, listed('SUSPENDED')],
    steps: [pause(300), update('read'), update('read', saidBy)],
  },
  'late-conflict-that-somebody-cancels': {
    ended: confirmed,
    signals: [{ errorCode: 231 }],
    steps: [pause(300), async (handle) => handle.cancel(), pause(300), decided],
  },
  'late-change-of-a-foreign-change': { signals: [{}, { errorCode: 231 }, {}] },
  'late-change-continued-as-new': {
    ended: confirmed,
    signals: [{ errorCode: 231 }],
    steps: [storm(1100), decided],
    runs: 2,
  },
};
const renewal = (overrides) => ({ correlationId: 'renew-1', action: 'RENEW', ...overrides });
const ofTokens = (...names) => ({
  kind: 'listed',
  tokens: names.map((virtualCardId) => ({ virtualCardId, status: 'RESUMED' })),
});
const knows = (tokens) => async (handle) => {
  const giveUpAt = Date.now() + 30_000;
  while ((await handle.query('renewals')).tokens.length !== tokens) {
    if (Date.now() > giveUpAt) throw new Error(`${handle.workflowId} does not know ${tokens} tokens`);
    await pause(50)();
  }
};
const hasBegunAnew = async (handle) => {
  for (;;) {
    const { runId, raw } = await handle.describe();
    if (runId !== raw.workflowExecutionInfo.firstRunId) return;
    await pause(50)();
  }
};
const cardRenewals = { type: 'cardRenewals', input: { issuerCardRefId: 'card-1', readIntervalMs: 500 } };
const renewals = {
  'card-renewals': {
    ...cardRenewals,
    readings: [ofTokens('token-1', 'token-2', 'token-3')],
    signals: [renewal(), renewal(), renewal({ virtualCardId: 'token-2' })],
  },
  'card-renewals-failed-and-renewed': {
    ...cardRenewals,
    input: { ...cardRenewals.input, quietMs: 4000 },
    readings: [{ kind: 'failed' }, ofTokens('token-1', 'token-2')],
    signals: [renewal({ errorCode: 231 })],
    steps: [knows(2), signal(renewal({ correlationId: 'renew-2' }))],
  },
  'card-renewals-that-somebody-cancels': {
    ...cardRenewals,
    readings: [ofTokens('token-1')],
    signals: [renewal()],
    steps: [knows(1), async (handle) => handle.cancel(), pause(300), signal(renewal({ errorCode: 231 }))],
  },
  'card-renewals-of-a-card-that-nobody-can-read': {
    ...cardRenewals,
    input: { ...cardRenewals.input, quietMs: 8000 },
    signals: [renewal()],
  },
  'card-renewals-of-a-token-without-a-card': { type: 'cardRenewals', signals: [renewal(), renewal()] },
  'card-renewals-continued-as-new': {
    ...cardRenewals,
    input: { ...cardRenewals.input, quietMs: 30_000 },
    readings: [ofTokens('token-1', 'token-9')],
    signals: [renewal({ errorCode: 231 })],
    steps: [storm(1100, renewal()), hasBegunAnew, signal(renewal({ correlationId: 'renew-2' }))],
    runs: 2,
  },
};

Runtime.install({ logger: new DefaultLogger('ERROR') });
const env = await TestWorkflowEnvironment.createLocal({
  server: {
    executable: { type: 'existing-path', path: binary },
    searchAttributes: Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) =>
      defineSearchAttributeKey(name, type),
    ),
    log: { level: 'error', format: 'pretty' },
  },
});
try {
  await mkdir(folder, { recursive: true });
  for (const old of await readdir(folder)) if (old.startsWith(prefix)) await rm(join(folder, old));
  const recordings = [
    ...chosen(cardOperations).map(
      ([name, path]) =>
        () =>
          named(name, recordCardOperation(name, path)),
    ),
    ...chosen(tokenOperations).map(
      ([name, path]) =>
        () =>
          named(name, recordTokenOperation(name, path)),
    ),
    ...chosen({ ...others, ...renewals }).map(
      ([name, path]) =>
        () =>
          named(name, recordOther(name, path)),
    ),
  ];
  if (recordings.length === 0) throw new Error(`no path's name begins with "${prefix}"`);
  const lane = async () => {
    for (let next = recordings.shift(); next !== undefined; next = recordings.shift()) await next();
  };
  // All lanes come to their end, or the server would be closed under their workers and hide what went wrong.
  const ends = await Promise.allSettled([lane(), lane(), lane(), lane()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  console.log(`${(await readdir(folder)).length} histories in test/process/replay/histories`);
} finally {
  await env.teardown();
}

async function named(name, recording) {
  try {
    await recording;
  } catch (error) {
    throw new Error(`the path ${name} cannot be recorded`, { cause: error });
  }
}

function chosen(paths) {
  return Object.entries(paths).filter(([name]) => name.startsWith(prefix));
}

async function recordTokenOperation(name, path) {
  const { action = 'SUSPEND', softSeconds = 40, hardSeconds = 60, steps = [], runs = 1 } = path;
  const requestedAt = Date.now();
  const options = toTokenOperationStart({
    request: {
      issuerId: 'ISSUER1234',
      correlationId: `op-${name}`,
      action,
      issuerCardRefId: 'card-1',
      virtualCardId: 'token-1',
      requestedAt,
      softDeadlineAt: requestedAt + softSeconds * 1000,
      hardDeadlineAt: requestedAt + hardSeconds * 1000,
    },
    policy: { readIntervalMs: 500, confirmByReading: 'resume' },
    hubTimeoutMs: 2000,
    fingerprint: 'v1:recorded',
    taskQueue: `record-${name}`,
  });
  const handle = await env.client.workflow.start('tokenOperation', options);
  const first = await handle.describe();
  const walk = async () => {
    for (const step of steps) await step(handle);
  };
  if (path.noWorkerDuringSteps) await walk();
  await withWorker(options.taskQueue, playedHub(path), async () => {
    if (!path.noWorkerDuringSteps) await walk();
    await env.client.workflow.getHandle(handle.workflowId).result();
  });
  await save(name, handle.workflowId, first.runId);
  if (runs > 1)
    await save(
      `${name}-second-run`,
      handle.workflowId,
      (await env.client.workflow.getHandle(handle.workflowId).describe()).runId,
    );
}

async function recordCardOperation(name, path) {
  const { softSeconds = 40, hardSeconds = 60, steps = [], runs = 1, hasChild = true, children = 1 } = path;
  const requestedAt = Date.now();
  const request = {
    issuerId: 'ISSUER1234',
    correlationId: `op-${name}`,
    action: 'SUSPEND',
    issuerCardRefId: 'card-1',
    requestedAt,
    softDeadlineAt: requestedAt + softSeconds * 1000,
    hardDeadlineAt: requestedAt + hardSeconds * 1000,
  };
  const options = toCardOperationStart({
    request,
    policy: { readIntervalMs: 500, confirmByReading: 'resume' },
    hubTimeoutMs: 2000,
    fingerprint: 'v1:recorded',
    taskQueue: `record-${name}`,
  });
  const { firstExecutionRunId, workflowId } = await env.client.workflow.start('cardOperation', options);
  const operation = env.client.workflow.getHandle(workflowId);
  const sender = (n) =>
    env.client.workflow.getHandle(cardRequestWorkflowId(request.issuerId, request.correlationId, n));
  const walk = async () => {
    for (const step of steps) await step(operation, sender(1));
  };
  if (path.noWorkerDuringSteps) await walk();
  await withWorker(options.taskQueue, playedHub(path), async () => {
    if (!path.noWorkerDuringSteps) await walk();
    await operation.result();
  });
  await save(name, workflowId, firstExecutionRunId);
  if (runs > 1) await save(`${name}-second-run`, workflowId, (await operation.describe()).runId);
  for (let n = 1; hasChild && n <= children; n += 1) {
    const { workflowId: id } = sender(n);
    await save(`${name}-request${n === 1 ? '' : `-${n}`}`, id, (await sender(n).describe()).runId);
  }
}

async function recordOther(
  name,
  { type = 'lateChange', input, signals = [], steps = [], runs = 1, ...played },
) {
  const taskQueue = `record-${name}`;
  const workflowId = `record/${name}`;
  // While a run hands over, the server may hold signals back for a second.
  const quietMs = runs > 1 ? 4000 : 1000;
  const usual = { issuerId: 'ISSUER1234', correlationId: 'op-1', quietMs, hubTimeoutMs: 2000 };
  const handle = await env.client.workflow.start(type, {
    workflowId,
    taskQueue,
    args: [{ ...usual, ...input }],
  });
  for (const overrides of signals) await signal(overrides)(handle);
  const current = env.client.workflow.getHandle(workflowId);
  await withWorker(taskQueue, playedHub(played), async () => {
    for (const step of steps) await step(current);
    await current.result();
  });
  await save(name, workflowId, handle.firstExecutionRunId);
  if (runs > 1) await save(`${name}-second-run`, workflowId, (await current.describe()).runId);
}

/** @param {{ answers?: any[], readings?: object[], latencyMs?: number, ended?: object }} played */
function playedHub({ answers = [accepted], readings = [{ kind: 'failed' }], latencyMs = 0, ended }) {
  let sent = 0;
  let read = 0;
  const at = (list, index) => list[Math.min(index, list.length - 1)];
  return {
    updateCardState: async () => {
      await pause(latencyMs)();
      const answer = at(answers, sent++);
      return typeof answer === 'function' ? answer() : answer;
    },
    getCardInfo: async () => at(readings, read++),
    findLateBasis: async () => toBasis(ended),
    wasReset: async () => false,
  };
}

function toBasis(ended) {
  if (ended === undefined) return { kind: 'none' };
  const standing = { conflictOpen: false, heard: [], duplicates: 0, reasons: [], ...ended };
  const subject = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' };
  return { kind: 'operation', subject, standing };
}

async function withWorker(taskQueue, activities, use) {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: { codePath: join(root, 'dist/workflow-bundle.js') },
    activities,
  });
  await worker.runUntil(use);
}

async function save(name, workflowId, runId) {
  const history = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
  // A failure's stack names the folders of the machine that it was recorded on.
  const recorded = historyToJSON(history).replaceAll(root, '');
  await writeFile(join(folder, `${name}.json`), `${recorded}\n`);
  console.log(`  ${name}: ${history.events?.length ?? 0} events`);
}
