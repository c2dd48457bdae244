import type { Operation } from '../operation/index.js';
import { beginMember, type FanOut, type Member } from './state.js';

/**
 * A fan-out as it crosses continue-as-new. Of each token only what differs from one that nothing has been heard of goes
 * along: a thousand tokens in full would not fit into one message of Temporal's.
 */
export interface CompactFanOut extends Omit<FanOut, 'members'> {
  readonly members: readonly CompactMember[];
}

interface CompactMember {
  readonly id: string;
  readonly role: Member['role'];
  readonly token?: Partial<Operation>;
}

export function toCompact(fanOut: FanOut): CompactFanOut {
  return {
    ...fanOut,
    members: fanOut.members.map(({ role, token }) => {
      const id = token.request.virtualCardId;
      const fresh = beginMember(fanOut, id, role).token;
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

export function fromCompact(compact: CompactFanOut): FanOut {
  return {
    ...compact,
    members: compact.members.map(({ id, role, token }) => {
      const fresh = beginMember(compact, id, role);
      return { role, token: { ...fresh.token, ...token } };
    }),
  };
}
