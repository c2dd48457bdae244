// What the demo tells, chapter by chapter. Each makes a card of its own with one token, whose name ends in the simulator's
// word for what shall go wrong (docs/simulator.md), so the story can be told again and again on the same data. One more
// chapter is one more function in this list; what it can use is in `chapter.mjs`.

export const chapters = [
  { title: 'A token is suspended', tell: suspension },
  { title: 'The same again, from the client and from the hub', tell: repetition },
  { title: 'The callback is lost', tell: lostCallback },
  { title: 'The hub refuses', tell: refusal },
  { title: 'The answer is lost, but the hub has done it', tell: lostAnswer },
];

const suspendedOnce = {
  'hub: effects': ['RESUMED → SUSPENDED'],
  'hub: token': 'SUSPENDED',
};

async function suspension({ say, aToken, ask, untilFinal, expect }) {
  say('A phone was stolen: its token must no longer pay.');
  const { operation } = await ask(toSuspend(await aToken()));
  await untilFinal(operation);
  await expect(operation, {
    status: 'CONFIRMED',
    evidence: 'CALLBACK',
    attempts: 1,
    late: [],
    ...suspendedOnce,
    'hub: updateCardState': ['200'],
    'hub: callbacks': ['SUSPEND'],
  });
}

async function repetition({ say, aToken, ask, untilFinal, callBackAgain, watch, expect, expectSame }) {
  say(
    'A client that never saw the answer sends its request again, with the same key: at once, and when all is over.',
  );
  const request = toSuspend(await aToken());
  const { operation } = await ask(request);
  const second = await ask(request);
  await untilFinal(operation);
  const third = await ask(request);

  say('The same key with another request is a mistake of the client.');
  const other = await ask({ ...request, body: { ...request.body, action: 'DELETE' } });

  say('The hub, too, says it again, when the operation has ended long ago.');
  await callBackAgain(operation);
  await watch(operation, { seconds: 1 });

  const { operationId } = operation;
  expectSame('second answer', { expected: operationId, seen: second.operation?.operationId });
  expectSame('third answer ', { expected: `200 ${operationId}`, seen: describeAnswer(third) });
  expectSame('other request', { expected: '422 idempotency_key_reused', seen: describeAnswer(other) });
  await expect(operation, {
    status: 'CONFIRMED',
    evidence: 'CALLBACK',
    attempts: 1,
    duplicates: 1,
    late: ['duplicate'],
    ...suspendedOnce,
    'hub: updateCardState': ['200'],
    'hub: callbacks': ['SUSPEND', 'SUSPEND'],
  });
}

async function lostCallback({ say, aToken, ask, untilFinal, callBackAgain, expect, expectSame }) {
  say('The hub does what it was asked, but its callback never arrives. The client gives it 2 seconds.');
  const { operation } = await ask(toSuspend(await aToken('-lost'), { softDeadlineSeconds: 2 }));
  const { settledAt, softDeadlineAt } = await untilFinal(operation);
  const expected = {
    status: 'CONFIRMED',
    effectiveStatus: 'CONFIRMED',
    evidence: 'READING',
    attempts: 1,
    ...suspendedOnce,
    'hub: updateCardState': ['200'],
    'hub: getCardInfo': ['200'],
  };
  await expect(operation, { ...expected, late: [], 'hub: callbacks': [] });
  expectSame('was overdue', { expected: true, seen: settledAt >= softDeadlineAt });

  say('Now the lost callback turns up. It is kept and shown; the outcome stays what it was.');
  await callBackAgain(operation);
  await expect(operation, { ...expected, late: ['amendment'], 'hub: callbacks': ['SUSPEND'] });
}

async function refusal({ say, aToken, ask, untilFinal, expect }) {
  say(
    'The hub does not know the token and says so at once. That is definite: nobody has to wait for a callback.',
  );
  const { operation } = await ask(toSuspend(await aToken('-refused-119')));
  await untilFinal(operation);
  await expect(operation, {
    status: 'REJECTED',
    evidence: 'ANSWER',
    errorCode: 119,
    attempts: 1,
    late: [],
    'hub: updateCardState': ['400, code 119'],
    'hub: effects': [],
    'hub: callbacks': [],
    'hub: token': 'RESUMED',
  });
}

async function lostAnswer({ say, aToken, ask, untilFinal, watch, expect }) {
  say('The hub does what it was asked, but the connection breaks before its answer. Was it done, or not?');
  const { operation } = await ask(toSuspend(await aToken('-reset')));
  await untilFinal(operation);
  say(
    'After 2 seconds without a word the service would have asked again. The callback has settled it before:',
  );
  await watch(operation, { seconds: 3 });
  await expect(operation, {
    status: 'CONFIRMED',
    evidence: 'CALLBACK',
    attempts: 1,
    late: [],
    ...suspendedOnce,
    'hub: updateCardState': ['no answer'],
    'hub: callbacks': ['SUSPEND'],
  });
}

function toSuspend({ issuerCardRefId, virtualCardId }, deadlines = {}) {
  // The token is new, so the key is.
  const key = `suspend-${virtualCardId}`;
  return { key, body: { action: 'SUSPEND', issuerCardRefId, virtualCardId, ...deadlines } };
}

function describeAnswer({ httpStatus, operation, problem }) {
  return `${httpStatus} ${operation?.operationId ?? problem}`;
}
