import { parseOperationRequest } from '../../../../src/application/operation-request.js';
import { CARD_NUMBER } from '../support.js';

const DEADLINES = { softSeconds: 900, hardSeconds: 259_200 };
const BODY = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' };

function parse(change: object, numericReferences: 'refuse' | 'allow' = 'refuse') {
  return parseOperationRequest({ ...BODY, ...change }, { deadlines: DEADLINES, numericReferences });
}

describe('a request for an operation', () => {
  it.each([
    ['the longest references', { issuerCardRefId: 'x'.repeat(48), virtualCardId: 'x'.repeat(64) }],
    ['the longest texts', { requestedBy: 'x'.repeat(500), reason: { text: 'x'.repeat(500) } }],
    ['a reference of one character', { issuerCardRefId: 'x', virtualCardId: '\u{1f4b3}' }],
    ['spaces inside a reference', { virtualCardId: 'a  b' }],
    ['a reason without words', { reason: { code: 0 } }],
    ['an empty reason', { reason: {} }],
    ['digits that are no card number', { issuerCardRefId: '4111111111111112' }],
    ['equal deadlines', { softDeadlineSeconds: 1, hardDeadlineSeconds: 1 }],
    ['no token', { virtualCardId: undefined }],
  ])('may have %s', (_what, change) => {
    expect(parse(change)).toMatchObject({ ok: true });
  });

  it.each([
    ['no action', { action: undefined }, 'action'],
    ['an action in lower case', { action: 'suspend' }, 'action'],
    ['an action of the hub that is none of ours', { action: 'RENEW' }, 'action'],
    ['no card', { issuerCardRefId: undefined }, 'issuerCardRefId'],
    ['an empty card', { issuerCardRefId: '' }, 'issuerCardRefId'],
    ['a card of 49 characters', { issuerCardRefId: 'x'.repeat(49) }, 'issuerCardRefId'],
    ['a card that is a number', { issuerCardRefId: 7 }, 'issuerCardRefId'],
    ['a card with a space at its end', { issuerCardRefId: 'card-1 ' }, 'issuerCardRefId'],
    ['a card with a line break', { issuerCardRefId: 'card\n1' }, 'issuerCardRefId'],
    ['a card with half of a character', { issuerCardRefId: 'card-\ud800' }, 'issuerCardRefId'],
    ['a card with a control character beyond ASCII', { issuerCardRefId: 'card\u0085' }, 'issuerCardRefId'],
    ['a card of one space', { issuerCardRefId: ' ' }, 'issuerCardRefId'],
    ['a card number for a card', { issuerCardRefId: CARD_NUMBER }, 'issuerCardRefId'],
    ['a card number in groups for a token', { virtualCardId: '4111-1111-1111-1111' }, 'virtualCardId'],
    ['an empty token', { virtualCardId: '' }, 'virtualCardId'],
    ['a token that is null', { virtualCardId: null }, 'virtualCardId'],
    ['a token of 65 characters', { virtualCardId: 'x'.repeat(65) }, 'virtualCardId'],
    ['a reason that is a number', { reason: 32 }, 'reason'],
    ['a reason code that is text', { reason: { code: '32' } }, 'reason.code'],
    ['a reason code that is no whole number', { reason: { code: 1.5 } }, 'reason.code'],
    ['a card number for a reason code', { reason: { code: Number(CARD_NUMBER) } }, 'reason.code'],
    ['a reason text of 501 characters', { reason: { text: 'x'.repeat(501) } }, 'reason.text'],
    ['a card number in a reason text', { reason: { text: 'card 4111 1111 1111 1111' } }, 'reason.text'],
    ['a card number in requestedBy', { requestedBy: `x${CARD_NUMBER}` }, 'requestedBy'],
    ['an unknown field', { wallet: 'APPLE_PAY' }, 'wallet'],
    ['an unknown field in the reason', { reason: { note: '' } }, 'reason.note'],
    ['a fraction of a second', { softDeadlineSeconds: 0.5 }, 'softDeadlineSeconds'],
    ['a deadline that is text', { hardDeadlineSeconds: '60' }, 'hardDeadlineSeconds'],
    ['a soft deadline of 0', { softDeadlineSeconds: 0 }, 'softDeadlineSeconds'],
    ['a hard deadline over 30 days', { hardDeadlineSeconds: 2_592_001 }, 'hardDeadlineSeconds'],
    [
      'a soft deadline after the hard one',
      { softDeadlineSeconds: 61, hardDeadlineSeconds: 60 },
      'softDeadlineSeconds',
    ],
  ])('is refused for %s, by the name of the field', (_what, change, field) => {
    const parsed = parse(change);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.errors.map((error) => error.field)).toEqual([field]);
  });

  it('reports every broken rule at once', () => {
    const parsed = parse({ action: 'STOP', issuerCardRefId: '', extra: 1 });
    expect(!parsed.ok && parsed.errors.map(({ field }) => field).toSorted()).toEqual([
      'action',
      'extra',
      'issuerCardRefId',
    ]);
  });

  it('I6: never repeats a value in a rule', () => {
    const parsed = parse({
      action: 'secret',
      virtualCardId: CARD_NUMBER,
      requestedBy: CARD_NUMBER,
      reason: 'secret',
    });
    expect(JSON.stringify(parsed)).not.toMatch(/secret|4111/);
  });

  it('I6: may be a card number in a reference, but not in a text, when that is allowed', () => {
    expect(parse({ issuerCardRefId: CARD_NUMBER }, 'allow')).toMatchObject({ ok: true });
    expect(parse({ requestedBy: CARD_NUMBER }, 'allow')).toMatchObject({ ok: false });
  });

  it.each([undefined, null, [], 'x', 7])('is not %j', (body) => {
    const parsed = parseOperationRequest(body, { deadlines: DEADLINES, numericReferences: 'refuse' });
    expect(parsed).toEqual({ ok: false, errors: [{ field: 'body', rule: 'must be a JSON object' }] });
  });

  it('keeps the body as it was sent, before defaults', () => {
    const parsed = parse({});
    expect(parsed.ok && parsed.value.body).toEqual(BODY);
  });
});
