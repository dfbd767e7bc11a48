import { wholeRegex } from '../router/values.ts';

/**
 * A text that the whole of an expression matches, and a short one; undefined where none is found. It knows what most paths and
 * values are written with, and asks the expression whether it is right.
 */
export function sampleOf(expression: string): string | undefined {
  const reader = new Reader(expression);
  const text = reader.alternatives();
  return reader.isAtEnd && text !== undefined && wholeRegex(expression)(text) ? text : undefined;
}

const classes: Readonly<Record<string, string>> = { d: '1', w: 'a', s: ' ', D: 'a', W: '-', S: 'a' };

/** Reads an expression from left to right and takes the first of what each part allows. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  alternatives(): string | undefined {
    const first = this.#sequence();
    while (this.#text[this.#at] === '|') {
      this.#at++;
      this.#sequence();
    }
    return first;
  }

  #sequence(): string {
    let made = '';
    while (!this.isAtEnd && !'|)'.includes(this.#text[this.#at] as string)) made += this.#repeated();
    return made;
  }

  #repeated(): string {
    const one = this.#one();
    const [all = '', least] = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += all.length;
    if (all.startsWith('*') || all.startsWith('?')) return '';
    return one.repeat(least === undefined ? 1 : Number(least));
  }

  #one(): string {
    const character = this.#text[this.#at++] as string;
    switch (character) {
      case '(': {
        const [flags = ''] = /^\?(?:P?<\w+>|[a-zA-Z-]*:)/.exec(this.#text.slice(this.#at)) ?? [];
        this.#at += flags.length;
        const inner = this.alternatives() ?? '';
        this.#at++;
        return inner;
      }
      case '[':
        return this.#class();
      case '\\': {
        const escaped = this.#text[this.#at++] ?? '';
        return escaped === 'b' || escaped === 'B' ? '' : (classes[escaped] ?? escaped);
      }
      case '.':
        return 'a';
      case '^':
      case '$':
        return '';
      default:
        return character;
    }
  }

  #class(): string {
    const [all = '', not = '', inside = ''] =
      /^(\^?)(\]?(?:\\.|\[:\w+:\]|[^\]\\])*)\]/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += all.length;
    if (not)
      return ['a', '1', '-', '_'].find((one) => !inside.includes(one) && !/[a-z]-[a-z]/.test(inside)) ?? 'Z';
    if (inside.startsWith('\\')) return classes[inside[1] ?? ''] ?? inside[1] ?? '';
    return inside.startsWith('[:') ? 'a' : (inside[0] ?? '');
  }
}
