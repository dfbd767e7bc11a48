/** For node:net, which takes an IPv6 address without the brackets that it has in URLs and authorities (RFC 3986 section 3.2.2). */
export const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, '');
