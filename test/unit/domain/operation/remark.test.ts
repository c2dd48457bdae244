import {
  remarkFault,
  toRequestLine,
  withRequest,
  type PersonRequest,
} from '../../../../src/domain/operation/remark.js';
import { evolveCard } from '../../../../src/domain/card/index.js';
import {
  beginOperation,
  evolve,
  toDetails,
  toReport,
  type OperatorEvent,
} from '../../../../src/domain/token/index.js';
import { recordLateReading } from '../../../../src/domain/late/arrivals.js';
import { beginLateArrivals, toView } from '../../../../src/domain/late/index.js';
import {
  aCardOperation,
  anOperation,
  aPolicy,
  aReading,
  aReport,
  aRequest,
  LIST_WITHOUT_THE_TOKEN,
} from '../../../support/builders.js';

const FIVE = '1970-01-01T00:00:05.000Z';

function asked(...requests: PersonRequest[]): { readonly requests: readonly PersonRequest[] } {
  return { requests };
}

describe('who asks and why', () => {
  it.each([undefined, null, {}, { by: 'jo' }, { note: 'n' }, { by: 'b'.repeat(500), note: 'n'.repeat(500) }])(
    'may be %j',
    (value) => {
      expect(remarkFault(value)).toBeUndefined();
    },
  );

  it.each([
    ['jo', /object \{by\?, note\?\}, or nothing/],
    [7, /object/],
    [['jo'], /object/],
    [{ by: 'jo', force: true }, 'only by and note are taken'],
    [{ by: null }, 'by: some words, or nothing'],
    [{ by: '' }, 'by: some words, or nothing'],
    [{ by: ' \t' }, 'by: some words, or nothing'],
    [{ note: 7 }, 'note: some words, or nothing'],
    [{ note: 'n'.repeat(501) }, 'note: at most 500 characters'],
    [{ by: '4111 1111 1111 1111' }, 'by: no card number'],
  ])('is refused as %j with the field and the rule, never the value', (value, fault) => {
    expect(remarkFault(value)).toMatch(fault);
    expect(remarkFault(value)).not.toMatch(/4111|force/);
  });

  it('is kept with the kind and the time, also when nothing was said', () => {
    const begun: { requests?: readonly PersonRequest[] } = {};
    const once = withRequest(begun, { kind: 'cancel', remark: null }, 5_000);
    const twice = withRequest(once, { kind: 'read', remark: { by: 'jo', note: 'why' } }, 6_000);
    expect(twice.requests).toEqual([
      { kind: 'cancel', at: FIVE },
      { kind: 'read', at: '1970-01-01T00:00:06.000Z', by: 'jo', note: 'why' },
    ]);
  });

  it('I3: is kept of the last twenty requests, however many there are', () => {
    let many: { requests?: readonly PersonRequest[] } = {};
    for (let second = 0; second < 100; second += 1) {
      many = withRequest(many, { kind: 'read', remark: { by: `${second}` } }, second);
    }
    expect(many.requests?.map(({ by }) => by)).toEqual(Array.from({ length: 20 }, (_, n) => `${80 + n}`));
  });

  it.each([
    [{}, []],
    [asked({ kind: 'cancel', at: FIVE }), [`Last request: cancel, ${FIVE}`]],
    [
      asked({ kind: 'cancel', at: FIVE }, { kind: 'read', at: FIVE, by: 'jo', note: 'why' }),
      [`Last request: read, ${FIVE}, by jo: why`],
    ],
  ])('of %j is one line in the Temporal UI', (requests, line) => {
    expect(toRequestLine(requests)).toEqual(line);
  });

  it('is in the report and the details of an operation, and absent while nobody has asked', () => {
    const begun = beginOperation(aRequest(), aPolicy());
    expect(toReport(begun)).not.toHaveProperty('requests');
    const read = withRequest(begun, { kind: 'read', remark: { by: 'jo' } }, 5_000);
    expect(toReport(read).requests).toEqual([{ kind: 'read', at: FIVE, by: 'jo' }]);
    expect(toDetails(read, 5_000)).toContain(`Last request: read, ${FIVE}, by jo`);
  });

  it('of a look after the end is shown beside what the look showed, of the first fifty', () => {
    const subject = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' } as const;
    let late = beginLateArrivals('ISSUER1234', 'op-1', 0);
    const remark = { by: 'jo', note: 'asked by the caller' };
    late = recordLateReading(late, { reading: aReading('RESUMED'), subject }, 5_000);
    for (let look = 0; look < 60; look += 1) {
      late = recordLateReading(late, { reading: aReading('RESUMED'), subject, remark }, 5_000);
    }
    const shown = toView(aReport(), late.arrivals).late;
    const seen = { kind: 'reading', at: FIVE, note: 'the hub lists the token as RESUMED' };
    expect(shown[0]).toEqual(seen);
    expect(shown[1]).toEqual({ ...seen, by: 'jo', why: 'asked by the caller' });
    expect(shown.filter(({ by }) => by === 'jo')).toHaveLength(50);
    expect(shown).toHaveLength(61);
  });

  it('of a look at a card after the end is shown too', () => {
    const subject = { action: 'SUSPEND', issuerCardRefId: 'card-1' } as const;
    const late = recordLateReading(
      beginLateArrivals('ISSUER1234', 'op-1', 0),
      { reading: LIST_WITHOUT_THE_TOKEN, subject, remark: { by: 'jo' } },
      5_000,
    );
    expect(toView(aReport({ scope: 'CARD' }), late.arrivals).late).toMatchObject([
      { kind: 'reading', by: 'jo' },
    ]);
  });
});

describe.each([
  ['a token', (event: OperatorEvent) => evolve(anOperation(), event, 5_000).requests],
  ['a card', (event: OperatorEvent) => evolveCard(aCardOperation(), event, 5_000).requests],
])('a request for an operation on %s', (_what, requestsAfter) => {
  it.each(['cancel', 'read'] as const)('to %s is noted, with who asked and why', (kind) => {
    const remark = { by: 'jo', note: 'why' };
    expect(requestsAfter({ kind, remark })).toEqual([{ kind, at: FIVE, ...remark }]);
    expect(requestsAfter({ kind })).toEqual([{ kind, at: FIVE }]);
  });
});
