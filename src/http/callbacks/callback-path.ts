/**
 * Whether a request target means this path. A box in front may write it in other ways that mean the same: several slashes for
 * one, a slash at the end, percent signs for ordinary letters, the whole address, other letter case.
 */
export function isPath(target: string, path: string): boolean {
  return normalise(target) === normalise(path);
}

function normalise(target: string): string {
  const [path = ''] = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  return path
    .replaceAll(/%([0-9a-f]{2})/gi, (written, digits: string) => {
      const letter = String.fromCharCode(Number.parseInt(digits, 16));
      return /[\w.~-]/.test(letter) ? letter : written;
    })
    .replaceAll(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .toLowerCase();
}
