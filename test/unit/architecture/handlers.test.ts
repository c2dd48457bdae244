import { readdirSync, readFileSync } from 'node:fs';

const sources = readdirSync('workflows').map((name) => readFileSync(`workflows/${name}`, 'utf8'));
const handlers = sources.flatMap((source) =>
  [...source.matchAll(/setHandler\(\s*(\w+),\s*(async )?/g)].map(([, message = '', isAsync]) => ({
    message,
    isAsync: isAsync !== undefined,
  })),
);

it('signal handlers never wait: none is asynchronous', () => {
  const ofSignals = handlers.filter(({ message }) => message.endsWith('Signal'));
  const names = ofSignals.map(({ message }) => message);
  expect(names).toEqual(['virtualCardChangedSignal']);
  // Every owner of a correlation id takes callbacks by it.
  expect(sources.filter((source) => /^ {2}takeCallbacks\(driver\);$/m.test(source))).toHaveLength(5);
  expect(ofSignals.filter(({ isAsync }) => isAsync)).toEqual([]);
});

it('every update is checked before it is accepted, and no check is asynchronous: one that waits refuses nothing', () => {
  const handlersOf = sources.flatMap((source) => source.split(/\bsetHandler\(/).slice(1));
  const updates = handlersOf.filter((handler) => /^\s*\w+Update,/.test(handler));
  expect(updates).toHaveLength(5);
  // Of what runs and of what came late; the operations share theirs.
  expect(sources.filter((source) => /^ {2}answerPeople\(driver, /m.test(source))).toHaveLength(3);
  for (const update of updates) {
    expect(update).toMatch(/\bvalidator: (\w+,|\w+ \}|\(\w+\) => \{)/);
    expect(update).not.toMatch(/\bvalidator: async/);
  }
  const checks = sources.flatMap((source) => source.match(/(async )?function refuse\w+\(/g) ?? []);
  expect(checks.length).toBeGreaterThan(3);
  expect(checks.filter((check) => check.startsWith('async'))).toEqual([]);
});

it('updates are for people: callbacks come by no other message than the signal', () => {
  const others = handlers.filter(({ message }) => !message.endsWith('Signal'));
  expect(new Set(others.map(({ message }) => message))).toEqual(
    new Set(
      ['cancel', 'read', 'resolve', 'lateRead', 'lateResolve']
        .map((name) => `${name}Update`)
        .concat('reportQuery', 'foreignChangeQuery', 'lateArrivalsQuery', 'renewalsQuery'),
    ),
  );
});
