// One Temporal server for all files of the tier `temporal`, in memory. Each file has a namespace of its own there.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard } from '../../../scripts/lib/processes/guard.mjs';
import { answersOn } from '../../../scripts/lib/processes/ports.mjs';

const host = '127.0.0.1';
const startAttempts = 3;
const readyLimitMs = 120_000;

export default async function startSharedTemporal() {
  const binary = process.env.LCM_TEST_TEMPORAL_BINARY;
  if (binary === undefined) return;
  for (let attempt = 1; ; attempt += 1) {
    // Below the ports that systems lend to outgoing connections.
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const server = start(binary, port);
    if (await isReady(server, port)) {
      globalThis.sharedTemporal = server;
      process.env.LCM_TEST_TEMPORAL_ADDRESS = `${host}:${port}`;
      return;
    }
    if (attempt === startAttempts) throw new Error(`the Temporal server does not start: ${server.output()}`);
  }
}

function start(binary, port) {
  const args = [
    'server',
    'start-dev',
    '--headless',
    '--ip',
    host,
    '--port',
    `${port}`,
    '--log-level',
    'error',
  ];
  const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  guard(child);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
  let hasEnded = false;
  const ended = new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', resolve);
  }).then(() => (hasEnded = true));
  return { child, ended, hasEnded: () => hasEnded, output: () => output };
}

async function isReady(server, port) {
  const giveUpAt = Date.now() + readyLimitMs;
  while (!server.hasEnded() && Date.now() < giveUpAt) {
    if (await answersOn({ host, port })) return true;
    await sleep(50);
  }
  server.child.kill('SIGKILL');
  return false;
}
