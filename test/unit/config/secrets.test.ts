import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../../../src/config/environment.js';
import { loadSecrets } from '../../../src/config/secrets.js';
import { aCertificate, aCertificateAuthority } from '../http/callbacks/certificates.js';
import { aConfig } from '../http/support.js';

const folder = mkdtempSync(join(tmpdir(), 'lcm-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const authority = aCertificateAuthority('authority');
const server = aCertificate('server', authority);
const other = aCertificate('other', authority);

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const FILES = {
  LCM_CALLBACK_TLS_CERT: file('cert.pem', server.cert),
  LCM_CALLBACK_TLS_KEY: file('key.pem', server.key),
  LCM_CALLBACK_TLS_CLIENT_CA: file('ca.pem', authority.cert),
};
const HUB_FILES = {
  LCM_HUB_TLS_CERT: FILES.LCM_CALLBACK_TLS_CERT,
  LCM_HUB_TLS_KEY: FILES.LCM_CALLBACK_TLS_KEY,
  LCM_HUB_TLS_CA: FILES.LCM_CALLBACK_TLS_CLIENT_CA,
};

describe('secrets', () => {
  it('are none when no file is named', () => {
    expect(loadSecrets(aConfig())).toEqual({
      callbackTls: undefined,
      hubTls: { cert: undefined, key: undefined, ca: undefined },
    });
  });

  it('are the contents of the files that the configuration names', () => {
    expect(loadSecrets(aConfig({ ...FILES, ...HUB_FILES }))).toEqual({
      callbackTls: { cert: server.cert, key: server.key, clientCa: authority.cert },
      hubTls: { cert: server.cert, key: server.key, ca: authority.cert },
    });
  });

  it.each([
    ['LCM_CALLBACK_TLS_CERT', join(folder, 'nowhere.pem'), 'a file that this process can read'],
    ['LCM_CALLBACK_TLS_CERT', file('text.pem', 'private text'), 'a PEM file with at least one certificate'],
    [
      'LCM_CALLBACK_TLS_KEY',
      file('other.pem', other.key),
      'an unencrypted PEM key that fits LCM_CALLBACK_TLS_CERT',
    ],
    ['LCM_CALLBACK_TLS_CLIENT_CA', file('empty.pem', ''), 'a PEM file with at least one certificate'],
    ['LCM_HUB_TLS_KEY', file('empty-key.pem', ''), 'an unencrypted PEM key that fits LCM_HUB_TLS_CERT'],
    ['LCM_HUB_TLS_CA', file('no-ca.pem', 'private text'), 'a PEM file with at least one certificate'],
  ])('stop the start for %s in %s', (name, path, expected) => {
    const config = aConfig({ ...FILES, ...HUB_FILES, [name]: path });
    expect(() => loadSecrets(config)).toThrow(new ConfigurationError([{ name, expected }]));
  });
});
