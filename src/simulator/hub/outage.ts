/** `refuse` closes the connection at once; `503` answers so; with `page` a firewall in front answers 200 and its page. */
export const outageModes = ['refuse', '503', 'page'] as const;
export type OutageMode = (typeof outageModes)[number];

/** A time in which the hub endpoints do not serve. In memory only: a restart ends it. */
export interface Outage {
  /** Without seconds it lasts until it is ended. */
  begin(mode: OutageMode, seconds?: number): void;
  end(): void;
  current(): OutageMode | undefined;
}

export function createOutage(): Outage {
  let outage: { mode: OutageMode; until: number } | undefined;
  return {
    begin(mode, seconds) {
      outage = { mode, until: seconds === undefined ? Infinity : Date.now() + seconds * 1_000 };
    },
    end() {
      outage = undefined;
    },
    current: () => (outage !== undefined && Date.now() < outage.until ? outage.mode : undefined),
  };
}
