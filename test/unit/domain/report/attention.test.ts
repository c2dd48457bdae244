import { ATTENTION_REASONS, mostUrgent, withReason } from '../../../../src/domain/report/attention.js';

describe('attention', () => {
  it('shows the reasons in this order of urgency', () => {
    expect(ATTENTION_REASONS).toEqual([
      'CONFLICT',
      'TOKEN_EXPOSED',
      'TERMINATED',
      'UNKNOWN_OUTCOME',
      'NEVER_SENT',
      'OVERDUE',
      'HUB_UNREACHABLE',
      'UNEXPECTED_CALLBACK',
      'OTHER_SUSPENDER',
      'RENEWAL_FAILED',
      'LATE_AMENDMENT',
      'ID_TAKEN',
      'CARD_DATA_SEEN',
    ]);
  });

  it.each(ATTENTION_REASONS.map((reason, index) => [reason, ATTENTION_REASONS.slice(index)] as const))(
    'is %s when that is the most urgent reason, in whatever order they were noted',
    (reason, reasons) => {
      expect(mostUrgent(reasons)).toBe(reason);
      expect(mostUrgent(reasons.toReversed())).toBe(reason);
    },
  );

  it('is absent when there is no reason', () => {
    expect(mostUrgent([])).toBeUndefined();
  });

  it('notes each reason once', () => {
    expect(withReason(withReason(['OVERDUE'], 'CONFLICT'), 'CONFLICT')).toEqual(['OVERDUE', 'CONFLICT']);
  });
});
