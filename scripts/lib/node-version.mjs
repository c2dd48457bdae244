// Imported by every command before anything else: what an old Node.js says of the rest is no help.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const [wanted, ...needed] = /(\d+)\.(\d+)/.exec(engines.node) ?? ['0', '0', '0'];
const actual = process.versions.node.split('.');
const [majorsApart = 0, minorsApart = 0] = needed.map((part, index) => Number(actual[index]) - Number(part));

if (majorsApart < 0 || (majorsApart === 0 && minorsApart < 0)) {
  console.error(
    `Node.js ${wanted} or newer is needed, and this is ${process.versions.node}: install one, and start again.`,
  );
  process.exit(1);
}
