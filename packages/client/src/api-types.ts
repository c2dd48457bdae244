// PLACEHOLDER until generated from the document
export const PROBLEM_CODES = [
  'malformed_json',
  'invalid_request',
  'idempotency_key_missing',
  'idempotency_key_malformed',
  'card_resume_refused',
  'path_not_found',
  'issuer_not_found',
  'operation_not_found',
  'card_not_found',
  'method_not_allowed',
  'operation_already_final',
  'operation_not_retryable',
  'body_too_large',
  'unsupported_media_type',
  'idempotency_key_reused',
  'internal_error',
  'temporal_unavailable',
  'hub_unavailable',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];
export interface FieldError {
  field: string;
  rule: string;
}
export interface Operation {
  operationId: string;
  status: string;
  final: boolean;
  retryOf?: string;
}
export interface OperationPage {
  items: Operation[];
  nextCursor?: string;
}
export interface OperationFilter {
  status?: string;
  card?: string;
  cursor?: string;
  limit?: number;
}
export interface OperationRequest {
  action: 'SUSPEND' | 'RESUME' | 'DELETE';
  issuerCardRefId: string;
  virtualCardId?: string;
}
export interface PersonRequest {
  by?: string;
  note?: string;
}
export interface ResolveRequest {
  status: string;
  note: string;
  by?: string;
}
export interface RenewalsView {
  issuerCardRefId: string;
}
export interface TokenList {
  items: { virtualCardId: string }[];
}
export interface Timeline {
  items: { at: string; kind: string }[];
}
