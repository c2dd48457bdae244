import { interceptors } from '../../../workflows/interceptors.js';
import { virtualCardChangedSignal } from '../../../src/contract/messages.js';

type Job = {
  readonly fireTimer?: object;
  readonly signalWorkflow?: { signalName: string; input?: object[] };
};

const signal = (signalName: string, ...names: string[]): Job => ({
  signalWorkflow: { signalName, input: names.map((name) => ({ metadata: { name } })) },
});
const callback = (...names: string[]): Job => signal(virtualCardChangedSignal.name, ...names);

/** What is left of these jobs of one task, and with which values each goes to its handler. */
function handedOn(jobs: readonly Job[]): string[] {
  const seen: string[] = [];
  const [internals] = interceptors().internals ?? [];
  internals?.activate?.({ activation: { jobs: [...jobs] }, batchIndex: 0 } as never, ({ activation }) => {
    for (const { signalWorkflow } of activation.jobs ?? []) {
      const names = signalWorkflow?.input?.map(({ metadata }) => String(metadata?.['name'])) ?? [];
      seen.push([signalWorkflow?.signalName ?? 'another job', ...names].join(' '));
    }
  });
  return seen;
}

it('thousands of callbacks of one task are one call of their handler, in their order', () => {
  const names = Array.from({ length: 9_900 }, (_, index) => String(index));
  expect(handedOn(names.map((name) => callback(name)))).toEqual([`virtualCardChanged ${names.join(' ')}`]);
});

it('callbacks keep their place among everything else that has happened', () => {
  const others = [{ fireTimer: {} }, signal('another', 'why')];
  const jobs = [
    callback('a'),
    callback('b'),
    ...others,
    callback('c'),
    signal('read'),
    callback('d'),
    callback('e'),
  ];
  expect(handedOn(jobs)).toEqual([
    'virtualCardChanged a b',
    'another job',
    'another why',
    'virtualCardChanged c',
    'read',
    'virtualCardChanged d e',
  ]);
});

it('a signal that was typed by hand with no value or several goes on as it came', () => {
  expect(handedOn([callback('a'), callback(), callback('b'), callback('c', 'd')])).toEqual([
    'virtualCardChanged a',
    'virtualCardChanged',
    'virtualCardChanged b',
    'virtualCardChanged c d',
  ]);
});
