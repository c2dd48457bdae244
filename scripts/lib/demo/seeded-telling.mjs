// One operation in a few lines: what the hub was to do, what it did, and what the service says.
import { describeCallback, describeRequest } from './sentences.mjs';

export function tellOperation({ operation, record, plan }) {
  if (operation === undefined) return [];
  return [
    `planned  ${describePlan(plan)}`,
    `hub      ${describeRecord(record, operation)}`,
    `service  ${describeWord(operation)}`,
  ];
}

function describePlan(plan) {
  if (plan === undefined) return 'nothing: the hub was not asked';
  const { oddities, answers, effect, callbacks } = plan;
  return [
    oddities.length === 0 ? 'nothing odd' : oddities.join(', '),
    `answers ${list(answers)}`,
    effect === 'applied' ? 'changes the token' : 'does not change the token',
    `calls back ${list(callbacks)}`,
  ].join(' · ');
}

function describeRecord({ requests, effects, callbacks }, { correlationId, virtualCardId }) {
  const isOwn = (entry) => entry.correlationId === correlationId;
  const answers = requests
    .filter((it) => isOwn(it) && it.operation === 'updateCardState')
    .map(describeRequest);
  const readings = requests.filter((it) => isOwn(it) && it.operation === 'getCardInfo').map(describeRequest);
  const changes = effects.filter(isOwn).map(({ from, to }) => `${from} → ${to}`);
  const words = callbacks
    .filter((it) => isOwn(it) && it.result === 'delivered')
    .map((it) => `${describeCallback(it)}${it.virtualCardId === virtualCardId ? '' : ' for another token'}`);
  return [
    `answers ${list(answers)}`,
    readings.length > 0 && `readings ${list(readings)}`,
    `effects ${list(changes)}`,
    `callbacks ${list(words)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function describeWord({ status, effectiveStatus, evidence, errorCode, attention, ...counts }) {
  const { attempts, duplicates, late = [] } = counts;
  return [
    `${status}, evidence ${evidence}`,
    errorCode !== undefined && `code ${errorCode}`,
    effectiveStatus !== status && `now ${effectiveStatus}`,
    attention !== undefined && `attention ${attention}`,
    `attempts ${attempts}`,
    `duplicates ${duplicates}`,
    `late ${list(late.map(({ kind }) => kind))}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function list(texts) {
  return texts.length === 0 ? 'none' : texts.join(', ');
}
