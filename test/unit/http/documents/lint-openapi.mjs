// Lints an OpenAPI document by Redocly's recommended rules, and prints what they object to, one line each. A process of its
// own, since the library is an ES module.
import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';

const config = await createConfig({ extends: ['recommended'] });
const problems = await lintFromString({ source: readFileSync(process.argv[2] ?? '', 'utf8'), config });
for (const { severity, ruleId, message, location } of problems) {
  console.log(`${severity} ${ruleId}: ${message} (${location[0]?.pointer})`);
}
