import { z } from 'zod';

import { ADVICE_CODES, ADVICE_MEANINGS, type Advice } from '../../domain/report/advice-codes.js';
import { ATTENTION_REASONS } from '../../domain/report/attention.js';
import {
  DEVICES,
  PERSON_REQUEST_KINDS,
  type LastReading,
  type LateEntry,
  type OperationView,
  type PersonRequest,
} from '../../domain/report/report.js';
import { EVIDENCES, FINAL_STATUSES, RUNNING_STATUSES, TOKEN_RESULTS } from '../../domain/report/status.js';
import { ACTIONS } from '../../domain/hub/token-state.js';
import { agreesWith } from './agree.js';
import { changeSchema } from './change.js';
import {
  correlationId,
  errorCode,
  instant,
  isFinal,
  issuerCardRefId,
  issuerId,
  lateBy,
  lateKind,
  lateNote,
  lateWhy,
  retryOf,
  scope,
  virtualCardId,
} from './fields.js';
import { ATTENTION_MEANINGS, STATUS_MEANINGS, toList } from './meanings.js';

export const actionSchema = z
  .enum(ACTIONS)
  .meta({ id: 'Action', description: 'What is to be done to the token, or to all tokens of the card.' });

export const statusSchema = z.enum([...RUNNING_STATUSES, ...FINAL_STATUSES]).meta({
  id: 'OperationStatus',
  description:
    'REQUESTED → AWAITING_CALLBACK → a final status, with OVERDUE from either once the soft deadline has passed. Final are ' +
    `${FINAL_STATUSES.join(', ')}.\n\n${toList(STATUS_MEANINGS)}`,
});

export const attentionSchema = z.enum(ATTENTION_REASONS).meta({
  id: 'Attention',
  description: `Why a person should look, the most urgent reason; absent when there is none.\n\n${toList(ATTENTION_MEANINGS)}`,
});

const evidenceSchema = z.enum(EVIDENCES).meta({
  id: 'Evidence',
  description:
    'What the outcome rests on: a callback of the hub, a reading of the card, the hub’s immediate refusal (ANSWER), a person, or nothing.',
});

const deviceSchema = z.enum(DEVICES).meta({
  id: 'Device',
  description:
    'NOT_REACHED: the device did not hear of it (221), the network may have. REMOVED: deleted in the wallet.',
});

const outcomeSchema = agreesWith<OperationView['outcomes'][number]>()(
  z
    .strictObject({
      virtualCardId: virtualCardId(),
      result: z.enum(TOKEN_RESULTS).meta({
        description:
          'SILENT: no word and no proof by the end. NOT_ELIGIBLE: nothing was asked of it in its state.',
      }),
      expected: z
        .boolean()
        .meta({ description: 'The card’s list had it in a state in which the action does something.' }),
      evidence: evidenceSchema,
      errorCode: errorCode().exactOptional(),
      device: deviceSchema.exactOptional(),
      at: instant('When the outcome was recorded.').exactOptional(),
      listedAs: z
        .string()
        .meta({
          description: 'Of a card: the state with which the hub listed the token last, in its own word.',
        })
        .exactOptional(),
    })
    .meta({ id: 'TokenOutcome', description: 'What became of one token.' }),
);

const lateEntrySchema = agreesWith<LateEntry>()(
  z
    .strictObject({
      kind: lateKind(),
      at: instant('When it came.'),
      change: changeSchema.exactOptional(),
      status: statusSchema.exactOptional(),
      note: lateNote().exactOptional(),
      by: lateBy().exactOptional(),
      why: lateWhy().exactOptional(),
    })
    .meta({ id: 'LateEntry', description: 'What came after the operation had ended.' }),
);

const personRequestSchema = agreesWith<PersonRequest>()(
  z
    .strictObject({
      kind: z
        .enum(PERSON_REQUEST_KINDS)
        .meta({ description: 'What was asked: to end it (`cancel`), or to look at the hub (`read`).' }),
      at: instant('When it was asked.'),
      by: z.string().meta({ description: 'Who asked, as the caller said.' }).exactOptional(),
      note: z.string().meta({ description: 'Why.' }).exactOptional(),
    })
    .meta({ id: 'AskedByPerson', description: 'What a person asked of the operation while it ran.' }),
);

const lastReadingSchema = agreesWith<LastReading>()(
  z
    .strictObject({
      at: instant('When the look began.'),
      answered: z.boolean().meta({ description: 'The hub answered it with a list that is not empty.' }),
      status: z
        .string()
        .meta({
          description:
            'The state of the token in the hub’s own word; absent when it is not listed, and of a card, whose `outcomes` have it.',
        })
        .exactOptional(),
    })
    .meta({ id: 'LastReading', description: 'A look at the card, and what it showed of the token.' }),
);

const adviceSchema = agreesWith<Advice>()(
  z
    .strictObject({
      code: z
        .enum(ADVICE_CODES)
        .meta({ description: `What to do next, for programs.\n\n${toList(ADVICE_MEANINGS)}` }),
      text: z.string().meta({ description: 'What to do next, and on which evidence.' }),
    })
    .meta({
      id: 'Advice',
      description: 'What to do next about an operation that is not final or needs a person.',
    }),
);

const count = (description: string) => z.int().min(0).meta({ description });

/** An operation as every call about it answers. */
export const operationSchema = agreesWith<OperationView>()(
  z
    .strictObject({
      operationId: z
        .string()
        .meta({ description: 'Its address in this API.', examples: ['op-0123456789abcdefghjkmnpqrs'] }),
      correlationId: correlationId(),
      issuerId: issuerId(),
      scope: scope(),
      action: actionSchema,
      issuerCardRefId: issuerCardRefId(),
      virtualCardId: virtualCardId().exactOptional(),
      status: statusSchema,
      effectiveStatus: statusSchema.meta({
        description:
          'The status with what came late taken into account: an amendment’s own word, UNKNOWN after a conflict until somebody decides, else as `status`.',
      }),
      final: isFinal(),
      evidence: evidenceSchema,
      errorCode: errorCode().exactOptional(),
      device: deviceSchema.exactOptional(),
      attention: attentionSchema.exactOptional(),
      outcomes: z.array(outcomeSchema).meta({ description: 'One per token; empty when `partial`.' }),
      exposed: z.array(z.string()).meta({
        description:
          'Tokens that can still pay, or become able to, after a SUSPEND or DELETE of the card or of the token itself.',
      }),
      duplicates: count('Repeated callbacks that were counted; a lower bound.'),
      conflicts: z.array(changeSchema).meta({ description: 'Callbacks that contradict an earlier one.' }),
      unexpected: z
        .array(changeSchema)
        .meta({ description: 'Callbacks about another action or another token.' }),
      omitted: count('Callbacks beyond what the lists have room for.').exactOptional(),
      attempts: count('How often the request was sent to the hub.'),
      requestedAt: instant('When this service took the request.'),
      acceptedAt: instant('When the hub took it.').exactOptional(),
      settledAt: instant('When it became final.').exactOptional(),
      softDeadlineAt: instant('From here on it is OVERDUE.'),
      hardDeadlineAt: instant('By then it is final.'),
      retryOf: retryOf().exactOptional(),
      supersededBy: z
        .string()
        .meta({ description: 'The newer operation on the same token or card that made it stop sending.' })
        .exactOptional(),
      late: z.array(lateEntrySchema).meta({ description: 'What came after the end, in order.' }),
      retriedBy: z.string().meta({ description: 'The operation that tries this one again.' }).exactOptional(),
      lastReading: lastReadingSchema.exactOptional(),
      requests: z
        .array(personRequestSchema)
        .meta({ description: 'What people asked for while it ran, the last 20.' })
        .exactOptional(),
      advice: adviceSchema.exactOptional(),
      partial: z
        .literal(true)
        .meta({
          description: 'No worker answered in time: told from what Temporal has stored, without outcomes.',
        })
        .exactOptional(),
    })
    .meta({ id: 'Operation', description: 'One requested change of a token, or of all tokens of a card.' }),
);
