import { createDocument, type ZodOpenApiObject } from 'zod-openapi';

/** The version of the interfaces that this service offers; the package's own. */
export const API_VERSION = '0.1.0';

export const LICENSE = { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' };

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** Makes a document of OpenAPI 3.1. */
export function createFrom(document: Omit<ZodOpenApiObject, 'openapi'>): OpenApiDocument {
  return createDocument(
    { openapi: '3.1.1', ...document },
    {
      override({ jsonSchema }) {
        // The limits of JavaScript's numbers are no rule of ours.
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      },
    },
  );
}

/** A document as it is served and kept: the same text for the same schemas. */
export function toText(document: OpenApiDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
