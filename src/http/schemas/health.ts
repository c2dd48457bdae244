import { z } from 'zod';

export const aliveSchema = z.strictObject({ alive: z.literal(true) }).meta({ id: 'Alive' });

const detailsSchema = z
  .strictObject({
    temporal: z
      .array(z.string())
      .optional()
      .meta({ description: 'What is wrong with the Temporal namespace, and what to run.' }),
    worker: z.array(z.string()).optional().meta({ description: 'Why no worker polls.' }),
    clock: z
      .strictObject({
        offsetMs: z.int().meta({
          description:
            'The clock of this machine minus that of Temporal, in milliseconds, as far as it is certain; negative: it is behind.',
        }),
      })
      .optional()
      .meta({ description: 'Absent while it is not known.' }),
  })
  .meta({ id: 'ReadinessDetails', description: 'For whoever has to mend something.' });

export const readySchema = z
  .strictObject({ ready: z.literal(true), details: detailsSchema.optional() })
  .meta({ id: 'Ready' });

export const notReadySchema = z
  .strictObject({
    ready: z.literal(false),
    notReady: z
      .array(z.string())
      .min(1)
      .meta({ description: 'What does not serve: temporal, worker, callbacks …', examples: [['worker']] }),
    details: detailsSchema.optional(),
  })
  .meta({ id: 'NotReady' });
