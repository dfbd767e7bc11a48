/** Of WebAssembly: the unit of memory. */
export const pageBytes = 65_536;
