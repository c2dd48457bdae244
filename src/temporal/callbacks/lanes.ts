/** Keeps pieces of work with the same key from crowding: so many at a time, the others in order of arrival. */
export interface Lanes {
  enter<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createLanes(width: number): Lanes {
  const lanes = new Map<string, { underWay: number; readonly waiting: (() => void)[] }>();
  return {
    async enter(key, work) {
      const lane = lanes.get(key) ?? { underWay: 0, waiting: [] };
      lanes.set(key, lane);
      if (lane.underWay < width) lane.underWay += 1;
      else await new Promise<void>((go) => lane.waiting.push(go));
      try {
        return await work();
      } finally {
        const next = lane.waiting.shift();
        // Who leaves gives its place away, so that nobody who comes just now gets ahead of those who wait.
        if (next !== undefined) next();
        else {
          lane.underWay -= 1;
          if (lane.underWay === 0) lanes.delete(key);
        }
      }
    },
  };
}
