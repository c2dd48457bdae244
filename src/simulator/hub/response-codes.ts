/**
 * The numeric codes that the simulated hub uses, from the table of the hub's TES API (contract 4.3, S24):
 * the one of the Classic API is not public.
 */
export const responseCodes = {
  parameterMissing: 111,
  parameterMalformed: 112,
  issuerUnknown: 113,
  cardUnknown: 116,
  virtualCardUnknown: 119,
  cardDeleted: 160,
  deviceNotReachable: 221,
  unexpectedDeviceError: 231,
  alreadyRunning: 321,
  timeToLiveOver: 322,
  notAllowedInState: 432,
  operationFailed: 911,
} as const;

/** One of the codes above. */
export type ResponseCode = (typeof responseCodes)[keyof typeof responseCodes];
