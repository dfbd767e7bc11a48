/** A section of a module: core specification 5.5.2. */
export interface Section {
  /** `type`, `import`, … or the name of a custom section. */
  readonly name: string;
  readonly custom: boolean;
  /** Of its contents; for a custom section without the name. */
  readonly bytes: Uint8Array;
}

const names = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
  'tag',
];

/** Reads what the binary format is made of. Throws a RangeError where the bytes end too early. */
class BinaryReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError('the module ends in the middle of a section');
    return byte;
  }

  /** LEB128, unsigned, up to 53 bits (5.2.2). */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  take(size: number): Uint8Array {
    if (this.at + size > this.#bytes.length)
      throw new RangeError('the module ends in the middle of a section');
    return this.#bytes.subarray(this.at, (this.at += size));
  }

  text(): string {
    return Buffer.from(this.take(this.unsigned())).toString();
  }
}

/** The sections of a core module, in their order; `bytes` begin with the preamble. */
export function sectionsOf(bytes: Uint8Array): readonly Section[] {
  const reader = new BinaryReader(bytes);
  reader.take(8);
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    const contents = reader.take(reader.unsigned());
    if (id === 0) {
      const inner = new BinaryReader(contents);
      const name = inner.text();
      sections.push({ name, custom: true, bytes: contents.subarray(inner.at) });
    } else sections.push({ name: names[id] ?? `section ${id}`, custom: false, bytes: contents });
  }
  return sections;
}

const pageBytes = 65_536;

/** Size of the first memory in bytes: at the start and at most, undefined for no limit of its own (5.3.8). */
export function memoryLimits(
  sections: readonly Section[],
): { readonly initial: number; readonly maximum: number | undefined } | undefined {
  const section = sections.find(({ name, custom }) => name === 'memory' && !custom);
  if (!section) return undefined;
  const reader = new BinaryReader(section.bytes);
  if (reader.unsigned() === 0) return undefined;
  const flags = reader.byte();
  const initial = reader.unsigned() * pageBytes;
  return { initial, maximum: (flags & 1) === 1 ? reader.unsigned() * pageBytes : undefined };
}

/** What made the module, as `field → names with versions` (tool conventions, "producers" section). Empty when it is not told. */
export function producersOf(sections: readonly Section[]): Readonly<Record<string, readonly string[]>> {
  const section = sections.find(({ name, custom }) => name === 'producers' && custom);
  const producers: Record<string, readonly string[]> = {};
  if (!section) return producers;
  const reader = new BinaryReader(section.bytes);
  for (let fields = reader.unsigned(); fields > 0; fields--) {
    const field = reader.text();
    const values: string[] = [];
    for (let count = reader.unsigned(); count > 0; count--) {
      const name = reader.text();
      values.push(`${name} ${reader.text()}`.trim());
    }
    producers[field] = values;
  }
  return producers;
}
