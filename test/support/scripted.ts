/** The module of which a plugin does what its configuration says. */
export const scriptedGuest = `${process.cwd()}/test/wasm/guests/build/scripted.wasm`;

/** What it can do with bodies and trailers: configurations by the name of a plugin. */
export const bodyScripts = {
  replace:
    'request_body_part:pause request_body_end:replace=changed response_body_part:pause response_body_end:prepend=P-',
  pieces: 'request_body:append=+ response_body:append=-',
  refuse: 'request_body:reply',
  late: 'response_body:reply',
  close: 'response_body:close',
  trap: 'response_body:trap',
  sums: 'request_trailers:read_trailer request_trailers:trailer response_trailers:trailer',
} as const;
