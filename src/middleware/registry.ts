import { basicAuth } from './basic-auth.ts';
import { compression } from './compression.ts';
import { cors } from './cors.ts';
import { decompression } from './decompression.ts';
import { directResponse } from './direct-response.ts';
import { jwt } from './jwt.ts';
import { errorResponses } from './error-responses.ts';
import { externalAuth } from './external-auth.ts';
import { faults } from './faults.ts';
import { ipAccess } from './ip-access.ts';
import type { Middleware } from './middleware.ts';
import { mirrors } from './mirrors.ts';
import { rateLimits } from './rate-limits.ts';
import { redirect } from './redirect.ts';
import { requestHeaders } from './request-headers.ts';
import { responseHeaders } from './response-headers.ts';
import { rewrite } from './rewrite.ts';
import { tracing } from './tracing.ts';

/** Every middleware that a rule can use. The key is the field of a rule that holds its settings. */
export const middlewares = {
  tracing,
  responseHeaders,
  compression,
  errorResponses,
  ipAccess,
  cors,
  rateLimits,
  jwt,
  basicAuth,
  externalAuth,
  decompression,
  faults,
  requestHeaders,
  rewrite,
  mirrors,
  redirect,
  directResponse,
} as const satisfies Readonly<Record<string, Middleware<never>>>;
