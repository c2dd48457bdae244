import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';

/** Certificates made while the tests run, so that none is stored and none expires. Plain DER, no other program. */
export interface Certificate {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly fingerprint: string;
}

export function aCertificateAuthority(name: string): Certificate {
  return make({ name, isAuthority: true });
}

/** A certificate for 127.0.0.1 as a server and for any client. */
export function aCertificate(name: string, authority: Certificate): Certificate {
  return make({ name, authority, isAuthority: false });
}

const DAY_MS = 24 * 3600 * 1000;
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

function make(options: { name: string; authority?: Certificate; isAuthority: boolean }): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signingKey = options.authority === undefined ? privateKey : createPrivateKey(options.authority.key);
  const toSign = sequence(
    tagged(0xa0, integer(Buffer.from([2]))), // Version 3.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(objectId(ECDSA_WITH_SHA256)),
    nameOf(options.authority?.name ?? options.name),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    nameOf(options.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...(options.isAuthority ? [authorityExtension()] : [addressExtension()]))),
  );
  const signature = sign('sha256', toSign, signingKey);
  const der = sequence(toSign, sequence(objectId(ECDSA_WITH_SHA256)), bitString(signature));
  const cert = `-----BEGIN CERTIFICATE-----\n${lines(der.toString('base64'))}\n-----END CERTIFICATE-----\n`;
  return {
    name: options.name,
    cert,
    key: toPem(privateKey),
    fingerprint: new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function lines(base64: string): string {
  return (base64.match(/.{1,64}/g) ?? []).join('\n');
}

/** One value of DER: its tag, its length, its content. */
function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 0x80 ? [body.length] : [0x82, Math.floor(body.length / 0x100), body.length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function sequence(...content: readonly Buffer[]): Buffer {
  return tagged(0x30, ...content);
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.from([0]), bytes);
}

function time(instant: number): Buffer {
  const text = new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
  return tagged(0x18, Buffer.from(`${text}Z`, 'ascii'));
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(toBase128)]));
}

function toBase128(value: number): number[] {
  const digits = [value % 0x80];
  for (let left = Math.floor(value / 0x80); left > 0; left = Math.floor(left / 0x80)) {
    digits.unshift(0x80 + (left % 0x80));
  }
  return digits;
}

function nameOf(commonName: string): Buffer {
  const attribute = sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(commonName, 'utf8')));
  return sequence(tagged(0x31, attribute));
}

const TRUE = tagged(0x01, Buffer.from([0xff]));

/** Basic constraints: a CA. */
function authorityExtension(): Buffer {
  return sequence(objectId('2.5.29.19'), TRUE, tagged(0x04, sequence(TRUE)));
}

/** Subject alternative name: 127.0.0.1. */
function addressExtension(): Buffer {
  const address = tagged(0x87, Buffer.from([127, 0, 0, 1]));
  return sequence(objectId('2.5.29.17'), tagged(0x04, sequence(address)));
}
