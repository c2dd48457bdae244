import {
  cardRenewalsWorkflowId,
  cardRequestWorkflowId,
  lateWorkflowId,
  ownerWorkflowId,
  tokenRenewalsWorkflowId,
} from '../../../src/contract/workflow-ids.js';

it.each([
  ['the owner of a correlation id', ownerWorkflowId, 'lcm/ISSUER1234/op-1'],
  ['what comes late', lateWorkflowId, 'late/ISSUER1234/op-1'],
])('%s has an id that a callback alone leads to', (_what, toWorkflowId, workflowId) => {
  expect(toWorkflowId('ISSUER1234', 'op-1')).toBe(workflowId);
});

it.each([
  ['the renewals of a card', cardRenewalsWorkflowId, 'renewals/ISSUER1234/card-1'],
  ['the renewals of a token without a card', tokenRenewalsWorkflowId, 'token-renewals/ISSUER1234/card-1'],
])('%s have an id that a callback alone leads to', (_what, toWorkflowId, workflowId) => {
  expect(toWorkflowId('ISSUER1234', 'card-1')).toBe(workflowId);
});

it.each([
  [1, 'card-request/ISSUER1234/op-1'],
  [2, 'card-request/ISSUER1234/op-1/2'],
  [3, 'card-request/ISSUER1234/op-1/3'],
])('the %i. child of an operation on a card has an id of its own', (n, workflowId) => {
  expect(cardRequestWorkflowId('ISSUER1234', 'op-1', n)).toBe(workflowId);
});
