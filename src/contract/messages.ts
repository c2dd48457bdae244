import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { VirtualCardChange } from '../domain/hub/change.js';
import type { ForeignChange } from '../domain/unsolicited/foreign-change.js';
import type { LateArrivals } from '../domain/late/index.js';
import type { Decision } from '../domain/token/index.js';
import type { CardRenewals } from '../domain/unsolicited/index.js';
import type { Remark } from '../domain/operation/remark.js';
import type { OperationReport } from '../domain/report/report.js';

/**
 * One callback of the hub. Every owner of a correlation id takes it: a signal is stored even while no worker runs. A handler
 * gets those that came together in one call (`interceptors.ts`).
 */
export const virtualCardChangedSignal = defineSignal<[VirtualCardChange]>('virtualCardChanged');

/**
 * Asks an operation to end as soon as what is known allows. Repeating it is harmless. Whoever sends it by hand may leave the
 * argument out; so with the other requests that take one.
 */
export const cancelUpdate = defineUpdate<OperationReport, [Remark]>('cancel');

/** The type of the failure with which an operation refuses what came in the very instant of its end. */
export const OPERATION_ENDED = 'OPERATION_ENDED';

/** Makes an operation look at the hub now; answers when the reading has been recorded. */
export const readUpdate = defineUpdate<OperationReport, [Remark]>('read');

/** A person's word on an operation that is stuck. */
export const resolveUpdate = defineUpdate<OperationReport, [Decision]>('resolve');

/** The same two, once the operation has closed: `lateChange` takes them. */
export const lateReadUpdate = defineUpdate<LateArrivals, [Remark]>('read');
export const lateResolveUpdate = defineUpdate<LateArrivals, [Decision]>('resolve');

/** The operation as it stands. */
export const reportQuery = defineQuery<OperationReport>('report');

export const foreignChangeQuery = defineQuery<ForeignChange>('foreignChange');

export const lateArrivalsQuery = defineQuery<LateArrivals>('lateArrivals');

export const renewalsQuery = defineQuery<CardRenewals>('renewals');
