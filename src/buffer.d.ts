/** Methods of node:buffer without the checks and the encoding lookup of `toString` and `write`; @types/node does not list them. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  utf8Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset: number, length?: number): number;
}
