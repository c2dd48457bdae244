import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

jest.setTimeout(60_000);

/** The compiler's complaints about a workflow that sleeps for this long. */
function complaintsAbout(duration: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'durations-'));
  try {
    const { compilerOptions } = JSON.parse(
      execFileSync(process.execPath, [resolve('node_modules/@typescript/native/bin/tsc'), '--showConfig'], {
        encoding: 'utf8',
      }),
    );
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { ...compilerOptions, noEmit: true, rootDir: '.' },
        include: ['*.ts'],
      }),
    );
    writeFileSync(
      join(folder, 'nap.ts'),
      `import { sleep } from '@temporalio/workflow';\nexport const nap = async () => sleep('${duration}');\n`,
    );
    execFileSync(process.execPath, [resolve('node_modules/@typescript/native/bin/tsc'), '-p', folder], {
      encoding: 'utf8',
    });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it('compiles a duration that is spelled right', () => {
  expect(complaintsAbout('5 minutes')).toBe('');
});

it('does not compile a misspelt duration', () => {
  expect(complaintsAbout('5 minuets')).toMatch(/TS2345/);
});
