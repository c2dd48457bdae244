import { z } from 'zod';

export const aliveSchema = z.strictObject({ alive: z.literal(true) }).meta({ id: 'Alive' });

export const readySchema = z.strictObject({ ready: z.literal(true) }).meta({ id: 'Ready' });

export const notReadySchema = z
  .strictObject({
    ready: z.literal(false),
    notReady: z
      .array(z.string())
      .min(1)
      .meta({ description: 'What does not serve: temporal, worker, callbacks …', examples: [['worker']] }),
  })
  .meta({ id: 'NotReady' });
