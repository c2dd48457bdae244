// node bundle-workflows.mjs <entry> <bundle>: writes the bundle and prints the size of its code, in bytes, as the last line.
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const [workflowsPath = '', bundleFile = ''] = process.argv.slice(2);
const { code } = await bundleWorkflowCode({
  workflowsPath,
  workflowInterceptorModules: [join(dirname(workflowsPath), 'interceptors.js')],
  logger: new DefaultLogger('WARN'),
  webpackConfigHook: withoutComments,
});

const partial = `${bundleFile}.${process.pid}.partial`;
writeFileSync(partial, code);
renameSync(partial, bundleFile);

// The worker needs the inline map for its stack traces, but it is not code.
console.log(Buffer.byteLength(code.replace(/\n?\/\/# sourceMappingURL=data:[^\n]*\s*$/, '')));

/**
 * The code is evaluated anew for every workflow, so its comments and blanks go; every name stays, and the map still leads to
 * the lines as they were written.
 */
function withoutComments(config) {
  const fromWorker = createRequire(import.meta.resolve('@temporalio/worker'));
  const loader = fromWorker.resolve('swc-loader');
  const minify = { compress: false, mangle: false, format: { comments: false } };
  const options = {
    sourceMaps: true,
    minify: true,
    jsc: { target: 'es2022', parser: { syntax: 'ecmascript' }, minify },
  };
  return {
    ...config,
    module: {
      ...config.module,
      rules: [...config.module.rules, { test: /\.js$/, use: { loader, options } }],
    },
  };
}
