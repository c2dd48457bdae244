import { randomUUID } from 'node:crypto';
import { type AcceptancePlan, type PlannedAction } from '../plan/plan.js';
import { type Seeding, type Seeds } from '../plan/seeding.js';
import { type SimulatorSettings } from '../settings.js';
import {
  type AskedAddress,
  type AskedOperation,
  type PendingOperation,
  type TokenAddress,
  askedKey,
} from '../cards/state.js';
import { type Store } from '../cards/store.js';

/** What the hub remembers of the operations that it was asked for, and of the renewals. */
export interface Attempts {
  /** Counts one more, and answers all that is known. The seed of the first one holds; it is that of now, or the given. */
  note(address: AskedAddress, attempted: Attempted, begunUnder?: { seeding?: Seeding }): AskedOperation;
  wasTakenOn(address: AskedAddress, attempted: Attempted): boolean;
  noteTakenOn(address: AskedAddress, attempted: Attempted): void;
  /** Makes of a plan what is then under way at a token. */
  takeOn(address: TokenAddress, attempted: Attempted, plan: AcceptancePlan): PendingOperation;
}

export interface Attempted {
  correlationId: string;
  action: PlannedAction;
}

export function createAttempts(dependencies: {
  store: Store;
  seeds: Seeds;
  settings: SimulatorSettings;
}): Attempts {
  const { store, seeds, settings } = dependencies;

  function noteTakenOn(address: AskedAddress, attempted: Attempted): void {
    const key = askedKey({ ...address, ...pick(attempted) });
    store.change(({ asked }) => {
      const before = asked.get(key);
      if (before !== undefined) asked.set(key, { ...before, takenOn: true });
    });
  }

  return {
    note(address, attempted, begunUnder) {
      const seeding = begunUnder === undefined ? seeds.current() : begunUnder.seeding;
      const first = { ...address, at: new Date().toISOString(), ...pick(attempted), attempts: 0 };
      const key = askedKey(first);
      const before = store.state.asked.get(key) ?? { ...first, takenOn: false, ...(seeding && { seeding }) };
      const asked = { ...before, attempts: before.attempts + 1 };
      store.change((state) => state.asked.set(key, asked));
      return asked;
    },
    wasTakenOn(address, attempted) {
      return store.state.asked.get(askedKey({ ...address, ...pick(attempted) }))?.takenOn === true;
    },
    noteTakenOn,
    takeOn(address, attempted, plan) {
      noteTakenOn(address, attempted);
      const { min, max } = settings.effectDelayMs;
      return {
        ...address,
        ...pick(attempted),
        id: randomUUID(),
        effect: plan.effect,
        callbacks: plan.callbacks,
        dueAt: Date.now() + (plan.effectAfterMs ?? min + Math.random() * (max - min)),
      };
    },
  };
}

/** A request has more fields than are remembered. */
function pick({ correlationId, action }: Attempted): Attempted {
  return { correlationId, action };
}
