// What the demo tells, chapter by chapter. Each makes a card of its own, with a token whose name ends in the simulator's
// word for what shall go wrong (docs/simulator.md), or with several, so the story can be told again and again on the same data. One more
// chapter is one more function in this list; what it can use is in `chapter.mjs`.

export const chapters = [
  { title: 'A token is suspended', tell: suspension },
  { title: 'The same again, from the client and from the hub', tell: repetition },
  { title: 'The callback is lost', tell: lostCallback },
  { title: 'The hub refuses', tell: refusal },
  { title: 'The answer is lost, but the hub has done it', tell: lostAnswer },
  { title: 'All tokens of a card are suspended', tell: wholeCard },
  { title: 'The network renews the tokens of a card', tell: renewals },
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

async function wholeCard({ say, aCard, addToken, ask, callBack, watchUntil, untilFinal, ...rest }) {
  const { expectReport, expect } = rest;
  say(
    'The purse is gone: no token of the card must pay. Nobody says beforehand how many callbacks will come.',
  );
  const cast = [
    { name: 'phone' },
    { name: 'tablet-slow' },
    { name: 'watch-lost' },
    { name: 'ring-lost' },
    { name: 'browser', status: 'SUSPENDED' },
    { name: 'car', status: 'INACTIVE' },
  ];
  const { issuerCardRefId, names } = await aCard(cast);
  const [phone, tablet, watch, ring, browser, car] = names;
  const { operation } = await ask({
    key: `suspend-${issuerCardRefId}`,
    body: { action: 'SUSPEND', issuerCardRefId },
  });
  const isHeard = (name) => (seen) =>
    seen.outcomes.some(({ virtualCardId, result }) => virtualCardId === name && result === 'CONFIRMED');
  await watchUntil(operation, isHeard(phone), { seconds: 5 });

  say('While it runs, somebody adds the card to one wallet more: after the request, so it stays active.');
  const bracelet = await addToken('bracelet');
  await watchUntil(operation, isHeard(tablet), { seconds: 10 });

  say(
    'The hub gives up on the watch: not reached (221), which does not say whether it can still pay. So all are looked at.',
  );
  await callBack(operation, { virtualCardId: watch, errorCode: 221 });
  await untilFinal(operation);

  say('What became of each token:');
  await expectReport(operation, {
    [phone]: 'CONFIRMED by CALLBACK: the hub has said so, the network says SUSPENDED',
    [tablet]: 'CONFIRMED by CALLBACK: the hub has said so, the network says SUSPENDED',
    [watch]: 'CONFIRMED by READING: the device was not reached (221), the network says SUSPENDED',
    [ring]: 'CONFIRMED by READING: no callback came, the network says SUSPENDED',
    [browser]: 'CONFIRMED by READING: it was SUSPENDED already',
    [car]: 'NOT_ELIGIBLE: not asked for, since it is INACTIVE',
    [bracelet]: 'SILENT: it was added during the operation, the network says RESUMED',
  });
  say(
    'Confirmed for all that were there and active, and yet not done: a person has to see to what can still pay.',
  );
  await expect(operation, {
    service: {
      status: 'PARTIALLY_CONFIRMED',
      attention: 'TOKEN_EXPOSED',
      'can still pay, or may soon': [car, bracelet],
      attempts: 1,
      late: [],
    },
    hub: {
      updateCardState: ['200'],
      getCardInfo: ['200', '200'],
      effects: Array(4).fill('RESUMED → SUSPENDED'),
      callbacks: ['SUSPEND', 'SUSPEND', 'SUSPEND with code 221'],
    },
  });
}

async function renewals({ say, aCard, renew, watchRenewals, callBackRenewal, expectRenewals }) {
  say('Tokens expire, and the network renews them by itself: no request announces the callbacks.');
  const cast = [{ name: 'phone-duplicate' }, { name: 'watch-failed-231' }, { name: 'ring-lost' }];
  const { names } = await aCard(cast);
  const [phone, watch, ring] = names;
  const correlationId = await renew();
  const isHeard = ({ tokens }) =>
    tokens.length === names.length && tokens.filter((token) => token.renewals.length > 0).length === 2;
  await watchRenewals(isHeard, { seconds: 10 });
  say('It says one of them again.');
  await callBackRenewal(correlationId, phone);

  say('What is known of each token:');
  await expectRenewals(
    {
      [phone]: 'RENEWED, and heard again',
      [watch]: 'FAILED with code 231',
      [ring]: 'not heard of: nobody knows whether it was renewed',
    },
    {
      service: { attention: 'RENEWAL_FAILED', open: true },
      hub: {
        updateCardState: [],
        effects: ['renewed', 'renewed'],
        callbacks: ['RENEW', 'RENEW', 'RENEW', 'RENEW', 'RENEW with code 231'],
      },
    },
  );
}

function toSuspend(token, deadlines = {}) {
  // The token is new, and so is the key.
  return { key: `suspend-${token.virtualCardId}`, body: { action: 'SUSPEND', ...token, ...deadlines } };
}

function idOf({ operation, problem }) {
  return operation?.operationId ?? problem;
}
