import { cardOperationWorkflowId, lateWorkflowId, ownerWorkflowId } from '../../src/domain/workflow-ids.js';

it.each([
  ['the owner of a correlation id', ownerWorkflowId, 'lcm/ISSUER1234/op-1'],
  ['an operation on a card', cardOperationWorkflowId, 'card-operation/ISSUER1234/op-1'],
  ['what comes late', lateWorkflowId, 'late/ISSUER1234/op-1'],
])('%s has an id that a callback alone leads to', (_what, toWorkflowId, workflowId) => {
  expect(toWorkflowId('ISSUER1234', 'op-1')).toBe(workflowId);
});
