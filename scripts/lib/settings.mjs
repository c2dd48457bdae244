// The one place of the launcher that reads the environment. The service checks its own settings itself. An error names the
// variable and what is expected, never the value.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LauncherError } from './errors.mjs';

/** Ten characters, as the hub wants an issuer id; the simulator holds sample cards for it. */
export const sampleIssuerId = 'ISSUER1234';

export function readSettings(environment = process.env) {
  const problems = [];
  const text = (name) => environment[name]?.trim() || undefined;
  const port = (name, fallback) => {
    const value = text(name) ?? String(fallback);
    if (/^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535) return Number(value);
    problems.push(`${name} must be a port number from 1 to 65535.`);
    return fallback;
  };

  const settings = {
    roles: (text('LCM_ROLES') ?? 'api,callbacks,worker').split(',').map((role) => role.trim()),
    issuerIds: text('LCM_ISSUER_IDS') ?? sampleIssuerId,
    hubUrl: text('LCM_HUB_URL'),
    apiHost: text('LCM_API_HOST') ?? '127.0.0.1',
    apiPort: port('LCM_API_PORT', 3000),
    callbackHost: text('LCM_CALLBACK_HOST') ?? '127.0.0.1',
    callbackPort: port('LCM_CALLBACK_PORT', 3001),
    callbackBasePath: text('LCM_CALLBACK_BASE_PATH') ?? '/issuer/igwapi/v2.0',
    simulatorPort: port('LCM_SIMULATOR_PORT', 3002),
    temporalAddress: text('TEMPORAL_ADDRESS'),
    temporalNamespace: text('TEMPORAL_NAMESPACE') ?? 'default',
    temporalPort: port('LCM_TEMPORAL_PORT', 7233),
    temporalUiPort: port('LCM_TEMPORAL_UI_PORT', 8233),
    cacheFolder: text('LCM_CACHE_DIR') ?? join(userCacheFolder(environment), 'token-lcm'),
    // Internal, for tests and closed networks: `off` skips the SDK's download, a path names another downloader
    // (see `temporal-download.mjs`).
    temporalDownload: text('LCM_TEMPORAL_DOWNLOAD') ?? 'on',
    searchPath: environment.PATH ?? '',
  };
  if (problems.length > 0) throw new LauncherError(problems.join('\n'));
  return settings;
}

/** What a child inherits when it shall talk to the launcher's own Temporal server and to nothing else. */
export function environmentForOwnServer(settings, { configFile }) {
  // A key, certificate or profile that was meant for another cluster would make the connection to ours fail.
  const environment = withoutVariables(process.env, /^TEMPORAL_/);
  return {
    ...environment,
    TEMPORAL_ADDRESS: `127.0.0.1:${settings.temporalPort}`,
    TEMPORAL_NAMESPACE: settings.temporalNamespace,
    TEMPORAL_CONFIG_FILE: configFile,
  };
}

/** Tests must not depend on what this shell happens to have set; LCM_TEST_… is made for them. */
export function environmentForTests({ temporalBinary }) {
  return {
    ...withoutVariables(process.env, /^(TEMPORAL_|LCM_(?!TEST_))/),
    ...(temporalBinary && { LCM_TEST_TEMPORAL_BINARY: temporalBinary }),
  };
}

export function environment() {
  return process.env;
}

function withoutVariables(environment, pattern) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !pattern.test(name)));
}

function userCacheFolder(environment) {
  if (environment.XDG_CACHE_HOME) return environment.XDG_CACHE_HOME;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}
