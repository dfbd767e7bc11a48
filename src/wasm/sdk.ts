/** What can be seen of a module from outside. */
export interface ModuleTraits {
  readonly exports: ReadonlySet<string>;
  /** As `module.name`. */
  readonly imports: ReadonlySet<string>;
  readonly customSections: ReadonlySet<string>;
  /** See `producersOf`. */
  readonly producers: Readonly<Record<string, readonly string[]>>;
}

/** The first that fits, from what only one toolchain leaves behind to what several do. */
const guesses: readonly { readonly sdk: string; fits(traits: ModuleTraits): boolean }[] = [
  { sdk: 'Rust', fits: ({ producers }) => says(producers, 'Rust') },
  {
    sdk: 'Go, for Higress',
    fits: ({ exports, customSections }) =>
      customSections.has('go:buildid') && exports.has('proxy_abi_version_0_2_100'),
  },
  {
    sdk: 'Go',
    fits: ({ customSections, producers }) => customSections.has('go:buildid') || says(producers, 'Go'),
  },
  // Its runtime exports the allocator of C beside that of the SDK.
  { sdk: 'TinyGo', fits: ({ exports }) => exports.has('proxy_on_memory_allocate') && exports.has('calloc') },
  {
    sdk: 'C++',
    fits: ({ imports, exports, producers }) =>
      imports.has('env.emscripten_notify_memory_growth') ||
      exports.has('emscripten_stack_get_current') ||
      says(producers, 'clang'),
  },
  // Its SDK links every function of the ABI into every plugin.
  {
    sdk: 'Rust',
    fits: ({ imports }) => imports.has('env.proxy_grpc_stream') && imports.has('env.proxy_get_metric'),
  },
  {
    sdk: 'AssemblyScript',
    fits: ({ exports, imports, producers }) =>
      Object.keys(producers).length === 0 &&
      (exports.has('__new') || imports.has('env.abort') || exports.has('proxy_on_memory_allocate')),
  },
];

/** The language whose SDK made a module, as far as it can be told; undefined when nothing fits. */
export const guessSdk = (traits: ModuleTraits): string | undefined =>
  guesses.find((guess) => guess.fits(traits))?.sdk;

const says = (producers: ModuleTraits['producers'], word: string): boolean =>
  Object.values(producers)
    .flat()
    // A distribution puts its name in front: `Debian clang 22.1.8`.
    .some((value) => value.split(' ').includes(word));
