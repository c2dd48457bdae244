// The one place of the launcher that reads the environment. The service checks its own settings itself. An error names the
// variable and what is expected, never the value.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { LauncherError } from '../errors.mjs';
import { whyNotWritable } from '../folders.mjs';
import { inData, projectFolder } from '../project.mjs';

/** Ten characters, as the hub wants an issuer id; the simulator holds sample cards for it. */
export const sampleIssuerId = 'ISSUER1234';

const onThisMachine = ['localhost', '127.0.0.1', '::1', '[::1]'];
const proxyVariable = /^(https?|all|grpc)_proxy$/i;

/** In place of those in a home. */
const cachesFolder = inData('cache');

// What runs on this machine is reached without a proxy, by us and by all that we start; npm, Go and downloads go on using it.
Object.assign(process.env, proxyExceptions(process.env));

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
    cacheFolder: resolve(
      projectFolder,
      text('LCM_CACHE_DIR') ?? join(userCacheFolder(environment), 'token-lcm'),
    ),
    // Internal, for tests and closed networks: `off` skips the SDK's download, a path names another downloader
    // (see `temporal-download.mjs`).
    temporalDownload: text('LCM_TEMPORAL_DOWNLOAD') ?? 'on',
    searchPath: environment.PATH ?? '',
    usesProxy: Object.keys(environment).some((name) => proxyVariable.test(name) && environment[name]),
  };
  if (problems.length > 0) throw new LauncherError(problems.join('\n'));
  return settings;
}

/** What a child inherits when it shall talk to the launcher's own Temporal server and to nothing else. */
export function environmentForOwnServer(settings, { configFile }) {
  return {
    // A key, certificate or profile that was meant for another cluster would make the connection to ours fail.
    ...withoutVariables(environment(), /^TEMPORAL_/),
    TEMPORAL_ADDRESS: `127.0.0.1:${settings.temporalPort}`,
    TEMPORAL_NAMESPACE: settings.temporalNamespace,
    TEMPORAL_CONFIG_FILE: configFile,
  };
}

/** Tests must not depend on what this shell happens to have set; LCM_TEST_… is made for them. */
export function environmentForTests({ temporalBinary }) {
  return {
    ...withoutVariables(environment(), /^(TEMPORAL_|LCM_(?!TEST_))|_proxy$/i),
    ...(temporalBinary && { LCM_TEST_TEMPORAL_BINARY: temporalBinary }),
  };
}

/** What a child inherits. Where there is no home, npm and Go would have no place for their caches. */
export function environment() {
  return usableHome() === undefined ? { ...process.env, ...cachesInCheckout(process.env) } : process.env;
}

function cachesInCheckout(/** @type {NodeJS.ProcessEnv} */ { npm_config_cache: npmCache, GOPATH, GOCACHE }) {
  // npm names its cache to its children, also one in a home that is not there.
  const isNpmCacheUsable =
    npmCache && !isInside(npmCache, homeOrUndefined()) && whyNotWritable(npmCache) === undefined;
  return {
    ...(!isNpmCacheUsable && { npm_config_cache: join(cachesFolder, 'npm') }),
    ...(!GOPATH && { GOPATH: join(cachesFolder, 'go') }),
    ...(!GOCACHE && { GOCACHE: join(cachesFolder, 'go-build') }),
  };
}

/** The variables that say what is reached without a proxy, with this machine added. */
function proxyExceptions(
  /** @type {NodeJS.ProcessEnv} */ { no_proxy: lower, NO_PROXY: upper, no_grpc_proxy: grpc },
) {
  const extend = (list) => (list?.trim() === '*' ? list : [list, ...onThisMachine].filter(Boolean).join(','));
  return {
    no_proxy: extend(lower || upper),
    NO_PROXY: extend(upper || lower),
    // Where it is set, gRPC clients read it instead.
    ...(grpc && { no_grpc_proxy: extend(grpc) }),
  };
}

function withoutVariables(environment, pattern) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !pattern.test(name)));
}

function userCacheFolder(/** @type {NodeJS.ProcessEnv} */ { XDG_CACHE_HOME, LOCALAPPDATA }) {
  // Its standard says to ignore a relative one.
  if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA;
  const home = usableHome();
  if (home === undefined) return cachesFolder;
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches');
  if (process.platform === 'win32') return join(home, 'AppData', 'Local');
  return join(home, '.cache');
}

/** `undefined` for a user whose home is unknown, not there or not to be written: in a container that is usual. */
function usableHome() {
  const home = homeOrUndefined();
  const isThere = home !== undefined && isAbsolute(home) && existsSync(home);
  return isThere && whyNotWritable(home) === undefined ? home : undefined;
}

function homeOrUndefined() {
  try {
    return homedir();
  } catch {
    return undefined; // A user id that the system does not know.
  }
}

function isInside(path, folder) {
  return Boolean(folder) && (path === folder || path.startsWith(join(folder, sep)));
}
