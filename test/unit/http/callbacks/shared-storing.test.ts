// Copies that come while the same is being stored: few calls, each word stored after it had come.
import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import { createSharedStoring } from '../../../../src/http/callbacks/shared-storing.js';
import { aChange } from '../../../support/builders.js';

const ISSUER_ID = 'ISSUER1234';
const SUSPEND = aChange();
const RESUME = aChange({ action: 'RESUME' });

/** A gateway whose calls end when the test says so. */
function aGateway() {
  const calls: { change: VirtualCardChange; end: (error?: Error) => void }[] = [];
  const store = createSharedStoring(
    (_issuerId, change) =>
      new Promise((resolve, reject) => {
        calls.push({ change, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  );
  const stored: string[] = [];
  return {
    calls,
    stored,
    begun: () => calls.map(({ change }) => change.action),
    send: (name: string, change: VirtualCardChange, issuerId = ISSUER_ID) =>
      void store(issuerId, change).then(
        () => stored.push(name),
        () => stored.push(`${name} failed`),
      ),
    end: async (index: number, error?: Error) => {
      calls[index]?.end(error);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('copies that come while the same change is being stored', () => {
  it('I1: are stored by one call that begins after they have come', async () => {
    const gateway = aGateway();
    gateway.send('first', SUSPEND);
    for (const name of ['a', 'b', 'c']) gateway.send(name, { ...SUSPEND, receivedAt: name });
    expect(gateway.begun()).toHaveLength(1);
    await gateway.end(0);
    expect(gateway.stored).toEqual(['first']);
    expect(gateway.begun()).toHaveLength(2);
    gateway.send('d', SUSPEND);
    await gateway.end(1);
    expect(gateway.stored).toEqual(['first', 'a', 'b', 'c']);
    await gateway.end(2);
    expect(gateway.stored).toEqual(['first', 'a', 'b', 'c', 'd']);
    expect(gateway.begun()).toHaveLength(3);
  });

  it('I1: are not answered by what failed before or with them', async () => {
    const gateway = aGateway();
    gateway.send('first', SUSPEND);
    gateway.send('second', SUSPEND);
    await gateway.end(0, new Error('away'));
    expect(gateway.stored).toEqual(['first failed']);
    gateway.send('third', RESUME);
    await gateway.end(1, new Error('away'));
    expect(gateway.stored).toEqual(['first failed', 'second failed']);
  });

  it('I1: do not wait while another word on the token gets ahead of them', async () => {
    const gateway = aGateway();
    gateway.send('first', SUSPEND);
    gateway.send('copy', SUSPEND);
    gateway.send('other', RESUME);
    expect(gateway.begun()).toEqual(['SUSPEND', 'SUSPEND', 'RESUME']);
    gateway.send('again', SUSPEND);
    await gateway.end(0);
    await gateway.end(1);
    expect(gateway.begun()).toEqual(['SUSPEND', 'SUSPEND', 'RESUME', 'SUSPEND']);
  });

  it('I1: end, and with them what is remembered: the same word later is stored by a call of its own', async () => {
    const gateway = aGateway();
    for (const [index, change] of [SUSPEND, RESUME, SUSPEND].entries()) {
      gateway.send(`${index}`, change);
      await gateway.end(index);
    }
    expect(gateway.begun()).toEqual(['SUSPEND', 'RESUME', 'SUSPEND']);
    expect(gateway.stored).toEqual(['0', '1', '2']);
  });

  it.each<[string, Partial<VirtualCardChange>, string]>([
    ['issuerCardRefId', { issuerCardRefId: 'card-2' }, ISSUER_ID],
    ['virtualCardId', { virtualCardId: 'token-2' }, ISSUER_ID],
    ['action', { action: 'RESUME' }, ISSUER_ID],
    ['errorCode', { errorCode: 221 }, ISSUER_ID],
    ['isPrimary', { isPrimary: false }, ISSUER_ID],
    ['walletProviderId', { walletProviderId: 'APPLE_PAY' }, ISSUER_ID],
    ['source', { source: 'TSP' }, ISSUER_ID],
    ['correlation id', { correlationId: 'op-2' }, ISSUER_ID],
    ['issuer', {}, 'ISSUER5678'],
  ])('are none with another %s', (_what, other, issuerId) => {
    const gateway = aGateway();
    gateway.send('first', SUSPEND);
    gateway.send('other', { ...SUSPEND, ...other }, issuerId);
    expect(gateway.begun()).toHaveLength(2);
  });
});
