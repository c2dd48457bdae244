import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate, like the one that an issuer shows to the hub (contract section 6). */
export function aSelfSignedCertificate(commonName: string): Certificate {
  return inTemporaryFolder((folder) => selfSign(folder, commonName));
}

/** A server certificate for `127.0.0.1`, or for another name, and the CA that signed it. */
export function aServerCertificate({ altName = 'IP:127.0.0.1' } = {}): Certificate & { readonly ca: string } {
  return inTemporaryFolder((folder) => {
    const { cert: ca } = selfSign(folder, 'test-ca');
    const path = (name: string): string => join(folder, name);
    const subject = ['-keyout', path('server.key'), '-subj', '/CN=test-hub'];
    openssl(['req', '-new', ...NEW_KEY, ...subject, '-out', path('server.csr')]);
    writeFileSync(path('extensions'), `subjectAltName=${altName}\n`);
    const authority = ['-CA', path('test-ca.pem'), '-CAkey', path('test-ca.key'), '-CAcreateserial'];
    const input = ['-in', path('server.csr'), '-extfile', path('extensions'), '-days', '2'];
    openssl(['x509', '-req', ...input, ...authority, '-out', path('server.pem')]);
    return {
      cert: readFileSync(path('server.pem'), 'utf8'),
      key: readFileSync(path('server.key'), 'utf8'),
      ca,
    };
  });
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function selfSign(folder: string, commonName: string): Certificate {
  const keyPath = join(folder, `${commonName}.key`);
  const certPath = join(folder, `${commonName}.pem`);
  const subject = ['-keyout', keyPath, '-subj', `/CN=${commonName}`, '-days', '2'];
  openssl(['req', '-x509', ...NEW_KEY, ...subject, '-out', certPath]);
  return { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
}

function inTemporaryFolder<Result>(use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'hub-certificates-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openssl(args: readonly string[]): void {
  try {
    execFileSync('openssl', args, { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      'These tests make their certificates with the `openssl` command; it is missing or failed.',
      {
        cause: error,
      },
    );
  }
}
