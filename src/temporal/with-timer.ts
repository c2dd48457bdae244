const TIMER_MARGIN_MS = 100;

/** Ends a call when its time is up: the SDK notices a deadline only when it tries again. */
export async function withTimer<T>(deadlineMs: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the deadline has passed')), deadlineMs + TIMER_MARGIN_MS);
  });
  try {
    return await Promise.race([call, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
