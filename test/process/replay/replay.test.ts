import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Runtime, DefaultLogger } from '@temporalio/worker';
import { passReplayGate, replayRecordedHistories } from '../../../src/temporal/worker/replay-gate.js';
import { BUNDLE_PATH } from '../../support/temporal/temporal.js';

const HISTORIES = resolve('test/process/replay/histories');

jest.setTimeout(180_000);
beforeAll(() => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'histories-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('I8: replays every recorded history with the bundle of this build', async () => {
  const recorded = readdirSync(HISTORIES).length;
  expect(recorded).toBeGreaterThan(20);
  const result = await replayRecordedHistories({ bundlePath: BUNDLE_PATH, historiesPath: HISTORIES });
  expect(result).toEqual({ replayed: recorded, failures: [] });
});

it('has a history of each workflow and of each way in which a run ends', () => {
  const texts = readdirSync(HISTORIES).map((file) => readFileSync(join(HISTORIES, file), 'utf8'));
  const types = texts.map((text) => /"workflowType":\s*\{\s*"name":\s*"(\w+)"/.exec(text)?.[1]);
  expect(new Set(types)).toEqual(
    new Set([
      'tokenOperation',
      'cardOperation',
      'cardRequest',
      'foreignChange',
      'lateChange',
      'cardRenewals',
    ]),
  );
  expect(texts.some((text) => text.includes('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW'))).toBe(true);
});

it('I8: names a history that does not replay, because a step has another name', async () => {
  cpSync(join(HISTORIES, 'refused.json'), join(folder, 'refused.json'));
  const changed = readFileSync(join(HISTORIES, 'confirmed-by-callback.json'), 'utf8');
  writeFileSync(join(folder, 'changed.json'), changed.replaceAll('"updateCardState"', '"changeCardState"'));
  const { failures } = await replayRecordedHistories({ bundlePath: BUNDLE_PATH, historiesPath: folder });
  expect(failures.map(({ history }) => history)).toEqual(['changed']);
});

it('I8: refuses to pass when there is nothing to replay', async () => {
  const empty = replayRecordedHistories({ bundlePath: BUNDLE_PATH, historiesPath: folder });
  await expect(empty).rejects.toThrow('no recorded histories');
});

describe('what has been replayed once', () => {
  const release = () => ({ bundlePath: join(folder, 'bundle.js'), historiesPath: join(folder, 'histories') });
  const history = (): string => join(release().historiesPath, 'refused.json');
  beforeEach(() => {
    mkdirSync(release().historiesPath);
    cpSync(BUNDLE_PATH, release().bundlePath);
    cpSync(join(HISTORIES, 'refused.json'), history());
  });

  it('is not replayed again', async () => {
    expect(await passReplayGate(release())).toBe('replayed');
    expect(await passReplayGate(release())).toBe('known');
  });

  it('I8: is replayed again when a workflow or a history has changed, and is refused when it does not replay', async () => {
    await passReplayGate(release());
    // In front: the bundle ends with its source map.
    writeFileSync(release().bundlePath, `/* another */${readFileSync(BUNDLE_PATH, 'utf8')}`);
    expect(await passReplayGate(release())).toBe('replayed');
    const changed = readFileSync(history(), 'utf8').replaceAll('"updateCardState"', '"changeCardState"');
    writeFileSync(history(), changed);
    for (const _start of [1, 2])
      await expect(passReplayGate(release())).rejects.toThrow(/do not replay: refused$/);
  });
});
