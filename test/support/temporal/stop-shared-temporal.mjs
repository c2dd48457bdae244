export default async function stopSharedTemporal() {
  const server = globalThis.sharedTemporal;
  if (server === undefined) return;
  server.child.kill('SIGKILL');
  await server.ended;
}
