/** What a person can act on: shown as it is, without a stack. */
export class LauncherError extends Error {
  name = 'LauncherError';
}

/** Runs a command's main function. Anything else than a `LauncherError` is a bug and shows where it is. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(`\n${error instanceof LauncherError ? error.message : error.stack}`);
    process.exit(1);
  }
}

export function indent(text, by = '  ') {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => by + line)
    .join('\n');
}

/** Compilers and npm say the most important thing first. */
export function beginningOf(lines, count = 40) {
  const rest = lines.length - count;
  return [...lines.slice(0, count), ...(rest > 0 ? [`… and ${rest} lines more`] : [])].join('\n');
}
