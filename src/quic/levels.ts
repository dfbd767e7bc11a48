/** Encryption levels, each with a packet number space of its own (RFC 9000 section 12.3); there is no 0-RTT. */
export const levels = { initial: 0, handshake: 1, application: 2 } as const;
export type Level = (typeof levels)[keyof typeof levels];
