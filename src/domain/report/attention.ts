/** Why a person should look, most urgent first (design section 6). */
export const ATTENTION_REASONS = [
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
] as const;

export type AttentionReason = (typeof ATTENTION_REASONS)[number];

/** The one reason that is shown: the most urgent of those that apply. */
export function mostUrgent(reasons: readonly AttentionReason[]): AttentionReason | undefined {
  return ATTENTION_REASONS.find((reason) => reasons.includes(reason));
}

export function withReason(
  reasons: readonly AttentionReason[],
  reason: AttentionReason,
): readonly AttentionReason[] {
  return reasons.includes(reason) ? reasons : [...reasons, reason];
}
