// Plays some operations at a hub that misbehaves by a seed, tells what was planned and what came of each, and compares the
// service's word with the effects that the hub has recorded.
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../progress.mjs';
import { StoryError, createHub, createService } from './clients.mjs';
import { disagreements } from './seeded-checks.mjs';
import { cardOf, nameRun, tokenOf, tokens } from './seeded-tokens.mjs';
import { tellOperation } from './seeded-telling.mjs';

// Short, so that silence ends while somebody watches; long enough for a hub that turns the first requests away.
const deadlines = { softDeadlineSeconds: 4, hardDeadlineSeconds: 25 };
const endLimitSeconds = 60;
const quietLimitSeconds = 15;
const lookEveryMs = 300;

/** Answers whether the service's word agrees with the hub about every operation. */
export async function tellSeed({ seed, place, print }) {
  try {
    return await play({ seed, place, print });
  } catch (error) {
    if (!(error instanceof StoryError)) throw error;
    print(`\n✗ Seed ${seed}: ${error.message}\n`);
    return false;
  }
}

async function play({ seed, place, print }) {
  const startedAt = Date.now();
  const hub = createHub(place);
  const service = createService(place);
  print(`\nThe service: ${place.apiUrl}. The hub: a simulator at ${place.simulatorUrl}.`);

  const ended = await withSeed({ hub, seed, isShared: place.isShared }, async () => {
    const run = await nameRun(hub, seed);
    print(
      `Seed ${seed}, played as ${run}: the same name on fresh data meets the same hub. This may take a minute.`,
    );
    const played = await Promise.all(tokens.map((token) => playToken({ run, token, hub, service })));
    await untilQuiet(hub);
    return Promise.all(played.flat().map((operation) => withRecord(operation, { hub, service })));
  });

  const wrong = ended.flatMap((one, index) => tell(one, index + 1, print));
  const told = `${ended.length} operations in ${seconds(startedAt)}`;
  if (wrong.length === 0) {
    print(`\n✓ Seed ${seed}, ${told}: the service's word agrees with the effects at the hub.\n`);
    return true;
  }
  print(`\n✗ Seed ${seed}, ${told}: the service's word does not agree with the hub, see`);
  print(
    `${wrong.map((line) => `   ${line}\n`).join('')}\n  Again, on fresh data: npm run demo -- --seed ${seed}\n`,
  );
  return false;
}

/** A hub that others use as well gets its own seed back, also when the demo is broken off; one of our own just ends. */
async function withSeed({ hub, seed, isShared }, work) {
  const before = await hub.seed();
  const restore = () => hub.setSeed(before);
  const onSignal = () => void restore().finally(() => process.exit(1));
  const signals = isShared ? ['SIGINT', 'SIGTERM', 'SIGHUP'] : [];
  await hub.setSeed({ seed });
  for (const signal of signals) process.once(signal, onSignal);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    await restore();
  }
}

/** The operations on one token, each after the end of the one before. */
async function playToken({ run, token, hub, service }) {
  const issuerCardRefId = cardOf(run, token);
  const virtualCardId = tokenOf(run, token);
  await hub.makeCard(issuerCardRefId, [{ virtualCardId, status: token.status }]);
  const played = [];
  for (const [index, action] of token.actions.entries()) {
    const body = { action, issuerCardRefId, virtualCardId, ...deadlines };
    const asked = { key: `${virtualCardId}-${index + 1}`, body };
    played.push({ asked, statusAtFirst: token.status, ...(await playOne(service, asked)) });
  }
  return played;
}

/** `{operation}` as it is at its end, or `{problem}`. */
async function playOne(service, asked) {
  try {
    const { httpStatus, operation, problem } = await service.ask(asked);
    if (operation === undefined) return { problem: `the service answers ${httpStatus} ${problem}` };
    return await untilFinal(service, operation);
  } catch (error) {
    if (error instanceof StoryError) return { problem: error.message };
    throw error;
  }
}

async function untilFinal(service, { operationId }) {
  const until = Date.now() + endLimitSeconds * 1000;
  for (;;) {
    const operation = await service.show(operationId);
    if (operation.final) return { operation };
    if (Date.now() > until) return { operation, problem: `it has not ended within ${endLimitSeconds} s` };
    await sleep(lookEveryMs);
  }
}

/** Late callbacks are part of the story. Somebody else may keep the hub busy, so this has a limit. */
async function untilQuiet(hub) {
  const until = Date.now() + quietLimitSeconds * 1000;
  while (Date.now() < until && !(await hub.isQuiet())) await sleep(lookEveryMs);
}

/** With what came late, and what the hub knows of it. */
async function withRecord(played, { hub, service }) {
  const { operation, asked } = played;
  const record = await hub.recordOf(asked.body.issuerCardRefId);
  if (operation === undefined) return { ...played, record };
  const [plan] = await hub.plansOf(operation.correlationId);
  return { ...played, record, plan, operation: await service.show(operation.operationId) };
}

/** Answers what is wrong. */
function tell(ended, number, print) {
  const wrong = disagreements(ended);
  const heading = `${number}. ${ended.asked.body.action} ${ended.asked.body.virtualCardId}`;
  print(`\n${heading}`);
  for (const line of tellOperation(ended)) print(`   ${line}`);
  for (const line of wrong) print(`   ✗ ${line}`);
  if (wrong.length === 0) print('   ✓ agrees');
  return wrong.map((line) => `${heading}: ${line}`);
}
