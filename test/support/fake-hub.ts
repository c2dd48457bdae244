import { tellingOfReset, wasReset } from '../../activities/after-reset.js';
import type { GetCardInfoRequest } from '../../activities/get-card-info.js';
import type { Activities } from '../../activities/index.js';
import type { UpdateCardStateRequest } from '../../activities/update-card-state.js';
import type { Answer } from '../../src/domain/hub/answer.js';
import type { Reading } from '../../src/domain/hub/reading.js';

export interface FakeHub {
  readonly activities: Activities;
  readonly sent: UpdateCardStateRequest[];
  readonly read: GetCardInfoRequest[];
}

/** Activities that play the hub: what it answers may depend on how often it was asked (from 1). */
export function createFakeHub({
  answer = () => ({ kind: 'accepted' }),
  reading = () => ({ kind: 'failed' }),
  findLateBasis = async () => ({ kind: 'none' }),
}: {
  answer?: (attempt: number, request: UpdateCardStateRequest) => Answer | Promise<Answer>;
  reading?: (attempt: number) => Reading | Promise<Reading>;
  findLateBasis?: Activities['findLateBasis'];
} = {}): FakeHub {
  const sent: UpdateCardStateRequest[] = [];
  const read: GetCardInfoRequest[] = [];
  return {
    sent,
    read,
    activities: {
      updateCardState: tellingOfReset(async (request: UpdateCardStateRequest) => {
        sent.push(request);
        return answer(sent.length, request);
      }),
      wasReset,
      findLateBasis,
      getCardInfo: async (request) => {
        read.push(request);
        return reading(read.length);
      },
    },
  };
}
