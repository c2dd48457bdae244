import { VARIABLES } from './variables.js';

/** The page of the variables, in Markdown, made from what reads them: name, default, rule and meaning of each. */
export function toConfigurationPage(introduction: string): string {
  const rows = Object.entries(VARIABLES).map(([name, schema]) => {
    const unset = schema.safeParse(undefined);
    const wrong = schema.safeParse('\0 ');
    const rule = wrong.success ? '' : (wrong.error.issues[0]?.message ?? '');
    return `| \`${name}\` | ${unset.success ? toShown(unset.data) : ''} | ${rule} | ${schema.description ?? ''} |`;
  });
  return [
    introduction.trimEnd(),
    '',
    '| Variable | Default | What it takes | What it is |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function toShown(value: string | number | readonly string[] | undefined): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return `\`${value.toString()}\``;
}
