import type { Operation, Settlement } from '../token/index.js';
import { beginMember, withTokens, type CardOperation, type Member } from './state.js';

/**
 * An operation on a card as it crosses continue-as-new. Of each token only what differs from one that nothing has been heard of goes
 * along: a thousand tokens in full would not fit into one message of Temporal's.
 */
export interface CompactCardOperation extends Omit<CardOperation, 'members'> {
  readonly members: readonly CompactMember[];
}

interface CompactMember {
  readonly id: string;
  readonly role: Member['role'];
  readonly token?: Partial<Operation>;
}

export function toCompact({ thisRun: _thisRun, ...operation }: CardOperation): CompactCardOperation {
  const whole = compactOf(operation);
  return isTooLarge(whole) ? compactOf(withoutDetails(operation)) : whole;
}

/** One message of Temporal's holds 2 MiB, and a run that cannot hand over would never end. */
const MOST_CHARACTERS = 1_500_000;

function isTooLarge(compact: CompactCardOperation): boolean {
  return JSON.stringify(compact).length > MOST_CHARACTERS;
}

function compactOf(operation: CardOperation): CompactCardOperation {
  return {
    ...operation,
    members: operation.members.map(({ role, token }) => {
      const id = token.request.virtualCardId;
      const fresh = beginMember(operation, id, role).token;
      const entries = Object.entries(token).filter(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(fresh[key as keyof Operation]),
      );
      return {
        id,
        role,
        ...(entries.length > 0 && { token: Object.fromEntries(entries) as Partial<Operation> }),
      };
    }),
  };
}

/** Every outcome and every open conflict stays; what was said besides is only counted. */
function withoutDetails(operation: CardOperation): CardOperation {
  return withTokens(
    operation,
    () => true,
    (token) => ({
      ...token,
      phase: withoutWord(token.phase),
      conflicts: [],
      unexpected: [],
      omitted: token.omitted + token.conflicts.length + token.unexpected.length,
    }),
  );
}

function withoutWord(phase: Operation['phase']): Operation['phase'] {
  if (phase.kind === 'checking') return { ...phase, first: unworded(phase.first) };
  return phase.kind === 'final' ? { ...phase, settlement: unworded(phase.settlement) } : phase;
}

function unworded({ word: _word, ...settlement }: Settlement): Settlement {
  return settlement;
}

export function fromCompact(compact: CompactCardOperation): CardOperation {
  return {
    ...compact,
    members: compact.members.map(({ id, role, token }) => {
      const fresh = beginMember(compact, id, role);
      return { role, token: { ...fresh.token, ...token } };
    }),
  };
}
