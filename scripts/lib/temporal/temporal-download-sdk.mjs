// node temporal-download-sdk.mjs <folder> <version>: leaves the official binary in the folder. The SDK downloads when it
// starts a server for a test; the server itself is not wanted here.
let testing;
try {
  testing = await import('@temporalio/testing');
} catch {
  console.error('the packages are not installed (npm ci)');
  process.exit(1);
}

const [downloadDir, version] = process.argv.slice(2);
try {
  const executable = { type: 'cached-download', downloadDir, version };
  const server = await testing.TestWorkflowEnvironment.createLocal({ server: { executable } });
  await server.teardown();
} catch (error) {
  console.error(withoutRepeats(error.message));
  process.exit(1);
}

/** Each layer of the SDK repeats what the one below said. */
function withoutRepeats(message) {
  return [...new Set(message.split(': '))].join(': ');
}
