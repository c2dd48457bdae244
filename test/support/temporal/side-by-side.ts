/** The outcome of a scenario that may end before anybody awaits it. */
type Outcome = { readonly failed: false } | { readonly failed: true; readonly error: unknown };

type Scenario = () => Promise<void> | void;

/** `it` for scenarios that wait most of their time and share nothing. */
export interface SideBySide {
  (title: string, scenario: Scenario): void;
  /** As `it.each`, of rows: what is in a row is the arguments, and the title may have `%s`. */
  readonly each: jest.Each;
}

/** More of them than this would be late for what they wait for, on two processors. */
const AT_A_TIME = 4;

/**
 * Scenarios that begin together, at most {@link AT_A_TIME} at a time, when the first of them has its turn; each test awaits its
 * own. What they need is ready before: `beforeAll` of their group. `-t` chooses what is awaited, not what begins.
 */
export function sideBySide(atATime = AT_A_TIME): SideBySide {
  const waiting: (() => Promise<void>)[] = [];
  let begun: Promise<unknown> | undefined;
  const begin = (): void => {
    begun ??= Promise.all(Array.from({ length: atATime }, async () => runAll(waiting)));
  };
  // What nobody awaited must not outlive its server.
  afterAll(async () => begun, 240_000);

  const add = (register: (test: () => Promise<void>) => void, scenario: Scenario): void => {
    let tell: (outcome: Outcome) => void;
    const outcome = new Promise<Outcome>((resolve) => (tell = resolve));
    waiting.push(async () => tell(await outcomeOf(scenario)));
    register(async () => {
      begin();
      const ended = await outcome;
      if (ended.failed) throw ended.error;
    });
  };

  const one = (title: string, scenario: Scenario): void => add((test) => it(title, test), scenario);
  const each =
    (rows: readonly unknown[]) =>
    (title: string, scenario: (...row: unknown[]) => Promise<void> | void): void => {
      for (const row of rows) {
        const given: unknown[] = Array.isArray(row) ? row : [row];
        // Jest makes the title from the row.
        add(
          (test) => it.each([given])(title, test),
          () => scenario(...given),
        );
      }
    };
  return Object.assign(one, { each: each as unknown as jest.Each });
}

async function runAll(waiting: (() => Promise<void>)[]): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
}

async function outcomeOf(scenario: Scenario): Promise<Outcome> {
  try {
    await scenario();
    return { failed: false };
  } catch (error) {
    return { failed: true, error };
  }
}
