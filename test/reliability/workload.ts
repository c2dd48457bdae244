import { createRandom, type Random } from './random.js';

/** What clients do to tokens, made from a seed and nothing else: the same seed asks for the same operations. */
export interface Workload {
  readonly seed: number;
  readonly tokens: readonly PlannedToken[];
  readonly lanes: readonly Lane[];
}

export interface PlannedToken {
  readonly issuerCardRefId: string;
  readonly virtualCardId: string;
  readonly status: 'RESUMED' | 'SUSPENDED';
}

/** Everything that happens to one token, in order. */
export interface Lane {
  readonly token: PlannedToken;
  readonly startsAfterMs: number;
  readonly steps: readonly Step[];
}

export type Step = PlannedOperation | OutsideChange;

export type PlannedAction = 'SUSPEND' | 'RESUME' | 'DELETE';

/** One operation and the client that asks for it. */
export interface PlannedOperation {
  readonly kind: 'operation';
  readonly key: string;
  readonly body: OperationBody;
  /** The request, and copies of it. */
  readonly posts: readonly Post[];
  /** What the client does besides, from the moment in which it knows the operation's id. */
  readonly acts: readonly Act[];
  /** When the next step of the lane begins: after the end of this one, or so long after its beginning. */
  readonly next: 'when final' | { readonly afterMs: number };
}

export interface OperationBody {
  readonly action: PlannedAction;
  readonly issuerCardRefId: string;
  readonly virtualCardId: string;
  readonly softDeadlineSeconds: number;
  readonly hardDeadlineSeconds: number;
}

export interface Post {
  readonly api: 0 | 1;
  readonly afterMs: number;
  readonly waitSeconds: number;
  /** The client hangs up after this long, and does not come back. */
  readonly hangsUpAfterMs?: number;
}

export type ActKind = 'get' | 'post again' | 'post another body' | 'cancel' | 'read';

export interface Act {
  readonly kind: ActKind;
  readonly api: 0 | 1;
  readonly afterMs: number;
  readonly waitSeconds: number;
  readonly hangsUpAfterMs?: number;
}

/** Somebody else changes the token at the hub: the wallet, or the network's customer care. */
export interface OutsideChange {
  readonly kind: 'outside';
  readonly action: string;
  readonly source: 'WALLET' | 'TSP';
  readonly correlationId: string;
  readonly errorCode?: number;
  readonly thenMs: number;
}

/** How the load is spread: one service on a machine with two cores has to keep up with it. */
const OPERATIONS_PER_SECOND = 6;

/** Ends of a token's name that make the hub misbehave, besides what it plans by its own seed (docs/simulator.md). */
const NAMED_MISBEHAVIOURS = [
  '-lost',
  '-silent',
  '-duplicate',
  '-early',
  '-slow',
  '-never-accepted',
  '-busy-321',
  '-flaky-503',
  '-limited-429',
  '-timeout',
  '-reset',
  '-refused-119',
  '-refused-432',
  '-refused-160',
  '-refused-403',
  '-ok-with-code-111',
  '-ok-with-body',
  '-unreachable-221',
  '-unreachable-221-done',
  '-expired-322',
  '-failed-911',
  '-failed-231',
  '-contradicts',
  '-unexpected',
  '-other-suspender',
  '-from-app',
  '-string-code',
  '-unknown-fields',
  '-info-fails',
  '-info-empty',
] as const;

/** Plans a number of operations. The share of tokens whose names select a misbehaviour is what `named` says. */
export function planWorkload(
  seed: number,
  { operations, named }: { operations: number; named: number },
): Workload {
  const random = createRandom(`workload ${seed}`);
  const lanes: Lane[] = [];
  let planned = 0;
  while (planned < operations) {
    const lane = planLane(random.fork(`lane ${lanes.length}`), {
      seed,
      index: lanes.length,
      most: operations - planned,
      startsAfterMs: Math.round((planned / OPERATIONS_PER_SECOND) * 1_000),
      named,
    });
    planned += operationsOf(lane).length;
    lanes.push(lane);
  }
  return { seed, tokens: lanes.map(({ token }) => token), lanes };
}

export function operationsOf({ steps }: Lane): readonly PlannedOperation[] {
  return steps.filter((step) => step.kind === 'operation');
}

function planLane(
  random: Random,
  place: { seed: number; index: number; most: number; startsAfterMs: number; named: number },
): Lane {
  const { seed, index, most, startsAfterMs } = place;
  const card = `card-${seed}-${index}`;
  const suffix = random.chance(place.named) ? random.pick(NAMED_MISBEHAVIOURS) : '';
  const token: PlannedToken = {
    issuerCardRefId: card,
    virtualCardId: `${card}-t${suffix}`,
    status: random.chance(0.35) ? 'SUSPENDED' : 'RESUMED',
  };
  const shape = random.weighted({ single: 35, sequence: 25, overlap: 40 });
  const count = shape === 'single' ? 1 : Math.min(random.between(2, 4), most);
  const steps: Step[] = [];
  let wanted = token.status;
  for (let number = 0; number < count; number += 1) {
    if (random.chance(0.08)) steps.push(planOutside(random, `outside-${seed}-${index}-${number}`));
    const isLast = number === count - 1;
    const action = planAction(random, { wanted, isLast });
    wanted = action === 'RESUME' ? 'RESUMED' : 'SUSPENDED';
    steps.push({
      kind: 'operation',
      key: `reliability-${seed}-${index}-${number}`,
      body: { action, ...addressOf(token), ...planDeadlines(random) },
      ...planClient(random),
      next: shape === 'overlap' ? { afterMs: planGap(random) } : 'when final',
    });
  }
  return { token, startsAfterMs, steps };
}

function addressOf({ issuerCardRefId, virtualCardId }: PlannedToken) {
  return { issuerCardRefId, virtualCardId };
}

/** Mostly what changes the token; now and then what it is already, and a DELETE rather at the end. */
function planAction(
  random: Random,
  { wanted, isLast }: { wanted: PlannedToken['status']; isLast: boolean },
): PlannedAction {
  if (random.chance(isLast ? 0.2 : 0.04)) return 'DELETE';
  const change = wanted === 'RESUMED' ? 'SUSPEND' : 'RESUME';
  const same = wanted === 'RESUMED' ? 'RESUME' : 'SUSPEND';
  return random.chance(0.12) ? same : change;
}

function planDeadlines(random: Random) {
  const softDeadlineSeconds = random.between(2, 6);
  return { softDeadlineSeconds, hardDeadlineSeconds: softDeadlineSeconds + random.between(6, 10) };
}

/** Around the two seconds from which on the last intent has to win (design 5.1). */
function planGap(random: Random): number {
  return random.chance(0.5) ? random.between(2_100, 5_000) : random.between(0, 2_000);
}

function planClient(random: Random): Pick<PlannedOperation, 'posts' | 'acts'> {
  const posts = [planPost(random, 0)];
  if (random.chance(0.2)) posts.push(planPost(random, 0));
  if (random.chance(0.1)) posts.push(planPost(random, random.between(0, 300)));
  if (random.chance(0.15)) posts.unshift(hangingUp(random, planPost(random, 0)));
  const acts: Act[] = [];
  if (random.chance(0.25)) acts.push(planAct(random, 'post again', 12_000));
  if (random.chance(0.12)) acts.push(planAct(random, 'post another body', 12_000));
  if (random.chance(0.4)) acts.push(planAct(random, 'get', 8_000));
  if (random.chance(0.15)) acts.push(hangingUp(random, planAct(random, 'get', 4_000)));
  if (random.chance(0.1)) acts.push(planAct(random, 'cancel', 5_000));
  if (random.chance(0.1)) acts.push(planAct(random, 'read', 6_000));
  return { posts, acts };
}

function planPost(random: Random, afterMs: number): Post {
  return { api: random.pick([0, 1]), afterMs, waitSeconds: random.pick([0, 0, 2, 8]) };
}

function planAct(random: Random, kind: ActKind, withinMs: number): Act {
  return {
    kind,
    api: random.pick([0, 1]),
    afterMs: random.between(0, withinMs),
    waitSeconds: random.pick([0, 1, 5]),
  };
}

function hangingUp<T extends Post | Act>(random: Random, call: T): T {
  return { ...call, hangsUpAfterMs: random.between(1, 400) };
}

function planOutside(random: Random, correlationId: string): OutsideChange {
  const thenMs = random.between(0, 1_500);
  const common = { kind: 'outside', correlationId, thenMs } as const;
  const source = random.pick<OutsideChange['source']>(['WALLET', 'WALLET', 'TSP']);
  // What the hub may add one day, and what fails: both change nothing, and both are called back.
  if (random.chance(0.2)) return { ...common, source, action: 'HIBERNATE' };
  if (random.chance(0.2)) return { ...common, source, action: 'RESUME', errorCode: 231 };
  return { ...common, source, action: random.pick(['SUSPEND', 'RESUME']) };
}
