import { createLanes } from '../../../src/temporal/callbacks/lanes.js';

/** Enters work that ends when it is told to; the list says what has begun, in order. */
function createWork(width: number) {
  const lanes = createLanes(width);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = async (key: string, name: string, fails = false): Promise<string> =>
    lanes.enter(key, async () => {
      begun.push(name);
      await new Promise<void>((end) => ends.set(name, end));
      if (fails) throw new Error(`${name} fails`);
      return name;
    });
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise((turn) => setImmediate(turn));
  };
  return { begun, enter, end };
}

it('lets so many pieces of work with one key in, and the others in order when one has left', async () => {
  const { begun, enter, end } = createWork(2);
  const all = Promise.all(['a', 'b', 'c', 'd'].map(async (name) => enter('key', name)));
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'c']);
  const late = enter('key', 'e');
  for (const name of ['a', 'c', 'd', 'e']) await end(name);
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(await all).toEqual(['a', 'b', 'c', 'd']);
  expect(await late).toBe('e');
});

it('does not let one key wait for another', async () => {
  const { begun, enter, end } = createWork(1);
  const both = [enter('crowded', 'a'), enter('other', 'b')];
  expect(begun).toEqual(['a', 'b']);
  for (const name of ['a', 'b']) await end(name);
  await Promise.all(both);
});

it('goes on with the next one when a piece of work fails', async () => {
  const { enter, end } = createWork(1);
  const failing = enter('key', 'a', true);
  const next = enter('key', 'b');
  await Promise.all([end('a'), expect(failing).rejects.toThrow('a fails')]);
  await end('b');
  expect(await next).toBe('b');
});
