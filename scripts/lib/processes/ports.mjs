// Ports are looked at before anything is started: half a system that then fails is harder to understand.
import { connect, createServer } from 'node:net';
import { LauncherError } from '../errors.mjs';

/** The ports that this start will need, each with the variable that moves it. */
export function portsToListenOn(settings) {
  const { roles } = settings;
  return [
    // Every role answers /readyz there.
    { variable: 'LCM_API_PORT', host: settings.apiHost, port: settings.apiPort },
    roles.includes('callbacks') && {
      variable: 'LCM_CALLBACK_PORT',
      host: settings.callbackHost,
      port: settings.callbackPort,
    },
    !settings.hubUrl && { variable: 'LCM_SIMULATOR_PORT', host: '127.0.0.1', port: settings.simulatorPort },
    ...(settings.temporalAddress ? [] : temporalPorts(settings)),
  ].filter(Boolean);
}

export async function refuseTakenPorts(wanted, { hint = '' } = {}) {
  const problems = [];
  for (const [index, { variable, host, port }] of wanted.entries()) {
    const twin = wanted.slice(0, index).find((other) => other.port === port);
    const why = twin ? `${twin.variable} has the same value` : await whyNotFree({ host, port });
    if (why) problems.push(`${variable}: port ${port} on ${host} cannot be used, ${why}.`);
  }
  if (problems.length === 0) return;
  const advice = hint || 'End the program that uses it, or choose another port with the variable.';
  throw new LauncherError(`${problems.join('\n')}\n${advice}`);
}

/** For somebody on this machine: "everywhere" is no address to call. */
export function urlOf({ host, port }) {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

export function answersOn({ host, port }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function temporalPorts(settings) {
  return [
    { variable: 'LCM_TEMPORAL_PORT', host: '127.0.0.1', port: settings.temporalPort },
    { variable: 'LCM_TEMPORAL_UI_PORT', host: '127.0.0.1', port: settings.temporalUiPort },
  ];
}

function whyNotFree({ host, port }) {
  const reasons = {
    EADDRINUSE: 'it is in use',
    EACCES: 'this user may not listen on it',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this machine has no such address',
  };
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) =>
      resolve(('code' in error && reasons[String(error.code)]) || error.message),
    );
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}
