// node bundle-workflows.mjs <entry> <bundle>: writes the bundle and prints the size of its code, in bytes, as the last line.
import { renameSync, writeFileSync } from 'node:fs';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const [workflowsPath, bundleFile] = process.argv.slice(2);
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });

const partial = `${bundleFile}.${process.pid}.partial`;
writeFileSync(partial, code);
renameSync(partial, bundleFile);

// The worker needs the inline map for its stack traces, but it is not code.
console.log(Buffer.byteLength(code.replace(/\n?\/\/# sourceMappingURL=data:[^\n]*\s*$/, '')));
