// From sources to `dist/`: compile, put the workflows into one bundle, add the recorded histories that a worker replays
// before it starts and the pages that the API serves, remove what no source stands for any more. The stamp in `dist/` is written last and names the inputs by
// content, so an interrupted build is built again, and touching or checking out a file without changing it builds nothing.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { LauncherError, beginningOf, indent } from '../errors.mjs';
import { inProject, projectFolder } from '../project.mjs';
import { run } from '../processes/run.mjs';

const sourceFolders = ['src', 'workflows', 'activities'];
const otherInputs = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  'scripts/lib/prepare/build.mjs',
  'scripts/lib/prepare/bundle-workflows.mjs',
];
/** Documents that the service shows to its callers. */
const servedPages = ['docs/errors.md'];
const historiesFolder = inProject('test', 'process', 'replay', 'histories');
const compiler = inProject('node_modules', '@typescript', 'native', 'bin', 'tsc');
const outputFolder = inProject('dist');
const emittedMark = 'TSFILE: ';
const stampFile = join(outputFolder, '.built.json');
const workflowsEntry = join(outputFolder, 'workflows', 'index.js');
const bundler = inProject('scripts', 'lib', 'prepare', 'bundle-workflows.mjs');
const bundleFile = join(outputFolder, 'workflow-bundle.js');

export function needsBuild() {
  const stamp = readStamp();
  if (stamp?.inputs !== hashOfInputs()) return true;
  return !stamp.outputs.every((file) => existsSync(join(outputFolder, file)));
}

export async function build({ step }) {
  rmSync(stampFile, { force: true });
  // Taken before compiling: a source that is edited meanwhile is built again next time.
  const inputs = hashOfInputs();

  step.note('compiling');
  const compiled = await compile();
  step.note('bundling the workflows');
  const bundledBytes = await bundleWorkflows();

  const copies = [...copyHistories(), ...copyPages()];

  const outputs = [...compiled, bundleFile, ...copies].map((file) => relative(outputFolder, file)).sort();
  removeAllBut(new Set(outputs));
  writeAtomically(stampFile, JSON.stringify({ inputs, outputs, bundledBytes }, undefined, 2));
}

export function bundleSizeKb() {
  return Math.round((readStamp()?.bundledBytes ?? 0) / 1000);
}

async function compile() {
  const emitted = [];
  const messages = [];
  const onLine = (line) => {
    if (line.startsWith(emittedMark)) emitted.push(resolve(line.slice(emittedMark.length)));
    else messages.push(line);
  };
  const args = [compiler, '-p', 'tsconfig.build.json', '--listEmittedFiles', '--pretty', 'false'];
  const result = await run(process.execPath, args, { onLine });
  if (result.ok) return emitted;
  throw new LauncherError(`The sources do not compile:\n${indent(beginningOf(messages) || result.tail)}`);
}

/** Answers the size of the bundle's code in bytes. In a process of its own: a bundler would stay in memory as long as we run. */
async function bundleWorkflows() {
  const output = [];
  const result = await run(process.execPath, [bundler, workflowsEntry, bundleFile], {
    onLine: (line) => output.push(line),
  });
  // Node.js may have something to say, too.
  if (result.ok) return Number(output.findLast((line) => /^\d+$/.test(line)));
  throw new LauncherError(`The workflows cannot be bundled:\n${indent(beginningOf(output) || result.tail)}`);
}

function copyHistories() {
  const folder = join(outputFolder, 'histories');
  mkdirSync(folder, { recursive: true });
  return filesUnder(historiesFolder).map((history) => {
    const copy = join(folder, basename(history));
    copyFileSync(history, copy);
    return copy;
  });
}

function copyPages() {
  return servedPages.map((page) => {
    const copy = join(outputFolder, page);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(inProject(page), copy);
    return copy;
  });
}

function hashOfInputs() {
  const hash = createHash('sha256');
  const files = [
    ...sourceFolders.flatMap((folder) => filesUnder(inProject(folder))),
    ...filesUnder(historiesFolder),
    ...[...otherInputs, ...servedPages].map((file) => inProject(file)),
  ];
  for (const file of files.sort()) {
    if (!existsSync(file)) continue;
    hash
      .update(`${relative(projectFolder, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function removeAllBut(outputs) {
  for (const file of filesUnder(outputFolder)) {
    if (!outputs.has(relative(outputFolder, file))) rmSync(file, { force: true });
  }
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined;
  }
}

function writeAtomically(file, text) {
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, text);
  renameSync(partial, file);
}
