/** Classes of octets, as tables: one look-up per octet of a head. */

const table = (test: (octet: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, octet) => (test(octet) ? 1 : 0));

const letters = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;

/** `tchar` (RFC 9110 section 5.6.2). */
export const isToken = table((octet) => octet < 0x80 && letters.test(String.fromCharCode(octet)));
/** What a field value may hold: HTAB, SP, VCHAR and obs-text (RFC 9110 section 5.5). */
export const isValue = table((octet) => octet === 0x09 || (octet >= 0x20 && octet !== 0x7f));
/** What a request target may hold: no white space, no control, nothing above ASCII (RFC 3986 section 2). */
export const isTarget = table((octet) => octet > 0x20 && octet < 0x7f);
/** The octet, an upper-case letter of ASCII as a lower-case one. */
export const lowerCase = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet,
);
/** Value of a hexadecimal digit, 0xff for none. */
export const hexValue = Uint8Array.from({ length: 256 }, (_, octet) => {
  const value = Number.parseInt(String.fromCharCode(octet), 16);
  return Number.isNaN(value) ? 0xff : value;
});

export const octet = { tab: 0x09, lf: 0x0a, cr: 0x0d, sp: 0x20, colon: 0x3a, semicolon: 0x3b } as const;
