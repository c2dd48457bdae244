import type { ZodOpenApiOperationObject } from 'zod-openapi';

/** One operation of a document: what can be asked, and every answer to it. */
export interface Entry {
  readonly method: 'get' | 'post';
  /** With its parameters in braces. */
  readonly path: `/${string}`;
  readonly operation: ZodOpenApiOperationObject & { readonly operationId: string };
}

/** The `paths` of a document. */
export function toPaths(
  entries: readonly Entry[],
): Record<string, Record<string, ZodOpenApiOperationObject>> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const { path, method, operation } of entries) paths[path] = { ...paths[path], [method]: operation };
  return paths;
}
