import { closeServers, startApi } from '../support.js';

afterEach(closeServers);

describe.each([
  ['/docs', '/openapi.json'],
  ['/docs/callbacks', '/openapi-callbacks.json'],
])('GET %s', (path, documentPath) => {
  it('works offline: all that it loads comes from this service, and is there', async () => {
    const { url } = await startApi();
    const html = await (await fetch(url + path)).text();
    const loaded = [...html.matchAll(/(?:src|href|"url")[=:]"([^"]+)"/g)].map(([, address = '']) => address);
    expect(loaded.shift()).toBe('data:,');
    expect(loaded).toEqual([
      '/docs/assets/swagger-ui.css',
      '/docs/assets/swagger-ui-bundle.js',
      documentPath,
    ]);
    for (const address of loaded) expect((await fetch(url + address)).status).toBe(200);
    expect(html).toContain('"validatorUrl":null');
  });

  it('may load and call nothing else, and runs no script but its own', async () => {
    const { url } = await startApi();
    const policy = (await fetch(url + path)).headers.get('content-security-policy');
    expect(policy).toMatch(
      /^default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self' 'sha256-[\w+/=]+'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'$/,
    );
  });
});

it('GET / leads a browser to the page', async () => {
  const { url } = await startApi();
  const response = await fetch(url, { redirect: 'manual' });
  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBe('/docs');
  expect(await (await fetch(url)).text()).toContain('swagger-ui-bundle.js');
});

it('only what the hub calls cannot be tried from its page: it is received at another port', async () => {
  const { url } = await startApi();
  expect(await (await fetch(`${url}/docs`)).text()).not.toContain('supportedSubmitMethods');
  expect(await (await fetch(`${url}/docs/callbacks`)).text()).toContain('"supportedSubmitMethods":[]');
});

describe('the files of the pages', () => {
  it.each([
    ['swagger-ui.css', 'text/css; charset=utf-8'],
    ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ])('%s may be kept, but is asked for again', async (name, contentType) => {
    const { url } = await startApi();
    const response = await fetch(`${url}/docs/assets/${name}`);
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const validator = {
      'if-modified-since': response.headers.get('last-modified') ?? '',
      // Without it, fetch says no-cache by itself.
      'cache-control': 'max-age=0',
    };
    expect((await fetch(`${url}/docs/assets/${name}`, { headers: validator })).status).toBe(304);
  });

  it.each(['', 'index.html', 'package.json', '..%2f..%2fpackage.json', '%2e%2e/package.json'])(
    'are those that the pages load, and no others: %s',
    async (name) => {
      const { url } = await startApi();
      const response = await fetch(`${url}/docs/assets/${name}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'path_not_found' });
    },
  );

  it.each(['/docs', '/docs/assets/swagger-ui.css', '/openapi.json'])(
    'are only read: POST %s',
    async (path) => {
      const { url } = await startApi();
      const response = await fetch(url + path, { method: 'POST' });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    },
  );
});
