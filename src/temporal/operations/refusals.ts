import { NamespaceNotFoundError } from '@temporalio/common';
import { isGrpcServiceError } from '@temporalio/client';

/** The codes of gRPC that this service tells apart. */
export const GRPC = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  UNAUTHENTICATED: 16,
} as const;

/** The client may not ask, or the server has no such question. */
const DENIALS: readonly (number | undefined)[] = [
  GRPC.PERMISSION_DENIED,
  GRPC.UNIMPLEMENTED,
  GRPC.UNAUTHENTICATED,
];
/** A missing workflow is an answer, not a refusal: a missing namespace is told apart by its own error. */
const REFUSALS: readonly (number | undefined)[] = [
  ...DENIALS,
  GRPC.INVALID_ARGUMENT,
  GRPC.FAILED_PRECONDITION,
];

export function grpcCodeOf(error: unknown): number | undefined {
  return isGrpcServiceError(error) ? (error.code as number) : undefined;
}

/** Temporal answers, and does not take the call: the namespace, or what this client may do in it, is not as it has to be. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof NamespaceNotFoundError || REFUSALS.includes(grpcCodeOf(error))) return true;
  return error instanceof Error && error.cause !== undefined && isRefusal(error.cause);
}

/** The answer, or undefined when this client may not ask, or the server has no such question. */
export async function unlessDenied<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (DENIALS.includes(grpcCodeOf(error))) return undefined;
    throw error;
  }
}
