/** Every delay and limit of the simulated hub. Tests shorten them; nothing else in this room waits. */
export interface SimulatorSettings {
  /** From accepting a request to its effect at the token, drawn evenly between the two. */
  effectDelayMs: { min: number; max: number };
  /** From the effect to the callback of a `-slow` token. */
  slowCallbackDelayMs: number;
  /** From the end of one callback to the next one of the same operation. */
  betweenCallbacksMs: number;
  /** How long the receiver may take to answer a callback before it counts as a connection error. */
  callbackTimeoutMs: number;
  /** The first pause before a callback is sent again; each further pause is twice as long. */
  firstRedeliveryMs: number;
  /** The longest pause, unless the receiver asks for a longer one by `Retry-After`. */
  redeliveryCeilingMs: number;
  /** After this time an undelivered callback is dropped. A-16 says at least an hour. */
  redeliverForMs: number;
  /** The `Retry-After` of our own 429 and 503 answers. */
  retryAfterSeconds: number;
  /** How often the hub looks which renewals are due. */
  renewalCheckMs: number;
  /** From a renewal to the next one of the same token, by the hub's clock. */
  renewalPeriodMs: number;
  /** How many entries each of the logs under `/_simulator` keeps. */
  logEntries: number;
}

/** What `npm start` uses. */
export const defaultSettings: SimulatorSettings = {
  effectDelayMs: { min: 50, max: 150 },
  slowCallbackDelayMs: 5_000,
  betweenCallbacksMs: 50,
  callbackTimeoutMs: 10_000,
  firstRedeliveryMs: 200,
  redeliveryCeilingMs: 30_000,
  redeliverForMs: 24 * 60 * 60 * 1_000,
  retryAfterSeconds: 1,
  renewalCheckMs: 5_000,
  renewalPeriodMs: 3 * 365 * 24 * 60 * 60 * 1_000,
  logEntries: 20_000,
};
