import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { type Hub } from './hub.js';
import { frontAnswers } from './in-front.js';
import { type Log, type RequestEntry } from '../cards/journal.js';
import { type Outage, type OutageMode } from './outage.js';
import { type Answer, type Packing, refusal } from '../plan/plan.js';
import { type Parsed, parseCardInfoRequest, parseUpdateRequest } from './requests.js';
import { responseCodes } from './response-codes.js';
import { type SimulatorSettings } from '../settings.js';

interface HubLocals {
  entry: RequestEntry;
}

/** The hub's inbound API: one POST per method (contract 1, S6). Everything it answers is logged. */
export function createHubRoutes(dependencies: {
  hub: Hub;
  outage: Outage;
  issuerIds: readonly string[];
  requests: Log<RequestEntry>;
  settings: SimulatorSettings;
}): Router {
  const { hub, outage, issuerIds, requests, settings } = dependencies;
  const router = express.Router();
  const operations = ['/updateCardState', '/getCardInfo'];

  router.post(operations, (request, response: Response<unknown, HubLocals>, next) => {
    const entry = toEntry(request);
    response.locals.entry = entry;
    requests.add(entry);
    const mode = outage.current();
    if (mode === undefined) return next();
    return send(response, duringOutage[mode]);
  });

  router.post(operations, express.json({ limit: '64kb' }), noteBody);

  router.post('/updateCardState', async (request, response: Response<unknown, HubLocals>) => {
    const parsed = parseUpdateRequest(request.headers, request.body);
    await sendInTime(response, await answerTo(parsed, (asked) => hub.updateCardState(asked)));
  });

  router.post('/getCardInfo', async (request, response: Response<unknown, HubLocals>) => {
    const parsed = parseCardInfoRequest(request.headers, request.body);
    await sendInTime(response, await answerTo(parsed, (asked) => hub.getCardInfo(asked)));
  });

  router.use(operations, badBody);

  async function answerTo<T extends { issuerId: string }>(
    parsed: Parsed<T>,
    ask: (request: T) => Promise<Answer>,
  ): Promise<Answer> {
    if (!parsed.ok) return refusal(parsed.responseCode, parsed.errorMessage);
    if (!issuerIds.includes(parsed.request.issuerId)) {
      return refusal(responseCodes.issuerUnknown, 'Issuer unknown');
    }
    return ask(parsed.request);
  }

  function badBody(
    error: { status?: unknown },
    _request: Request,
    response: Response<unknown, HubLocals>,
    next: NextFunction,
  ): void {
    const { status } = error;
    if (typeof status !== 'number' || status >= 500) return next(error);
    const answer = refusal(responseCodes.parameterMalformed, 'The body cannot be read as JSON');
    return send(response, { ...answer, ...(status === 413 && { status }) });
  }

  async function sendInTime(response: Response<unknown, HubLocals>, answer: Answer): Promise<void> {
    const afterMs = answer.kind === 'answer' ? answer.afterMs : undefined;
    if (afterMs !== undefined) await sleep(afterMs, undefined, { ref: false }); // Nobody waits for it at the end.
    send(response, answer);
  }

  function send(response: Response<unknown, HubLocals>, answer: Answer): void {
    const { entry } = response.locals;
    if (answer.kind !== 'answer') {
      entry.ended = answer.kind === 'hang' ? 'hung' : 'destroyed';
      if (answer.kind === 'destroy') response.socket?.destroy();
      return;
    }
    entry.ended = 'answered';
    entry.status = answer.status;
    if (answer.inFront) entry.inFront = true;
    if (answer.retryAfter) response.set('retry-after', String(settings.retryAfterSeconds));
    response.status(answer.status);
    if (answer.status === 302) response.location('/login');
    if (typeof answer.body === 'object') {
      const { responseCode, virtualCardList } = answer.body;
      if (typeof responseCode === 'number') entry.responseCode = responseCode;
      if (Array.isArray(virtualCardList)) noteReading(entry, virtualCardList);
    }
    if (answer.packing !== undefined) sendPacked(response, answer.body, answer.packing);
    else if (answer.body === undefined) response.end();
    else if (typeof answer.body === 'string') response.type('html').send(answer.body);
    else response.json(answer.body);
  }

  return router;
}

const duringOutage: Record<OutageMode, Answer> = {
  refuse: { kind: 'destroy' },
  '503': { kind: 'answer', status: 503, retryAfter: true },
  page: frontAnswers.page,
};

/** Express would label it rightly. */
function sendPacked(response: Response, body: unknown, packing: Packing): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  const isCalledGzip = packing !== 'gzip that is not called so';
  response.setHeader(
    'content-type',
    packing === 'called gzip' ? 'text/html; charset=utf-16' : 'application/json',
  );
  if (isCalledGzip) response.setHeader('content-encoding', 'gzip');
  response.end(packing === 'called gzip' ? text : gzipSync(text));
}

function toEntry(request: Request): RequestEntry {
  const correlationId = request.get('x-correlation-id');
  const issuerId = request.get('x-issuer-id');
  return {
    at: new Date().toISOString(),
    method: request.method,
    operation: request.path.slice(1),
    ...(correlationId !== undefined && { correlationId }),
    ...(issuerId !== undefined && { issuerId }),
    status: null,
    ended: 'pending',
  };
}

function noteReading(entry: RequestEntry, items: Record<string, unknown>[]): void {
  entry.listed = items.map(({ status }) => String(status));
  entry.listedIds = items.map(({ virtualCardId }) => String(virtualCardId));
}

/** Adds to the log entry what the body names, readable or not for the hub. */
function noteBody(request: Request, response: Response<unknown, HubLocals>, next: NextFunction): void {
  const body = request.body as Record<string, unknown> | undefined;
  for (const field of ['issuerCardRefId', 'virtualCardId', 'action'] as const) {
    const value = body?.[field];
    if (typeof value === 'string') response.locals.entry[field] = value;
  }
  next();
}
