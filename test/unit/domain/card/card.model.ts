import { mostUrgent, type AttentionReason } from '../../../../src/domain/report/attention.js';
import { duplicateKey, type ErrorCode, type VirtualCardChange } from '../../../../src/domain/hub/change.js';
import { checkingIntervalMs } from '../../../../src/domain/operation/deadlines.js';
import type { CardRequest, SendingResult } from '../../../../src/domain/card/index.js';
import type { ListedToken, Reading } from '../../../../src/domain/hub/reading.js';
import type { OperationPolicy, OperationReport, TokenOutcome } from '../../../../src/domain/report/report.js';
import type { Told } from '../../../support/virtual/run-card.js';

/** All that an operation was told until it ended, and nothing of how it came to its end. */
export interface Facts {
  readonly request: CardRequest;
  readonly policy: OperationPolicy;
  readonly snapshot?: Reading | undefined;
  readonly told: readonly Told[];
  readonly endedAt: number;
}

/**
 * A second opinion, written from the design alone (sections 5.2 and 5.3): everything in the report that does not follow from
 * what the operation was told, in words. Where the design leaves several outcomes open, it takes each of them.
 */
export function objectionsTo(report: OperationReport, facts: Facts): readonly string[] {
  const card = rememberAll(facts);
  return [
    ...objectionsToTokens(report, card),
    ...objectionsToCounts(report, card),
    ...objectionsToExposed(report, card),
    ...objectionsToStatus(report, card),
    ...objectionsToAttention(report, card),
    ...objectionsToTheTime(report, card),
  ];
}

// ---- What the tables of the contract say, written down again.

const STATES: Readonly<Record<string, string>> = { ACTIVE: 'RESUMED', ACTIVATED: 'RESUMED' };
const KNOWN = ['DEPLOYMENT_ONGOING', 'INACTIVE', 'RESUMED', 'SUSPENDED', 'DELETED', 'ERASED'];
const PROVE_NOTHING: readonly (ErrorCode | undefined)[] = [221, 322, 323, 911, 921];
const ABOUT_THE_STATE: readonly (ErrorCode | undefined)[] = [432, 160];
/** Two attempts at a hub that may take ten seconds. */
const LONGEST_WAIT_FOR_SENDER_MS = 30_000;

function stateOf(raw: string): string {
  const name = raw.trim().toUpperCase();
  return STATES[name] ?? (KNOWN.includes(name) ? name : 'unknown');
}

function isWanted(action: string, raw: string): boolean {
  const wanted: Record<string, string[]> = {
    SUSPEND: ['SUSPENDED'],
    RESUME: ['RESUMED'],
    DELETE: ['DELETED', 'ERASED'],
  };
  return wanted[action]?.includes(stateOf(raw)) === true;
}

function isEligible(action: string, raw: string): boolean {
  if (action === 'SUSPEND') return ['RESUMED', 'SUSPENDED'].includes(stateOf(raw));
  if (action === 'RESUME') return stateOf(raw) === 'SUSPENDED';
  return !['DELETED', 'ERASED'].includes(stateOf(raw));
}

function canPay(raw: string): boolean {
  return !['SUSPENDED', 'DELETED', 'ERASED'].includes(stateOf(raw));
}

// ---- What is remembered of what was told.

interface TokenMemory {
  readonly id: string;
  expected: boolean;
  /** On the list that told which tokens are expected, but in a state for which the action means nothing. */
  notEligible: boolean;
  /** It may as well be missing from the report: only odd words came on it, or it was seen before there was a snapshot. */
  optional: boolean;
  wordAt: number | undefined;
  /** The first word that counts, or a look that showed the wanted state. */
  standing: Known | undefined;
  /** What else it may stand on, where the order of looks and words leaves that open. */
  alternatives: Known[];
  doubt: { readonly code: ErrorCode; readonly at: number; denials: number; absences: number } | undefined;
  conflict: boolean;
  /** When in the order of what was told it was confirmed. */
  confirmed: number | undefined;
  seen: boolean;
  absentSince: number | undefined;
  device: 'NOT_REACHED' | 'REMOVED' | undefined;
  amended: boolean;
}

interface Known {
  readonly result: 'CONFIRMED' | 'FAILED';
  readonly evidence: 'CALLBACK' | 'READING';
  readonly code?: ErrorCode;
}

/** A look, and after how many other things that were told it began. */
type LookTold = Extract<Told, { kind: 'look' }> & {
  readonly beganAfter: number;
  /** When it began it was known what had become of the sending. */
  readonly beganKnowing: boolean;
};

interface CardMemory extends Facts {
  readonly tokens: Map<string, TokenMemory>;
  hasSnapshot: boolean;
  snapshotAt: number;
  /** Something happened so close to something else that the design does not say which came first. */
  ambiguous: boolean;
  readonly keys: Set<string>;
  duplicates: number;
  unexpected: number;
  cardDataSeen: boolean;
  sending: (SendingResult & { readonly told: number }) | undefined;
  /** Since when nobody wanted a further attempt while the request was still being sent. */
  stopWantedAt: number | undefined;
  /** A person, or a word that explains nothing, wants a look. */
  lookWanted: boolean;
  /** A word on the request's own action has come. */
  wordCame: boolean;
  /** When a word has told that the hub has the request, before anything else did. */
  reachedAt: number | undefined;
  /** How much has been told. */
  order: number;
  /** When in that order the last word or answer to the request came: a look that speaks about the end must begin after it. */
  lastFact: number;
  lookBegan: number;
  lookBeganKnowing: boolean;
  cancelledAt: number | undefined;
  decided: boolean;
  /** The last complete list, and when the look at it began and ended. */
  list:
    { readonly began: number; readonly ended: number; readonly tokens: readonly ListedToken[] } | undefined;
  readonly looks: LookTold[];
}

function rememberAll(facts: Facts): CardMemory {
  const card: CardMemory = {
    ...facts,
    tokens: new Map(),
    hasSnapshot: false,
    snapshotAt: facts.request.requestedAt,
    ambiguous: false,
    keys: new Set(),
    duplicates: 0,
    unexpected: 0,
    cardDataSeen: false,
    sending: undefined,
    stopWantedAt: undefined,
    lookWanted: false,
    wordCame: false,
    reachedAt: undefined,
    order: 0,
    lastFact: 0,
    lookBegan: 0,
    lookBeganKnowing: false,
    cancelledAt: undefined,
    decided: false,
    list: undefined,
    looks: [],
  };
  const tokens = completeList(facts.snapshot);
  if (tokens !== undefined) takeSnapshot(card, tokens, { isLate: false });
  for (const told of facts.told) remember(card, told);
  return card;
}

function completeList(reading: Reading | undefined): readonly ListedToken[] | undefined {
  return reading?.kind === 'listed' && reading.tokens.length > 0 ? reading.tokens : undefined;
}

function remember(card: CardMemory, told: Told): void {
  card.order += 1;
  switch (told.kind) {
    case 'change':
      // What comes while the sender is still waited for may be worth a look, whatever was decided.
      if (card.decided) card.ambiguous = true;
      rememberChange(card, told.change, told.at);
      break;
    case 'sending-ended':
      if (card.sending === undefined) {
        card.sending = { ...told.result, told: told.at };
        // After a word it is no news that the hub has the request.
        if (!card.wordCame) card.lastFact = card.order;
        if (told.result.kind === 'superseded') card.cancelledAt ??= told.at;
        if (told.result.kind === 'stopped' && isUnasked(card, told.at)) card.cancelledAt ??= told.at;
      }
      break;
    case 'cancellation':
      card.cancelledAt ??= told.at;
      wantNoFurtherAttempt(card, told.at);
      break;
    case 'decision':
      card.decided = true;
      break;
    case 'reading-request':
      card.lookWanted = true;
      break;
    case 'look-began':
      card.lookBegan = card.order;
      card.lookBeganKnowing = isSendingKnown(card, told.at);
      break;
    case 'look':
      rememberLook(card, { ...told, beganAfter: card.lookBegan, beganKnowing: card.lookBeganKnowing });
  }
}

function wantNoFurtherAttempt(card: CardMemory, at: number): void {
  if (card.sending === undefined) card.stopWantedAt ??= at;
}

/** Nobody wanted the sending to stop: somebody has cancelled the child that sends by hand. */
function isUnasked({ stopWantedAt, request }: CardMemory, at: number): boolean {
  return stopWantedAt === undefined && at < request.hardDeadlineAt;
}

function tokenOf(card: CardMemory, id: string, fresh: Partial<TokenMemory> = {}): TokenMemory {
  const known = card.tokens.get(id);
  if (known !== undefined) return known;
  const token: TokenMemory = {
    id,
    expected: false,
    notEligible: false,
    optional: false,
    wordAt: undefined,
    standing: undefined,
    alternatives: [],
    doubt: undefined,
    conflict: false,
    confirmed: undefined,
    seen: false,
    absentSince: undefined,
    device: undefined,
    amended: false,
    ...fresh,
  };
  card.tokens.set(id, token);
  return token;
}

// ---- Words.

function rememberChange(card: CardMemory, change: VirtualCardChange, at: number): void {
  const key = duplicateKey(change);
  forgetOvertaken(card, change, key);
  if (card.keys.has(key)) {
    card.duplicates += 1;
    return;
  }
  card.keys.add(key);
  if (change.cardDataSeen === true) card.cardDataSeen = true;
  if (change.action === card.request.action) {
    rememberOwnWord(card, tokenOf(card, change.virtualCardId), change, at);
    return;
  }
  const isRemoval =
    card.request.action === 'DELETE' && change.action === 'DELETE_FROM_APP' && change.errorCode === undefined;
  const token = tokenOf(card, change.virtualCardId, { optional: true });
  if (isRemoval) {
    token.device = 'REMOVED';
    return;
  }
  card.unexpected += 1;
  card.lookWanted = true;
}

/** What others do to one token, or to one half of a pair, is a copy only right behind the same word. */
function forgetOvertaken(card: CardMemory, change: VirtualCardChange, key: string): void {
  const asked = card.request.action;
  for (const earlier of card.keys) {
    const [, virtualCardId, isPrimary, action] = JSON.parse(earlier) as unknown[];
    const isOfSame = virtualCardId === change.virtualCardId && isPrimary === (change.isPrimary ?? true);
    const isAskedFor = action === asked || (asked === 'DELETE' && action === 'DELETE_FROM_APP');
    if (isOfSame && !isAskedFor && earlier !== key) card.keys.delete(earlier);
  }
}

function rememberOwnWord(card: CardMemory, token: TokenMemory, change: VirtualCardChange, at: number): void {
  const isKnownToHaveArrived = card.wordCame || card.sending?.kind === 'accepted';
  if (!isKnownToHaveArrived || !saysWhatIsKnown(token, change.errorCode)) card.lastFact = card.order;
  if (!isKnownToHaveArrived) card.reachedAt = at;
  card.wordCame = true;
  wantNoFurtherAttempt(card, at);
  token.wordAt = at;
  token.optional = false;
  const { errorCode: code } = change;
  if (code === 221) token.device ??= 'NOT_REACHED';
  if (token.standing !== undefined) {
    // A device that was not reached says nothing against the network's success.
    const agrees =
      token.standing.result === 'CONFIRMED'
        ? code === undefined || code === 221
        : code === token.standing.code;
    const might = token.alternatives.some(({ result }) => result === 'FAILED');
    if (might && code === undefined) token.alternatives.push({ result: 'CONFIRMED', evidence: 'CALLBACK' });
    if (might && code === undefined) token.amended = true;
    if (!agrees) token.conflict = true;
    return;
  }
  if (code === undefined) {
    token.amended = token.doubt !== undefined;
    token.doubt = undefined;
    token.standing = { result: 'CONFIRMED', evidence: 'CALLBACK' };
    token.confirmed = card.order;
  } else if (token.doubt !== undefined) {
    if (token.doubt.code !== code) token.conflict = true;
  } else if (PROVE_NOTHING.includes(code)) {
    token.doubt = { code, at, denials: 0, absences: 0 };
  } else {
    token.standing = { result: 'FAILED', evidence: 'CALLBACK', code };
  }
}

function saysWhatIsKnown(
  { standing, doubt, alternatives }: TokenMemory,
  code: ErrorCode | undefined,
): boolean {
  if (alternatives.some(({ result }) => result === 'CONFIRMED') && code === undefined) return true;
  if (standing?.result === 'CONFIRMED') return code === undefined || code === 221;
  if (standing !== undefined) return standing.code === code;
  return doubt !== undefined && doubt.code === code;
}

// ---- Looks.

function rememberLook(card: CardMemory, look: LookTold): void {
  card.looks.push(look);
  const tokens = completeList(look.reading);
  if (tokens === undefined) return;
  const isSnapshot = !card.hasSnapshot && takesTheSnapshotsPlace(card, look);
  const isInTime = isSnapshot && isFirstListInTime(card, look);
  if (isSnapshot) {
    takeSnapshot(card, tokens, { isLate: true });
    card.snapshotAt = look.endedAt;
  }
  for (const { virtualCardId } of tokens) tokenOf(card, virtualCardId, { optional: !card.hasSnapshot });
  for (const token of card.tokens.values()) {
    // Before it is known which tokens are expected, only those are looked at that have reported.
    if (!card.hasSnapshot && token.wordAt === undefined) continue;
    rememberSighting(card, token, {
      raw: tokens.find(({ virtualCardId }) => virtualCardId === token.id)?.status,
      look: isInTime ? { ...look, beganKnowing: false } : look,
    });
  }
  card.list = { began: look.beganAfter, ended: card.order, tokens };
}

/** A list that only takes the snapshot's place settles nothing; one that somebody has asked for does. */
function isFirstListInTime(card: CardMemory, { startedAt, endedAt }: LookTold): boolean {
  const { request, sending, cancelledAt } = card;
  const isRefused = sending?.kind === 'refused' && !card.wordCame;
  // Without its sender a look at once is all that can be done.
  const isLost = sending?.kind === 'lost' && sending.told <= startedAt;
  const isInTime = startedAt < request.softDeadlineAt && cancelledAt === undefined && !isRefused && !isLost;
  if (isInTime && (card.lookWanted || endedAt >= request.softDeadlineAt)) card.ambiguous = true;
  return isInTime;
}

/** The first complete list once the hub has the request, after the soft deadline, or of a refusal, a cancellation or the end. */
function takesTheSnapshotsPlace(card: CardMemory, { startedAt, endedAt }: LookTold): boolean {
  const { request, sending, cancelledAt } = card;
  const refusedAt = sending?.kind === 'refused' && !card.wordCame ? sending.told : undefined;
  const isTaken = sending?.kind === 'accepted' || sending?.kind === 'lost';
  const reachedAt = Math.min(card.reachedAt ?? Infinity, isTaken ? sending.told : Infinity);
  const since = Math.min(request.softDeadlineAt, refusedAt ?? Infinity, cancelledAt ?? Infinity, reachedAt);
  if (startedAt < since && endedAt >= since) card.ambiguous = true;
  // Of a cancellation that waits for the sender it is not said whether its looks have begun.
  if (cancelledAt !== undefined && sending === undefined && startedAt < request.softDeadlineAt)
    card.ambiguous = true;
  // Of a refusal that a word has beaten, neither.
  if (sending?.kind === 'refused' && card.wordCame && startedAt < request.softDeadlineAt)
    card.ambiguous = true;
  return startedAt >= since;
}

function takeSnapshot(
  card: CardMemory,
  tokens: readonly ListedToken[],
  { isLate }: { isLate: boolean },
): void {
  const { action } = card.request;
  card.hasSnapshot = true;
  card.list = { began: 0, ended: 0, tokens };
  for (const { virtualCardId, status } of tokens) {
    const token = tokenOf(card, virtualCardId);
    token.optional = false;
    token.seen = true;
    const hasReported = token.wordAt !== undefined;
    token.expected = isEligible(action, status) || (isLate && (hasReported || isWanted(action, status)));
    token.notEligible = !token.expected;
  }
}

function rememberSighting(
  card: CardMemory,
  token: TokenMemory,
  { raw, look }: { raw: string | undefined; look: LookTold },
): void {
  const { action } = card.request;
  if (raw !== undefined) {
    token.seen = true;
    token.absentSince = undefined;
    if (isWanted(action, raw)) {
      if (isProof(card, look)) rememberWanted(card, token);
    } else if (token.doubt !== undefined && look.startedAt >= token.doubt.at) token.doubt.denials += 1;
    return;
  }
  const isMissed = action === 'DELETE' && token.seen;
  if (token.doubt !== undefined && look.startedAt >= token.doubt.at) {
    token.doubt.absences += 1;
  }
  if (!isMissed) return;
  token.absentSince ??= look.endedAt;
  const intervalMs = checkingIntervalMs(card.policy.readIntervalMs);
  if (look.endedAt - token.absentSince < intervalMs || !isProof(card, look)) return;
  // Three looks may have ended a doubt, and after that only the wanted state itself says more.
  const { doubt } = token;
  rememberWanted(card, token);
  if (doubt !== undefined && doubt.denials + doubt.absences >= 3) {
    token.alternatives.push({ result: 'FAILED', evidence: 'CALLBACK', code: doubt.code });
  }
}

/** The sender has told, a word has come, or the sender was waited for long enough after the end of the sending. */
function isSendingKnown({ sending, wordCame, stopWantedAt, request }: CardMemory, at: number): boolean {
  const overAt = Math.min(request.hardDeadlineAt, stopWantedAt ?? Infinity) + LONGEST_WAIT_FOR_SENDER_MS;
  return sending !== undefined || wordCame || at >= overAt;
}

/**
 * Whose doing the wanted state is: nobody can tell during the sending, and suspensions have owners. A refusal says that the
 * hub found it so.
 */
function isProof({ request, sending, wordCame }: CardMemory, { beganKnowing }: LookTold): boolean {
  if (!beganKnowing) return false;
  return request.action !== 'SUSPEND' || wordCame || !isProvenUnsent(sending);
}

/** Tokens of which nothing is expected, and on which no word came, are not changed by looks. */
function rememberWanted(card: CardMemory, token: TokenMemory): void {
  const seen: Known = { result: 'CONFIRMED', evidence: 'READING' };
  if (!token.expected && token.wordAt === undefined) return;
  if (token.standing !== undefined) {
    if (token.conflict && token.standing.result === 'FAILED') token.alternatives.push(seen);
    return;
  }
  token.standing = seen;
  token.confirmed = card.order;
}

// ---- What must come out for each token.

function objectionsToTokens(report: OperationReport, card: CardMemory): string[] {
  const pending = report.outcomes.filter(({ result }) => result === 'PENDING');
  if (pending.length > 0) return pending.map(({ virtualCardId }) => `${virtualCardId} is pending in the end`);
  if (card.decided || card.ambiguous) return [];
  const reported = new Map(report.outcomes.map((outcome) => [outcome.virtualCardId, outcome]));
  const missing = [...card.tokens.values()].filter(({ id, optional }) => !optional && !reported.has(id));
  return [
    ...missing.map(({ id }) => `${id} is missing from the outcomes`),
    ...(reported.size === report.outcomes.length ? [] : ['a token is reported twice']),
    ...report.outcomes.flatMap((outcome) => objectionsToToken(outcome, report, card)),
  ];
}

function objectionsToToken(outcome: TokenOutcome, report: OperationReport, card: CardMemory): string[] {
  const { virtualCardId: id } = outcome;
  const token = card.tokens.get(id);
  if (token === undefined) return [`nobody has ever mentioned ${id}`];
  const said = describe(outcome.result, outcome.evidence, outcome.errorCode);
  const allowed = allowedFor(token, report, card);
  return [
    ...(allowed.includes(said) ? [] : [`${id} is ${said}, not ${allowed.join(' or ')}`]),
    ...(outcome.expected === token.expected ? [] : [`${id} is ${token.expected ? '' : 'not '}expected`]),
    ...(outcome.device === token.device ? [] : [`the device of ${id} is ${token.device ?? 'not known'}`]),
  ];
}

function describe(result: string, evidence: string, code?: ErrorCode): string {
  return [result, evidence, ...(code === undefined ? [] : [code])].join(' ');
}

function allowedFor(token: TokenMemory, report: OperationReport, card: CardMemory): string[] {
  const { standing, alternatives, doubt } = token;
  if (standing !== undefined) {
    return [standing, ...alternatives].map(({ result, evidence, code }) => describe(result, evidence, code));
  }
  if (doubt !== undefined) {
    const failed = describe('FAILED', 'CALLBACK', doubt.code);
    const silent = describe('SILENT', 'NONE', doubt.code);
    const isBesideLastLook = (card.looks.at(-1)?.endedAt ?? 0) >= doubt.at;
    if (isCutShort(card) && isBesideLastLook && doubt.denials === 0) return [failed, silent];
    if (card.cancelledAt !== undefined || doubt.absences > 0) return [failed, silent];
    return [doubt.denials > 0 ? failed : silent];
  }
  if (token.notEligible) return [describe('NOT_ELIGIBLE', 'NONE')];
  const isRefused = report.status === 'REJECTED' && card.sending?.kind === 'refused';
  const isNeverSent = isCutShort(card) && !card.wordCame && isProvenUnsent(card.sending);
  // A cancellation that comes while the last look is under way changes nothing any more.
  const isUncancelled = card.cancelledAt === undefined || report.status === 'FAILED';
  if (token.expected && isNeverSent && isUncancelled) return [describe('FAILED', 'NONE')];
  if (token.expected && isRefused && card.sending?.kind === 'refused') {
    return [describe('FAILED', 'ANSWER', card.sending.errorCode)];
  }
  const silent = describe('SILENT', 'NONE');
  if (card.sending?.kind !== 'refused' || card.wordCame) return [silent];
  // Where the earlier attempt has done its part elsewhere, the refusal is what is known of this one.
  const isPartlyDone = card.sending.echo && report.status === 'PARTIALLY_CONFIRMED';
  if (token.expected && isPartlyDone) {
    const code = card.sending.errorCode;
    return [describe('FAILED', 'ANSWER', code), describe('SILENT', 'NONE', code), silent];
  }
  return [silent, describe('SILENT', 'NONE', card.sending.errorCode)];
}

// ---- What must be counted.

function objectionsToCounts(report: OperationReport, card: CardMemory): string[] {
  const unheard = [...card.keys].filter((key) => !report.heard.includes(key));
  return [
    ...(report.duplicates === card.duplicates ? [] : [`${card.duplicates} duplicates came`]),
    ...(report.unexpected.length === card.unexpected ? [] : [`${card.unexpected} unexpected words came`]),
    ...unheard.map((key) => `${key} was not heard`),
  ];
}

// ---- What can still pay.

function objectionsToExposed(report: OperationReport, card: CardMemory): string[] {
  if (card.decided) return report.exposed.length === 0 ? [] : ['a person has decided: nothing is exposed'];
  const { must, may } = exposedIn(card);
  // What ends without a look names nobody; the snapshot is no look.
  const isUnlooked =
    ['CANCELLED', 'SUPERSEDED'].includes(report.status) ||
    (report.status === 'REJECTED' && card.looks.every(({ endedAt }) => endedAt < (card.sending?.told ?? 0)));
  if (isUnlooked && report.exposed.length === 0) return [];
  return [
    ...must.filter((id) => !report.exposed.includes(id)).map((id) => `${id} can still pay`),
    ...report.exposed
      .filter((id) => !must.includes(id) && !may.includes(id))
      .map((id) => `nothing shows that ${id} can still pay`),
  ];
}

/** What the last complete list shows, without what was confirmed since; `may`: confirmed while that look was under way. */
function exposedIn({ request, list, tokens }: CardMemory): { must: string[]; may: string[] } {
  if (request.action === 'RESUME' || list === undefined) return { must: [], may: [] };
  const listed = list.tokens.filter(({ status }) => canPay(status)).map(({ virtualCardId }) => virtualCardId);
  const confirmed = (id: string): number => tokens.get(id)?.confirmed ?? -1;
  // Of words that contradict each other nobody knows what they prove.
  const isOpen = (id: string): boolean => confirmed(id) <= list.ended || tokens.get(id)?.conflict === true;
  return {
    must: listed.filter((id) => confirmed(id) < list.began),
    may: listed.filter((id) => confirmed(id) >= list.began && isOpen(id)),
  };
}

// ---- What must come out for the card.

interface Ending {
  readonly status: string;
  readonly evidence: string;
  readonly code?: ErrorCode | undefined;
  readonly provisional?: boolean;
}

function objectionsToStatus(report: OperationReport, card: CardMemory): string[] {
  const allowed = endingsOf(report, card);
  if (allowed === 'any') return [];
  const said = write(report.status, report.evidence, report.errorCode, report.provisional);
  const written = allowed.map(({ status, evidence, code, provisional }) =>
    write(status, evidence, code, provisional ?? false),
  );
  return written.includes(said) ? [] : [`it is ${said}, not ${written.join(' or ')}`];
}

function write(status: string, evidence: string, code: ErrorCode | undefined, provisional: boolean): string {
  return describe(status, evidence, code) + (provisional ? ' (provisional)' : '');
}

function endingsOf(report: OperationReport, card: CardMemory): readonly Ending[] | 'any' {
  if (card.decided) return [{ status: 'FAILED', evidence: 'PERSON' }];
  if (card.ambiguous) return 'any';
  const { sending, wordCame } = card;
  if (!wordCame && sending?.kind === 'refused') return endingsOfRefusal(report, card, sending);
  if (!wordCame && isProvenUnsent(sending)) return endingsOfUnsent(report, card, sending);
  // Of a cancellation before which nothing was known to be sent, and whose sender says nothing.
  return endingsByWhatIsKnown(report, card);
}

function isProvenUnsent(sending: CardMemory['sending']): sending is SendingResult & { told: number } {
  return (sending?.kind === 'stopped' || sending?.kind === 'superseded') && !sending.possiblySent;
}

function endingsOfUnsent(report: OperationReport, card: CardMemory, sending: SendingResult): Ending[] {
  const isExpired = card.endedAt >= card.request.hardDeadlineAt;
  const byPerson: Ending = { status: 'CANCELLED', evidence: 'NONE' };
  const byOther: Ending = { status: 'SUPERSEDED', evidence: 'NONE' };
  const neverSent: Ending = { status: 'FAILED', evidence: 'NONE' };
  const isCancelled = card.cancelledAt !== undefined && sending.kind === 'stopped';
  return [
    ...(isCancelled ? [byPerson] : []),
    ...(sending.kind === 'superseded' ? [byOther] : []),
    ...(isExpired
      ? [
          neverSent,
          // What the last look finds done is done, whoever did it; but suspensions have owners.
          ...endingsByWhatIsKnown(report, card).filter(
            ({ status }) => card.request.action !== 'SUSPEND' && status.endsWith('CONFIRMED'),
          ),
        ]
      : []),
  ];
}

function endingsOfRefusal(
  report: OperationReport,
  card: CardMemory,
  { errorCode: code, echo, told }: Extract<SendingResult, { kind: 'refused' }> & { readonly told: number },
): Ending[] {
  const rejected: Ending = { status: 'REJECTED', evidence: 'ANSWER', code, provisional: echo };
  const unknown: Ending = { status: 'UNKNOWN', evidence: 'NONE', code };
  const confirmed: Ending = { status: 'CONFIRMED', evidence: 'READING' };
  if (!echo && !ABOUT_THE_STATE.includes(code)) return [rejected];
  const last = card.looks.at(-1);
  const tokens = completeList(last?.reading);
  const answered = card.looks.filter(
    ({ startedAt, reading }) => startedAt >= told && completeList(reading) !== undefined,
  );
  const isEmpty = last?.reading.kind === 'listed' && last.reading.tokens.length === 0;
  const isLookedInto = echo || card.cancelledAt === undefined;
  if (isLookedInto && tokens !== undefined && isAsWanted(card, tokens)) return [confirmed];
  // After an echo, what is as wanted is what the earlier attempt has done, as far as anybody can tell.
  const isPartlyDone = echo && report.outcomes.some(({ result }) => result === 'CONFIRMED');
  const partial: Ending = { status: 'PARTIALLY_CONFIRMED', evidence: 'READING', code };
  const isDecidedByCancellation = echo && card.cancelledAt !== undefined;
  if (isPartlyDone && !isDecidedByCancellation) return [partial];
  if (isCutShort(card)) {
    // Of a cancellation or a deadline amid the looks after an echo the design does not say which of the two decides.
    return [
      rejected,
      unknown,
      ...(isPartlyDone ? [partial] : []),
      ...(isDecidedByCancellation ? endingsByWhatIsKnown(report, card) : []),
    ];
  }
  if (isEmpty) return [unknown];
  if (echo && answered.length < 2) return [];
  return answered.length === 0 ? [] : [rejected];
}

/** Some token is as wanted, every expected one is, and none can pay that must not. */
function isAsWanted(card: CardMemory, tokens: readonly ListedToken[]): boolean {
  const { action } = card.request;
  const expected = [...card.tokens.values()].filter((token) => token.expected);
  return (
    tokens.some(({ status }) => isWanted(action, status)) &&
    expected.every(({ standing }) => standing?.result === 'CONFIRMED') &&
    (action === 'RESUME' || !tokens.some(({ status }) => canPay(status)))
  );
}

/** By the outcomes that were reported, which have been looked at by themselves. */
function endingsByWhatIsKnown(report: OperationReport, card: CardMemory): Ending[] {
  const expected = report.outcomes.filter((outcome) => outcome.expected);
  const confirmed = report.outcomes.filter(({ result }) => result === 'CONFIRMED');
  const code = report.outcomes.find(({ result }) => result === 'FAILED')?.errorCode;
  const isByCallback = confirmed.every(({ evidence }) => evidence === 'CALLBACK');
  const evidence = isByCallback ? 'CALLBACK' : 'READING';
  const unknown: Ending = { status: 'UNKNOWN', evidence: 'NONE', code };
  const partial: Ending = { status: 'PARTIALLY_CONFIRMED', evidence, code };
  if (expected.length === 0) {
    if (confirmed.length > 0) return [partial, unknown, ...asFound(card, evidence)];
    return asFound(card, 'READING').length > 0 ? asFound(card, 'READING') : [unknown];
  }
  if (expected.every(({ result }) => result === 'CONFIRMED') && isClear(report, card)) {
    return [{ status: 'CONFIRMED', evidence }];
  }
  if (confirmed.length > 0) return [partial];
  const isAllFailed = expected.every(({ result }) => result === 'FAILED');
  if (!isAllFailed) return [unknown];
  const provisional = report.outcomes.some((outcome) => outcome.provisional === true);
  return [{ status: 'FAILED', evidence: 'CALLBACK', code, provisional }];
}

/** Nothing is expected of any token: the card is as it should be, if the last look says so. */
function asFound(card: CardMemory, evidence: string): Ending[] {
  const last = card.looks.at(-1);
  const tokens = completeList(last?.reading);
  if (!card.hasSnapshot || tokens === undefined || !isAsWanted(card, tokens)) return [];
  return [{ status: 'CONFIRMED', evidence }];
}

/** I4: a list that is no older than the last fact, or the very last one, shows that no token can pay. A RESUME needs none. */
function isClear({ exposed }: OperationReport, card: CardMemory): boolean {
  if (card.request.action === 'RESUME') return true;
  if (exposed.length > 0) return false;
  const last = card.looks.at(-1);
  if (last === undefined || completeList(last.reading) === undefined) return false;
  return isCutShort(card) || last.beganAfter >= card.lastFact;
}

/** No further look will come, whatever is still open. */
function isCutShort({ cancelledAt, endedAt, request }: CardMemory): boolean {
  return cancelledAt !== undefined || endedAt >= request.hardDeadlineAt;
}

// ---- Why a person should look.

function objectionsToAttention(report: OperationReport, card: CardMemory): string[] {
  const { attention } = report;
  if (card.ambiguous) return [];
  if (card.decided) return attention === undefined ? [] : ['a person has decided: nobody needs to look'];
  const { needed, possible } = reasonsOf(report, card);
  const least = mostUrgent(needed);
  const isAllowed = (reason: AttentionReason | undefined): boolean =>
    reason === least ||
    (reason !== undefined && possible.includes(reason) && mostUrgent([...needed, reason]) === reason);
  return isAllowed(attention)
    ? []
    : [`attention is ${attention ?? 'not raised'}, not ${least ?? 'left out'}`];
}

function reasonsOf(
  report: OperationReport,
  card: CardMemory,
): { needed: AttentionReason[]; possible: AttentionReason[] } {
  const tokens = [...card.tokens.values()];
  const needed: AttentionReason[] = [];
  const possible: AttentionReason[] = [];
  if (tokens.some(({ conflict }) => conflict)) needed.push('CONFLICT');
  if (report.exposed.length > 0) needed.push('TOKEN_EXPOSED');
  if (report.status === 'UNKNOWN') needed.push('UNKNOWN_OUTCOME');
  if (report.status === 'FAILED' && report.evidence === 'NONE') needed.push('NEVER_SENT');
  if (!card.wordCame && isProvenUnsent(card.sending)) possible.push('NEVER_SENT');
  if (card.sending?.kind === 'lost') needed.push('TERMINATED');
  if (card.unexpected > 0) needed.push('UNEXPECTED_CALLBACK');
  if (card.cardDataSeen) needed.push('CARD_DATA_SEEN');
  if (tokens.some(({ amended }) => amended)) possible.push('LATE_AMENDMENT');
  const expected = report.outcomes.filter((outcome) => outcome.expected);
  const isUnproven =
    report.status === 'PARTIALLY_CONFIRMED' &&
    card.request.action !== 'RESUME' &&
    completeList(card.looks.at(-1)?.reading) === undefined;
  if (isUnproven && expected.every(({ result }) => result === 'CONFIRMED')) needed.push('UNKNOWN_OUTCOME');
  if (isUnproven) possible.push('UNKNOWN_OUTCOME');
  if (report.outcomes.some(({ result }) => result === 'SILENT')) possible.push('UNKNOWN_OUTCOME');
  const contradiction = contradictionOf(card);
  if (contradiction !== undefined) (contradiction.stands ? needed : possible).push(contradiction.reason);
  return { needed, possible };
}

/**
 * What lists say against tokens that were confirmed before the looks began. It stands when two looks an interval apart say
 * so, or when no look will come that could clear it up.
 */
function contradictionOf(card: CardMemory): { reason: AttentionReason; stands: boolean } | undefined {
  const complete = card.looks.filter(({ reading }) => completeList(reading) !== undefined);
  const last = complete.at(-1);
  const reason = last === undefined ? undefined : contradictionIn(card, last);
  if (last === undefined || reason === undefined) return undefined;
  // Of a refusal a look tells only whether it is as wanted.
  const isRefused = card.sending?.kind === 'refused' && !card.wordCame;
  if (isCutShort(card) || isRefused) return { reason, stands: !isRefused };
  const intervalMs = checkingIntervalMs(card.policy.readIntervalMs);
  const isRepeated = complete.some(
    (before) => last.startedAt - before.endedAt >= intervalMs && contradictionIn(card, before) !== undefined,
  );
  return { reason, stands: isRepeated || card.looks.at(-1) !== last };
}

function contradictionIn(card: CardMemory, { reading, beganAfter }: LookTold): AttentionReason | undefined {
  const { action } = card.request;
  const against = (completeList(reading) ?? []).filter(({ virtualCardId, status }) => {
    const token = card.tokens.get(virtualCardId);
    // Of words that contradict each other the token's own looks tell.
    const isConfirmed =
      token?.standing?.result === 'CONFIRMED' &&
      !token.conflict &&
      (token.confirmed ?? Infinity) < beganAfter;
    return isConfirmed && (action === 'RESUME' ? !isWanted(action, status) : canPay(status));
  });
  if (against.length === 0) return undefined;
  const isExplained = action === 'RESUME' && against.every(({ status }) => stateOf(status) === 'SUSPENDED');
  return isExplained ? 'OTHER_SUSPENDER' : 'CONFLICT';
}

// ---- Why it ended then, and not before or after.

function objectionsToTheTime(report: OperationReport, card: CardMemory): string[] {
  const { request, endedAt, sending, cancelledAt } = card;
  // A decision may come beside the last look.
  if (card.decided) return [];
  const exchangesMs = 2 * Math.max(0, ...card.looks.map((look) => look.endedAt - look.startedAt));
  const latest = request.hardDeadlineAt + LONGEST_WAIT_FOR_SENDER_MS + exchangesMs;
  if (endedAt > latest) return [`it ended ${endedAt - latest} ms after the latest instant at which it may`];
  if (card.ambiguous) return [];
  if (endedAt >= request.hardDeadlineAt) return objectionsToDelay(report, card);
  if (cancelledAt !== undefined) return objectionsToCancellation(report, card);
  if (sending?.kind === 'refused' && !card.wordCame) return [];
  const open = report.outcomes.filter(({ expected, result }) => expected && result === 'SILENT');
  const last = card.looks.at(-1);
  const isFresh = last !== undefined && last.beganAfter >= card.lastFact && last.endedAt === endedAt;
  const isAnswered = completeList(last?.reading) !== undefined;
  const contradiction = contradictionOf(card);
  const isSettledTooSoon = contradiction !== undefined && !contradiction.stands;
  return [
    ...(isSettledTooSoon ? ['it ended by a look against a success that was not repeated'] : []),
    ...open.map(({ virtualCardId }) => `it ended although ${virtualCardId} was silent`),
    ...(card.hasSnapshot ? [] : ['it ended without ever having seen which tokens are expected']),
    ...(sending?.kind === 'accepted' || sending?.kind === 'lost' || card.wordCame
      ? []
      : ['it ended although nobody knows that the hub has the request']),
    ...(isFresh ? [] : ['it ended without a look that is younger than the last fact']),
    ...(isAnswered || request.action === 'RESUME' ? [] : ['it ended by a look that was not answered']),
  ];
}

/** What had all been known for a while, and the hub had answered every look, must not wait for the hard deadline. */
function objectionsToDelay(report: OperationReport, card: CardMemory): string[] {
  const { request, policy, sending, looks } = card;
  const isReached = sending?.kind === 'accepted' || card.wordCame;
  const isAnswered = looks.every(({ reading }) => completeList(reading) !== undefined);
  const isKnown = report.outcomes.every(({ expected, result }) => !expected || result !== 'SILENT');
  if (!card.hasSnapshot || !isReached || !isAnswered || !isKnown) return [];
  const told = card.told.flatMap(({ kind, at }) => (kind.startsWith('look') ? [] : [at]));
  const settled = report.outcomes.flatMap(({ at }) => (at === undefined ? [] : [Date.parse(at)]));
  const knownAt = Math.max(card.snapshotAt, ...told, ...settled);
  const longestMs = Math.max(0, ...looks.map((look) => look.endedAt - look.startedAt));
  const fewLooksMs = 4 * (checkingIntervalMs(policy.readIntervalMs) + longestMs);
  return knownAt + fewLooksMs < request.hardDeadlineAt ? ['it ended long after all was known'] : [];
}

function objectionsToCancellation(report: OperationReport, card: CardMemory): string[] {
  if (['CANCELLED', 'SUPERSEDED', 'REJECTED'].includes(report.status)) return [];
  const since = card.cancelledAt ?? 0;
  const last = card.looks.at(-1);
  const failed = card.looks.filter(
    ({ endedAt, reading }) => endedAt >= since && completeList(reading) === undefined,
  );
  if (last !== undefined && completeList(last.reading) !== undefined && last.endedAt >= since) return [];
  return failed.length >= 3 ? [] : ['it ended after the cancellation without a look that was answered'];
}
