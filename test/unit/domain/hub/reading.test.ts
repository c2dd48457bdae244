import { sightingOf, type Reading } from '../../../../src/domain/hub/reading.js';
import { aReading, EMPTY_LIST, FAILED_READING, LIST_WITHOUT_THE_TOKEN } from '../../../support/builders.js';

const suspension = { virtualCardId: 'token-1', action: 'SUSPEND' } as const;

describe('a reading', () => {
  it.each<[string, Reading, string]>([
    ['proves nothing when it failed', FAILED_READING, 'nothing'],
    ['proves nothing when the list is empty', EMPTY_LIST, 'nothing'],
    ['shows the absence of a token that a complete list lacks', LIST_WITHOUT_THE_TOKEN, 'absent'],
    ['shows the wanted state', aReading('SUSPENDED'), 'wanted'],
    ['shows the wanted state in any spelling', aReading(' suspended '), 'wanted'],
    ['shows another state', aReading('RESUMED'), 'other'],
    ['shows something else in a status that we do not know', aReading('FROZEN'), 'other'],
    ['shows something else in a token without a status', aReading(''), 'other'],
  ])('%s', (_rule, reading, kind) => {
    expect(sightingOf(reading, suspension).kind).toBe(kind);
  });

  it('keeps the status as the hub wrote it', () => {
    expect(sightingOf(aReading('frozen'), suspension)).toEqual({ kind: 'other', status: 'frozen' });
  });

  it('knows a token by its exact reference', () => {
    expect(sightingOf(aReading('SUSPENDED'), { ...suspension, virtualCardId: 'TOKEN-1' }).kind).toBe(
      'absent',
    );
  });

  it('is about the token that was asked for, not about its neighbours', () => {
    expect(sightingOf(aReading('SUSPENDED'), { ...suspension, virtualCardId: 'token-2' }).kind).toBe('other');
  });
});
