// The first operation to try, ready to be pasted.
import { randomUUID } from 'node:crypto';
import { urlOf } from './processes/ports.mjs';

const card = 'card-1';
const token = 'card-1-apple';

export async function sampleRequest({ settings, simulatorUrl }) {
  const [issuerId] = settings.issuerIds.split(',');
  const apiUrl = urlOf({ host: settings.apiHost, port: settings.apiPort });
  const body = {
    action: await actionWithEffect(simulatorUrl, issuerId.trim()),
    issuerCardRefId: card,
    virtualCardId: token,
  };
  return [
    // Some proxies are asked for everything, and know nothing of this machine.
    `curl${settings.usesProxy ? " --noproxy '*'" : ''} -sS -X POST ${apiUrl}/v1/issuers/${issuerId.trim()}/operations`,
    `-H 'Content-Type: application/json'`,
    // A new one at each start: a repeated key would only show the operation of last time.
    `-H 'Idempotency-Key: ${randomUUID()}'`,
    `-H 'Prefer: wait=10'`,
    `-d '${JSON.stringify(body)}'`,
  ].join(' ');
}

/** The simulator keeps its cards, so a token that was suspended last time still is. */
async function actionWithEffect(simulatorUrl, issuerId) {
  if (simulatorUrl === undefined) return 'SUSPEND';
  try {
    const url = `${simulatorUrl}/_simulator/cards/${card}?issuerId=${encodeURIComponent(issuerId)}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const { tokens } = /** @type {{ tokens: { virtualCardId: string, status: string }[] }} */ (
      await response.json()
    );
    const status = tokens.find(({ virtualCardId }) => virtualCardId === token)?.status;
    return status === 'RESUMED' ? 'SUSPEND' : 'RESUME';
  } catch {
    return 'SUSPEND';
  }
}
