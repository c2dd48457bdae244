import { createRunLength } from '../../../workflows/run-length.js';

let isSuggested = false;
jest.mock('@temporalio/workflow', () => ({
  workflowInfo: () => ({ continueAsNewSuggested: isSuggested }),
}));
afterEach(() => {
  isSuggested = false;
});

describe('a run is long enough to continue as new', () => {
  it('at 1,000 signals, and not before', () => {
    const run = createRunLength();
    for (let signal = 1; signal < 1_000; signal += 1) run.noteSignal();
    expect(run.isTooLong()).toBe(false);
    run.noteSignal();
    expect(run.isTooLong()).toBe(true);
  });

  it('when Temporal suggests it', () => {
    isSuggested = true;
    expect(createRunLength().isTooLong()).toBe(true);
  });
});
