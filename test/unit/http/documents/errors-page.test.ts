import { readFileSync } from 'node:fs';

import { PROBLEMS, type ProblemCode } from '../../../../src/http/server/problems.js';
import { fetchAsDocumented as fetch } from '../../../support/document.js';
import { closeServers, startApi } from '../support.js';

afterEach(closeServers);

/** What stands under each heading of the page, in its order. */
const sections = readFileSync('docs/errors.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    return { heading, text: lines.join('\n') };
  });
const CODES = Object.keys(PROBLEMS) as ProblemCode[];

describe('docs/errors.md', () => {
  it('has one heading for each code, in the order of the table, and none for anything else', () => {
    expect(sections.map(({ heading }) => heading)).toEqual(CODES);
  });

  it.each(CODES)(
    'says of %s what the table says, when it happens, what to do, and whether repeating helps',
    (code) => {
      const text = sections.find(({ heading }) => heading === code)?.text ?? '';
      const { status, recoverable } = PROBLEMS[code];
      expect(text).toMatch(
        new RegExp(
          `^\nStatus ${status} · recoverable: ${recoverable ? 'yes' : 'no'}\n\n` +
            '- \\*\\*When:\\*\\* .+\n- \\*\\*Do:\\*\\* .+\n- \\*\\*Repeating:\\*\\* .+\n*$',
        ),
      );
    },
  );
});

describe('GET /docs/errors', () => {
  it('has the anchor that the type of a problem leads to, for each code', async () => {
    const { url } = await startApi();
    const problem = (await (await fetch(`${url}/nowhere`)).json()) as { type: string };
    const page = new URL(problem.type, `${url}/nowhere`);
    const html = await (await fetch(page)).text();
    for (const anchor of [page.hash.slice(1), ...CODES]) expect(html).toContain(`<h2 id="${anchor}">`);
  });

  it('is a page that needs nothing else: no script, nothing from another host', async () => {
    const { url } = await startApi();
    const response = await fetch(`${url}/docs/errors`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none'; .*style-src 'sha256-[^']+'; img-src data:$/);
    expect(await response.text()).not.toMatch(/<script|<img|\bon\w+=|https?:|href="(?!#|data:|\/docs")|src=/);
  });

  it('leads back to the API', async () => {
    const { url } = await startApi();
    expect(await (await fetch(`${url}/docs/errors`)).text()).toContain('<a href="/docs">');
  });
});
