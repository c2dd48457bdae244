import { createRandom, type Random } from './random.js';

/** What clients do to cards, made from a seed and nothing else: the same seed asks for the same operations. */
export interface Workload {
  readonly seed: number;
  readonly lanes: readonly Lane[];
}

export interface PlannedCard {
  readonly issuerCardRefId: string;
  readonly tokens: readonly PlannedToken[];
}

export interface PlannedToken {
  readonly virtualCardId: string;
  readonly status: TokenStatus;
  /** Of a token that is SUSPENDED: who holds the suspension, the issuer unless told otherwise. */
  readonly suspenders?: readonly ('ISSUER' | 'TOKEN_REQUESTOR')[];
}

export type TokenStatus = 'RESUMED' | 'SUSPENDED' | 'INACTIVE' | 'DEPLOYMENT_ONGOING' | 'DELETED' | 'ERASED';

/** Everything that happens to one card, in order. Most cards have one token, and operations on that alone. */
export interface Lane {
  readonly card: PlannedCard;
  readonly startsAfterMs: number;
  readonly steps: readonly Step[];
}

export type Step = PlannedOperation | AtTheHub;

/** What nobody asks the service for: it happens at the hub. */
export type AtTheHub = OutsideChange | TokenAdded | TokenRemoved | Renewal;

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
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
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

export type ActKind = 'get' | 'post again' | 'post another body' | 'post another scope' | 'cancel' | 'read';

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
  readonly virtualCardId: string;
  readonly action: string;
  readonly source: 'WALLET' | 'TSP';
  readonly correlationId: string;
  readonly errorCode?: number;
  readonly thenMs: number;
}

/** The card has one token more. */
export interface TokenAdded {
  readonly kind: 'add';
  readonly token: PlannedToken;
  readonly thenMs: number;
}

/** A token vanishes, with what is under way at it. */
export interface TokenRemoved {
  readonly kind: 'remove';
  readonly virtualCardId: string;
  readonly thenMs: number;
}

/** The TSP renews the card's tokens. */
export interface Renewal {
  readonly kind: 'renew';
  readonly correlationId: string;
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
  '-stranger-turns',
  '-other-suspender',
  '-from-app',
  '-string-code',
  '-unknown-fields',
  '-info-fails',
  '-info-empty',
  '-page-200',
  '-page-200-done',
  '-redirected',
  '-ingress-503',
  '-ingress-404',
  '-gzip',
  '-gzip-321',
  '-gzip-119',
  '-mislabelled',
  '-info-page',
  '-info-gzip',
] as const;

/** Of these the ones that mean something at the end of a card's reference. */
const NAMED_FOR_CARDS = [
  '-early',
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
  '-info-fails',
  '-info-empty',
  '-page-200',
  '-page-200-done',
  '-redirected',
  '-ingress-503',
  '-ingress-404',
  '-gzip',
  '-gzip-321',
  '-gzip-119',
  '-mislabelled',
  '-info-page',
  '-info-gzip',
] as const;

/** The share of lanes in which operations concern whole cards. */
const WHOLE_CARDS = 0.3;
const MOST_TOKENS = 6;

/** Plans a number of operations. The share of tokens and cards whose names select a misbehaviour is what `named` says. */
export function planWorkload(
  seed: number,
  { operations, named }: { operations: number; named: number },
): Workload {
  const random = createRandom(`workload ${seed}`);
  const lanes: Lane[] = [];
  let planned = 0;
  while (planned < operations) {
    const ofLane = random.fork(`lane ${lanes.length}`);
    const place: Place = {
      seed,
      index: lanes.length,
      most: operations - planned,
      startsAfterMs: Math.round((planned / OPERATIONS_PER_SECOND) * 1_000),
      named,
    };
    const lane = ofLane.chance(WHOLE_CARDS) ? planCardLane(ofLane, place) : planTokenLane(ofLane, place);
    planned += operationsOf(lane).length;
    lanes.push(lane);
  }
  return { seed, lanes };
}

export function operationsOf({ steps }: Lane): readonly PlannedOperation[] {
  return steps.filter((step) => step.kind === 'operation');
}

interface Place {
  readonly seed: number;
  readonly index: number;
  readonly most: number;
  readonly startsAfterMs: number;
  readonly named: number;
}

type Wanted = 'RESUMED' | 'SUSPENDED';

/** One token, and operations on it one after the other, or overlapping. */
function planTokenLane(random: Random, { seed, index, most, startsAfterMs, named }: Place): Lane {
  const issuerCardRefId = `card-${seed}-${index}`;
  const suffix = random.chance(named) ? random.pick(NAMED_MISBEHAVIOURS) : '';
  const virtualCardId = `${issuerCardRefId}-t${suffix}`;
  const status: Wanted = random.chance(0.35) ? 'SUSPENDED' : 'RESUMED';
  const shape = random.weighted({ single: 35, sequence: 25, overlap: 40 });
  const count = shape === 'single' ? 1 : Math.min(random.between(2, 4), most);
  const steps: Step[] = [];
  let wanted = status;
  for (let number = 0; number < count; number += 1) {
    if (random.chance(0.08)) {
      steps.push(planOutside(random, { virtualCardId, correlationId: `outside-${seed}-${index}-${number}` }));
    }
    if (random.chance(0.05)) steps.push(planRenewal(random, `renewal-${seed}-${index}-${number}`));
    const action = planAction(random, { wanted, isLast: number === count - 1 });
    wanted = wantedBy(action);
    steps.push({
      kind: 'operation',
      key: `reliability-${seed}-${index}-${number}`,
      body: { action, issuerCardRefId, virtualCardId, ...planDeadlines(random) },
      ...planClient(random),
      next: shape === 'overlap' ? { afterMs: planGap(random) } : 'when final',
    });
  }
  return { card: { issuerCardRefId, tokens: [{ virtualCardId, status }] }, startsAfterMs, steps };
}

/** Operations on a whole card, between them some on one of its tokens, and a card that changes meanwhile. */
function planCardLane(random: Random, { seed, index, most, startsAfterMs, named }: Place): Lane {
  const suffix = random.chance(named) ? random.pick(NAMED_FOR_CARDS) : '';
  const issuerCardRefId = `card-${seed}-${index}${suffix}`;
  const stem = `card-${seed}-${index}`;
  const tokens = Array.from({ length: random.between(1, MOST_TOKENS) }, (_, number) =>
    planToken(random, { name: `${stem}-t${number}`, named }),
  );
  const names = tokens.map(({ virtualCardId }) => virtualCardId);
  const shape = random.weighted({ single: 45, sequence: 20, overlap: 35 });
  const count = shape === 'single' ? 1 : Math.min(random.between(2, 3), most);
  const steps: Step[] = [];
  let wanted: Wanted = random.chance(0.35) ? 'SUSPENDED' : 'RESUMED';
  for (let number = 0; number < count; number += 1) {
    const action = planAction(random, { wanted, isLast: number === count - 1 });
    wanted = wantedBy(action);
    const [first = ''] = names;
    const virtualCardId = random.pick([first, ...names]);
    const isOnToken = number > 0 && random.chance(0.3);
    const meanwhile = random.chance(0.6)
      ? planMeanwhile(random, { names, id: `${seed}-${index}-${number}`, named })
      : [];
    const isOverlapped = shape === 'overlap' || meanwhile.length > 0;
    steps.push(
      {
        kind: 'operation',
        key: `reliability-${seed}-${index}-${number}`,
        body: { action, issuerCardRefId, ...(isOnToken && { virtualCardId }), ...planDeadlines(random) },
        ...planClient(random),
        next: isOverlapped ? { afterMs: planGap(random) } : 'when final',
      },
      ...meanwhile,
    );
  }
  return { card: { issuerCardRefId, tokens }, startsAfterMs, steps };
}

function planToken(random: Random, { name, named }: { name: string; named: number }): PlannedToken {
  const virtualCardId = `${name}${random.chance(named) ? random.pick(NAMED_MISBEHAVIOURS) : ''}`;
  const status = random.weighted<TokenStatus>({
    RESUMED: 55,
    SUSPENDED: 25,
    INACTIVE: 6,
    DEPLOYMENT_ONGOING: 4,
    DELETED: 6,
    ERASED: 4,
  });
  if (status !== 'SUSPENDED') return { virtualCardId, status };
  const suspenders = random.pick<PlannedToken['suspenders'] & object>([
    ['ISSUER'],
    ['ISSUER'],
    ['TOKEN_REQUESTOR'],
    ['ISSUER', 'TOKEN_REQUESTOR'],
  ]);
  return { virtualCardId, status, suspenders };
}

/** What happens at the hub while an operation on the card is under way, or right after it. */
function planMeanwhile(
  random: Random,
  { names, id, named }: { names: readonly string[]; id: string; named: number },
): Step[] {
  const [first = ''] = names;
  const virtualCardId = random.pick([first, ...names]);
  const thenMs = random.between(0, 2_500);
  const renewal = planRenewal(random, `renewal-${id}`);
  switch (random.weighted({ renew: 40, outside: 20, add: 25, remove: 15 })) {
    case 'renew':
      return random.chance(0.3) ? [renewal, planRenewal(random, `renewal-${id}-again`)] : [renewal];
    case 'outside':
      return [planOutside(random, { virtualCardId, correlationId: `outside-${id}` })];
    case 'add':
      return [{ kind: 'add', token: planToken(random, { name: `card-${id}-added`, named }), thenMs }];
    case 'remove':
      return [{ kind: 'remove', virtualCardId, thenMs }];
  }
}

function planRenewal(random: Random, correlationId: string): Renewal {
  return { kind: 'renew', correlationId, thenMs: random.between(0, 2_500) };
}

function wantedBy(action: PlannedAction): Wanted {
  return action === 'RESUME' ? 'RESUMED' : 'SUSPENDED';
}

/** Mostly what changes the token; now and then what it is already, and a DELETE rather at the end. */
function planAction(random: Random, { wanted, isLast }: { wanted: Wanted; isLast: boolean }): PlannedAction {
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
  if (random.chance(0.12)) {
    const kind = random.pick<ActKind>(['post another body', 'post another body', 'post another scope']);
    acts.push(planAct(random, kind, 12_000));
  }
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

function planOutside(
  random: Random,
  of: Pick<OutsideChange, 'virtualCardId' | 'correlationId'>,
): OutsideChange {
  const common = { kind: 'outside', ...of, thenMs: random.between(0, 1_500) } as const;
  const source = random.pick<OutsideChange['source']>(['WALLET', 'WALLET', 'TSP']);
  // What the hub may add one day, and what fails: both change nothing, and both are called back.
  if (random.chance(0.2)) return { ...common, source, action: 'HIBERNATE' };
  if (random.chance(0.2)) return { ...common, source, action: 'RESUME', errorCode: 231 };
  return { ...common, source, action: random.pick(['SUSPEND', 'RESUME']) };
}
