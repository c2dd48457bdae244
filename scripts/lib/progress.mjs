// Steps, one line each: what, how long, how it went. On a terminal the line of the running step is overwritten; in a log
// a step that takes long says every 15 s that it is still at work.
const nameWidth = 13;
const reminderMs = 15_000;
const terminalRefreshMs = 250;

export function createProgress(/** @type {import('node:tty').WriteStream} */ stream = process.stdout) {
  // A reader that went away (`npm start | head`) must not keep the launcher from stopping what it has started.
  stream.on('error', () => {});
  const live = stream.isTTY === true;

  function print(line) {
    stream.write(`${live ? '\r\u001B[K' : ''}${line}\n`);
  }

  /** `silent` until its end: for a step whose own output is on the screen. */
  function step(name, { silent = false } = {}) {
    const startedAt = Date.now();
    let text = '…';
    let printedAt = startedAt;

    const line = () => `${name.padEnd(nameWidth)} ${text} (${seconds(startedAt)})`;
    const overwrite = () => stream.write(`\r\u001B[K${line().slice(0, (stream.columns || 80) - 1)}`);
    const remind = () => {
      if (Date.now() - printedAt < reminderMs) return;
      printedAt = Date.now();
      print(line());
    };
    const timer = silent ? undefined : setInterval(live ? overwrite : remind, terminalRefreshMs);
    timer?.unref();
    if (live && !silent) overwrite();

    function end(lastText) {
      clearInterval(timer);
      text = lastText;
      print(line());
    }

    return {
      /** What the step is doing now. A milestone is worth a line of its own in a log, once. */
      note(nextText, { milestone = false } = {}) {
        const isNew = nextText !== text;
        text = nextText;
        if (!live && milestone && isNew) {
          printedAt = Date.now();
          print(line());
        }
      },
      done: end,
      failed: (why = 'failed') => end(why),
    };
  }

  return { step, print };
}

export function seconds(sinceMs) {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}
