import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { Config } from './config.js';
import { ConfigurationError, type ConfigurationProblem } from './environment.js';

/** What a listener with mutual TLS needs, as PEM text. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

/** What a client with TLS needs, as PEM text. */
export interface ClientTls {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

/** The contents of the files that the configuration names. Never logged, never put into another value. */
export interface Secrets {
  readonly callbackTls: ServerTls | undefined;
  readonly hubTls: ClientTls;
}

/**
 * Reads keys and certificates, and checks that they fit each other.
 * @throws {ConfigurationError} with all problems at once: the name of each variable, neither its path nor any content.
 */
export function loadSecrets(config: Config): Secrets {
  const problems: ConfigurationProblem[] = [];
  const read = (name: string, path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch {
      problems.push({ name, expected: 'a file that this process can read' });
      return undefined;
    }
  };

  const files = config.callbacks.tls;
  const cert = read('LCM_CALLBACK_TLS_CERT', files?.certFile);
  const key = read('LCM_CALLBACK_TLS_KEY', files?.keyFile);
  const clientCa = read('LCM_CALLBACK_TLS_CLIENT_CA', files?.clientCaFile);
  const hubTls = {
    cert: read('LCM_HUB_TLS_CERT', config.hub.tls.certFile),
    key: read('LCM_HUB_TLS_KEY', config.hub.tls.keyFile),
    ca: read('LCM_HUB_TLS_CA', config.hub.tls.caFile),
  };

  problems.push(
    ...checkPair('LCM_CALLBACK_TLS', { cert, key }),
    // With an empty CA, Node would trust every client that a public authority has signed.
    ...checkCertificate('LCM_CALLBACK_TLS_CLIENT_CA', clientCa),
    ...checkPair('LCM_HUB_TLS', hubTls),
    ...checkCertificate('LCM_HUB_TLS_CA', hubTls.ca),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);

  const isComplete = cert !== undefined && key !== undefined && clientCa !== undefined;
  return { callbackTls: isComplete ? { cert, key, clientCa } : undefined, hubTls };
}

function checkCertificate(name: string, pem: string | undefined): ConfigurationProblem[] {
  if (pem === undefined) return [];
  try {
    void new X509Certificate(pem);
    return [];
  } catch {
    return [{ name, expected: 'a PEM file with at least one certificate' }];
  }
}

function checkPair(
  prefix: string,
  { cert, key }: { cert: string | undefined; key: string | undefined },
): ConfigurationProblem[] {
  const problems = checkCertificate(`${prefix}_CERT`, cert);
  if (problems.length > 0 || cert === undefined || key === undefined || fits(key, cert)) return problems;
  return [{ name: `${prefix}_KEY`, expected: `an unencrypted PEM key that fits ${prefix}_CERT` }];
}

function fits(key: string, cert: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false; // No key at all, or one with a pass phrase.
  }
}
