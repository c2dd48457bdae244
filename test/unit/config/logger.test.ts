import { captureLog, CARD_NUMBER } from '../http/support.js';

const SECRET = 'very-private-words';

describe('the logger', () => {
  it('writes one JSON object per line, with an RFC 3339 time', () => {
    const { logger, lines } = captureLog();
    logger.child({ part: 'callbacks' }).info({ status: 200 }, 'request');
    expect(lines()).toEqual([
      {
        level: 30,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        part: 'callbacks',
        status: 200,
        msg: 'request',
      },
    ]);
  });

  it.each(['body', 'rawBody', 'headers', 'rawHeaders', 'req', 'request', 'res', 'response', 'tokenInfo'])(
    'I6: leaves out %s, also two levels down',
    (name) => {
      const { logger, text } = captureLog();
      const value = { words: SECRET };
      logger.info({ [name]: value, a: { [name]: value, b: { [name]: value } } }, 'x');
      expect(text()).not.toContain(SECRET);
    },
  );

  it('keeps of an error its type, code, message and stack, and not what a library hung on it', () => {
    const { logger, text, lines } = captureLog();
    const cause = Object.assign(new TypeError('inner'), { input: SECRET });
    const error = Object.assign(new Error('outer', { cause }), {
      code: 'EFAIL',
      body: SECRET,
      detail: SECRET,
    });
    logger.error({ err: error }, 'x');
    expect(text()).not.toContain(SECRET);
    expect(lines()[0]).toMatchObject({
      err: {
        type: 'Error',
        message: 'outer',
        code: 'EFAIL',
        stack: expect.stringContaining('logger.test'),
        cause: { type: 'TypeError', message: 'inner' },
      },
    });
  });

  it('I6: withholds the message of an error that quotes its input or holds a card number', () => {
    const { logger, text } = captureLog();
    let quoting: unknown;
    try {
      JSON.parse(`{"a": ${SECRET}}`);
    } catch (error) {
      quoting = error;
    }
    const holding = new Error(`no such card: ${CARD_NUMBER}`);
    logger.error({ err: quoting }, 'x');
    logger.error({ err: quoting });
    logger.error(quoting);
    logger.error({ err: holding });
    logger.error(holding);
    expect(text()).toContain('(withheld)');
    expect(text()).not.toContain('very-priv');
    expect(text()).not.toContain(CARD_NUMBER);
  });
});
