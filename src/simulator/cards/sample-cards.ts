import { type Reading, type Suffix, misbehaviours } from '../plan/misbehaviours.js';
import { type Card } from './state.js';
import { type Token } from './tokens.js';

const yearMs = 365 * 24 * 60 * 60 * 1_000;

/** A token with everything that nobody cares about filled in. */
export function sampleToken(
  virtualCardId: string,
  given: Partial<Pick<Token, 'walletProviderId' | 'status' | 'suspenders' | 'renewsAt'>> = {},
): Token {
  return {
    virtualCardId,
    walletProviderId: given.walletProviderId ?? 'APPLE_PAY',
    tokenStorageId: `storage-of-${virtualCardId}`,
    isPrimary: true,
    status: given.status ?? 'RESUMED',
    suspenders: given.suspenders ?? [],
    ...(given.renewsAt !== undefined && { renewsAt: given.renewsAt }),
  };
}

/** The cards that an issuer has when there is no state file yet. docs/simulator.md lists them. */
export function sampleCards(issuerId: string): Card[] {
  const card = (issuerCardRefId: string, tokens: Token[]): Card => ({ issuerId, issuerCardRefId, tokens });
  const renewsAt = new Date(Date.now() + yearMs).toISOString();
  return [
    card('card-1', [
      sampleToken('card-1-apple'),
      sampleToken('card-1-google', { walletProviderId: 'ANDROID_PAY' }),
      sampleToken('card-1-samsung', {
        walletProviderId: 'SPAYHCE',
        status: 'SUSPENDED',
        suspenders: ['TOKEN_REQUESTOR'],
      }),
    ]),
    card(
      'card-2',
      suffixesThatLeaveReadingsAlone().map((suffix) => sampleToken(`card-2${suffix}`)),
    ),
    card('card-3', [sampleToken('card-3-inactive', { status: 'INACTIVE' })]),
    card('card-4', [sampleToken('card-4-deleted', { status: 'DELETED' })]),
    card('card-5', [sampleToken('card-5-info-fails')]),
    card('card-6', [sampleToken('card-6-info-empty')]),
    card('card-7', [
      sampleToken('card-7-apple'),
      sampleToken('card-7-watch-unreachable-221-done'),
      sampleToken('card-7-ring-lost', { walletProviderId: 'ANDROID_PAY' }),
      sampleToken('card-7-google', {
        walletProviderId: 'ANDROID_PAY',
        status: 'SUSPENDED',
        suspenders: ['ISSUER'],
      }),
      sampleToken('card-7-samsung', { walletProviderId: 'SPAYHCE', status: 'INACTIVE' }),
    ]),
    card('card-8', [
      sampleToken('card-8-apple-duplicate', { renewsAt }),
      sampleToken('card-8-google-failed-231', { walletProviderId: 'ANDROID_PAY', renewsAt }),
      sampleToken('card-8-samsung-lost', { walletProviderId: 'SPAYHCE', renewsAt }),
    ]),
    card('card-9', [sampleToken('card-9-info-page')]),
    card('card-10', [sampleToken('card-10-info-gzip')]),
  ];
}

function suffixesThatLeaveReadingsAlone(): Suffix[] {
  const all = Object.keys(misbehaviours) as Suffix[];
  const alone: Reading[] = ['fails', 'empty', 'page', 'gzip'];
  return all.filter((suffix) => !alone.some((reading) => reading === misbehaviours[suffix].reading));
}
