/**
 * Where each kind of stage stands on the way of a request, and in reverse on the way of a response. One list, so that the
 * reasons for the order can be read side by side. Gaps are for stages still to come.
 */
export const order = {
  /** Before all others: what they do is recorded, or is not. */
  tracing: 50,
  /** First in, so last out: its changes are what the client sees, whoever made the response. */
  responseHeaders: 100,
  /** All but last on the way out: what other stages make or change is compressed too, and they have it in clear. */
  compression: 110,
  /** Around all that can fail, and inside what changes and compresses its bodies. */
  errorResponses: 130,
  /** Whoever may not come is refused before anything is done or counted for them. */
  ipAccess: 200,
  /** Before limits and plugins: a preflight carries no credentials, and scripts may read what those refuse. */
  cors: 250,
  /** Before plugins: what is too much must cost little, and guessing at credentials is what a limit is for. */
  rateLimits: 300,
  /** Behind limits, as a signature costs; before plugins, so that they see who asks. */
  jwt: 400,
  /** Beside tokens, behind limits for the same reason: a password costs more than a signature. */
  basicAuth: 410,
  /** Behind what Loom can decide itself: a service costs a way over the network. */
  externalAuth: 420,
  /** Before plugins, so that they see bodies in clear; for nobody who may not come. */
  decompression: 440,
  /** Plugins see the request as the client sent it, before Loom changes its target or fields. */
  plugins: 500,
  /** Where the upstream would be asked: all before it works as with a real failure. */
  faults: 600,
  /** After plugins, so that a fixed field cannot be undone by one. */
  requestHeaders: 700,
  /** After plugins, which match and sign the path that the client asked for. */
  rewrite: 800,
  /** After all that changes the request: a mirror gets what the upstream gets. */
  mirrors: 850,
  /** Last: authentication by a plugin protects answers that Loom gives itself too. */
  redirect: 900,
  directResponse: 910,
} as const;
