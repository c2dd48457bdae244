import { withAdvice } from '../../domain/report/advice.js';
import type { RenewalsView } from '../../domain/unsolicited/to-view.js';
import type { TokenView } from '../../application/token-reader.js';
import type { ListedOperation, OperationView } from '../../domain/report/report.js';
import type { Timeline } from '../../domain/report/timeline.js';

/** Values that the examples of the document are made of. They follow one story, so that a reader recognises them. */

export const ISSUER_ID = 'ISSUER1234';
export const OPERATION_ID = 'op-0123456789abcdefghjkmnpqrs';
export const CARD = 'card-1';

const TOKEN = 'card-1-apple';

const accepted: Omit<OperationView, 'advice'> = {
  operationId: OPERATION_ID,
  correlationId: OPERATION_ID,
  issuerId: ISSUER_ID,
  scope: 'TOKEN',
  action: 'SUSPEND',
  issuerCardRefId: CARD,
  virtualCardId: TOKEN,
  status: 'REQUESTED',
  effectiveStatus: 'REQUESTED',
  final: false,
  evidence: 'NONE',
  outcomes: [{ virtualCardId: TOKEN, result: 'PENDING', expected: true, evidence: 'NONE' }],
  exposed: [],
  duplicates: 0,
  conflicts: [],
  unexpected: [],
  attempts: 0,
  requestedAt: '2026-01-01T00:00:00.000Z',
  softDeadlineAt: '2026-01-01T00:15:00.000Z',
  hardDeadlineAt: '2026-01-04T00:00:00.000Z',
  late: [],
};

/** Accepted, and not answered by the hub yet. */
export const requested: OperationView = withAdvice(accepted);

/** The hub has called back. */
export const confirmed: OperationView = {
  ...accepted,
  status: 'CONFIRMED',
  effectiveStatus: 'CONFIRMED',
  final: true,
  evidence: 'CALLBACK',
  outcomes: [
    {
      virtualCardId: TOKEN,
      result: 'CONFIRMED',
      expected: true,
      evidence: 'CALLBACK',
      at: '2026-01-01T00:00:02.500Z',
    },
  ],
  attempts: 1,
  acceptedAt: '2026-01-01T00:00:00.400Z',
  settledAt: '2026-01-01T00:00:02.500Z',
};

const { virtualCardId: _ofTheWholeCard, ...ofTheCard } = confirmed;

/** All tokens of a card: one did as asked, one is not active yet and may become able to pay. */
export const partlyConfirmed: OperationView = withAdvice({
  ...ofTheCard,
  scope: 'CARD',
  status: 'PARTIALLY_CONFIRMED',
  effectiveStatus: 'PARTIALLY_CONFIRMED',
  attention: 'TOKEN_EXPOSED',
  outcomes: [
    ...confirmed.outcomes,
    { virtualCardId: 'card-1-google', result: 'NOT_ELIGIBLE', expected: false, evidence: 'NONE' },
  ],
  exposed: ['card-1-google'],
});

/** Failed at the device, and a success came after the end. */
export const amended: OperationView = withAdvice({
  ...confirmed,
  status: 'UNKNOWN',
  effectiveStatus: 'CONFIRMED',
  evidence: 'NONE',
  errorCode: 221,
  device: 'NOT_REACHED',
  attention: 'LATE_AMENDMENT',
  outcomes: [
    {
      virtualCardId: TOKEN,
      result: 'SILENT',
      expected: true,
      evidence: 'NONE',
      errorCode: 221,
      device: 'NOT_REACHED',
    },
  ],
  settledAt: '2026-01-04T00:00:00.000Z',
  late: [
    {
      kind: 'amendment',
      at: '2026-01-05T08:00:00.000Z',
      change: {
        virtualCardId: TOKEN,
        issuerCardRefId: CARD,
        walletProviderId: 'APPLE_PAY',
        action: 'SUSPEND',
        receivedAt: '2026-01-05T08:00:00.000Z',
      },
    },
  ],
});

/** Nobody called back by the hard deadline, and a person has found out what is true. */
export const resolved: OperationView = {
  ...confirmed,
  status: 'UNKNOWN',
  evidence: 'NONE',
  outcomes: [{ virtualCardId: TOKEN, result: 'SILENT', expected: true, evidence: 'NONE' }],
  settledAt: '2026-01-04T00:00:00.000Z',
  late: [
    {
      kind: 'decision',
      at: '2026-01-04T06:00:00.000Z',
      status: 'CONFIRMED',
      note: 'the portal of the hub shows it suspended',
      by: 'night shift',
    },
  ],
};

const RETRY_ID = 'op-zyxwvtsrqpnmkjhgfedcba9876';

/** The second attempt at an operation that has failed. */
export const requestedAgain: OperationView = {
  ...requested,
  operationId: RETRY_ID,
  correlationId: RETRY_ID,
  retryOf: OPERATION_ID,
};

/** As a list shows it. */
export const listed: ListedOperation = {
  operationId: OPERATION_ID,
  correlationId: OPERATION_ID,
  issuerId: ISSUER_ID,
  scope: 'TOKEN',
  action: 'SUSPEND',
  issuerCardRefId: CARD,
  virtualCardId: TOKEN,
  status: 'UNKNOWN',
  effectiveStatus: 'UNKNOWN',
  final: true,
  attention: 'UNKNOWN_OUTCOME',
  requestedAt: '2026-01-01T00:00:00.000Z',
  softDeadlineAt: '2026-01-01T00:15:00.000Z',
  hardDeadlineAt: '2026-01-04T00:00:00.000Z',
  outcomes: [],
  partial: true,
};

export const tokens: readonly TokenView[] = [
  {
    virtualCardId: TOKEN,
    walletProviderId: 'APPLE_PAY',
    status: 'RESUMED',
    device: { name: 'My phone', manufacturer: 'Apple' },
  },
  { virtualCardId: 'card-1-google', walletProviderId: 'ANDROID_PAY', status: 'INACTIVE' },
];

export const timeline: Timeline = {
  items: [
    {
      kind: 'foreign',
      at: '2025-12-30T08:00:00.000Z',
      correlationId: 'wallet-77',
      virtualCardId: TOKEN,
      walletProviderId: 'APPLE_PAY',
      action: 'RESUME',
      source: 'WALLET',
      lastAt: '2025-12-30T08:00:00.000Z',
      repeats: 0,
    },
    {
      kind: 'operation',
      at: '2026-01-01T00:00:00.000Z',
      operationId: OPERATION_ID,
      scope: 'TOKEN',
      action: 'SUSPEND',
      virtualCardId: TOKEN,
      status: 'UNKNOWN',
      effectiveStatus: 'CONFIRMED',
      final: true,
      attention: 'LATE_AMENDMENT',
    },
    {
      kind: 'late',
      at: '2026-01-05T08:00:00.000Z',
      correlationId: OPERATION_ID,
      operationId: OPERATION_ID,
      judged: 'amendment',
      change: { virtualCardId: TOKEN, action: 'SUSPEND', receivedAt: '2026-01-05T08:00:00.000Z' },
    },
    {
      kind: 'renewal',
      at: '2026-02-01T00:00:00.000Z',
      virtualCardId: TOKEN,
      correlationId: 'renewal-2026-02',
      result: 'RENEWED',
      firstAt: '2026-02-01T00:00:00.000Z',
      lastAt: '2026-02-01T00:00:00.000Z',
      repeats: 0,
    },
  ],
};

export const renewals: RenewalsView = {
  issuerCardRefId: CARD,
  tokens: [
    {
      virtualCardId: TOKEN,
      expected: true,
      renewals: [
        {
          correlationId: 'renewal-2026-01',
          result: 'FAILED',
          errorCode: 231,
          firstAt: '2026-01-01T00:00:00.000Z',
          lastAt: '2026-01-01T00:00:00.000Z',
          repeats: 0,
        },
      ],
    },
    { virtualCardId: 'card-1-google', expected: true, renewals: [] },
  ],
  open: true,
  attention: 'RENEWAL_FAILED',
};
