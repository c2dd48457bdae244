import { byServerClock } from '../../../../src/domain/operation/clocks.js';
import { agendaOf } from '../../../../src/domain/token/index.js';
import { beginCardSending, sendingAgendaOf } from '../../../../src/domain/card/request.js';
import { aCardRequest, anOperation, aRequest, HOUR, MINUTE, SECOND } from '../../../support/builders.js';

describe('an operation whose request was written down by another clock than Temporal’s', () => {
  const START = 100 * HOUR;

  it.each([
    ['that is ahead', START + 45 * SECOND],
    ['that is behind', START - 45 * SECOND],
    ['that is behind by more than a second', START - 1_001],
    ['that is ahead by more than a second', START + 1_001],
  ])('%s counts its deadlines from its start', (_which, requestedAt) => {
    expect(byServerClock(aRequest({ requestedAt }), START)).toEqual(
      aRequest({
        requestedAt: START,
        softDeadlineAt: START + 15 * MINUTE,
        hardDeadlineAt: START + 72 * HOUR,
      }),
    );
  });

  it.each([START, START - 1_000, START + 1_000])(
    'keeps what was told to the caller while the two agree (%i)',
    (requestedAt) => {
      const request = aRequest({ requestedAt });
      expect(byServerClock(request, START)).toBe(request);
    },
  );

  it('is the same for each of its runs', () => {
    const first = byServerClock(aRequest({ requestedAt: START + MINUTE }), START);
    expect(byServerClock(first, START)).toBe(first);
  });

  it('is due at once, also when the request seems to lie ahead', () => {
    const requestedAt = START + SECOND;
    expect(agendaOf(anOperation({ requestedAt }), START).send).toBe(true);
    expect(sendingAgendaOf(beginCardSending(aCardRequest({ requestedAt })), START).send).toBe(true);
  });
});
