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

const suspendedOnce = { effects: ['RESUMED → SUSPENDED'], token: 'SUSPENDED' };

async function suspension({ say, aToken, ask, untilFinal, expect }) {
  say('A phone was stolen: its token must no longer pay.');
  const { operation } = await ask(toSuspend(await aToken()));
  await untilFinal(operation);
  await expect(operation, {
    service: { status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 1, late: [] },
    hub: { updateCardState: ['200'], ...suspendedOnce, callbacks: ['SUSPEND'] },
  });
}

async function repetition({ say, aToken, ask, untilFinal, callBackAgain, watch, expect, expectAnswers }) {
  say(
    'A client that never saw the answer sends its request again with the same key: at once, and after the end.',
  );
  const request = toSuspend(await aToken());
  const { operation } = await ask(request);
  const second = await ask(request);
  await untilFinal(operation);
  const third = await ask(request);

  say('The same key with another request is a mistake of the client.');
  const other = await ask({ ...request, body: { ...request.body, action: 'DELETE' } });
  expectAnswers(
    { again: operation.operationId, 'after the end': operation.operationId, other: 'idempotency_key_reused' },
    { again: idOf(second), 'after the end': idOf(third), other: other.problem },
  );

  say('The hub, too, says it again when the operation has ended. It is watched for a second.');
  await callBackAgain(operation);
  await watch(operation, { seconds: 1 });
  await expect(operation, {
    service: { status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 1, duplicates: 1, late: ['duplicate'] },
    hub: { updateCardState: ['200'], ...suspendedOnce, callbacks: ['SUSPEND', 'SUSPEND'] },
  });
}

async function lostCallback({ say, aToken, ask, untilFinal, callBackAgain, expect }) {
  say('The hub does what it was asked, but its callback never arrives. The client gives it 2 seconds.');
  const { operation } = await ask(toSuspend(await aToken('-lost'), { softDeadlineSeconds: 2 }));
  await untilFinal(operation);
  const service = { status: 'CONFIRMED', evidence: 'READING', settled: 'after the soft deadline' };
  const hub = { updateCardState: ['200'], ...suspendedOnce, getCardInfo: ['200'] };
  await expect(operation, {
    service: { ...service, attempts: 1, late: [] },
    hub: { ...hub, callbacks: [] },
  });

  say('Now the lost callback turns up. It is kept and shown; the outcome stays what it was.');
  await callBackAgain(operation);
  await expect(operation, {
    service: { ...service, effectiveStatus: 'CONFIRMED', late: ['amendment'] },
    hub: { ...hub, callbacks: ['SUSPEND'] },
  });
}

async function refusal({ say, aToken, ask, untilFinal, expect }) {
  say('The hub does not know the token and says so at once. That is definite: nobody waits for a callback.');
  const { operation } = await ask(toSuspend(await aToken('-refused-119')));
  await untilFinal(operation);
  await expect(operation, {
    service: { status: 'REJECTED', evidence: 'ANSWER', errorCode: 119, attempts: 1, late: [] },
    hub: { updateCardState: ['400 with code 119'], effects: [], token: 'RESUMED', callbacks: [] },
  });
}

async function lostAnswer({ say, aToken, ask, untilFinal, watch, expect }) {
  say('The hub does what it was asked, but the connection breaks before its answer. Was it done, or not?');
  const { operation } = await ask(toSuspend(await aToken('-reset')));
  await untilFinal(operation);
  say('Without that callback the service would ask again, after 2 seconds. It is watched for 3.');
  await watch(operation, { seconds: 3 });
  await expect(operation, {
    service: { status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 1, late: [] },
    hub: { updateCardState: ['no answer'], ...suspendedOnce, callbacks: ['SUSPEND'] },
  });
}

function toSuspend(token, deadlines = {}) {
  // The token is new, and so is the key.
  return { key: `suspend-${token.virtualCardId}`, body: { action: 'SUSPEND', ...token, ...deadlines } };
}

function idOf({ operation, problem }) {
  return operation?.operationId ?? problem;
}
