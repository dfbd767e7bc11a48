import type { HeaderList } from '../http/headers.ts';

/** A part of a text, found without being cut out: nothing is allocated. */
export class TextPlace {
  text = '';
  start = 0;
  end = 0;

  /** The value of the first cookie of that name, as it was sent (RFC 6265 section 5.4); false where there is none. */
  findCookie({ flat }: HeaderList, name: string): boolean {
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === 'cookie' && this.#findPair(flat[i + 1] as string, name, ';')) return true;
    }
    return false;
  }

  /** The value of the first parameter of that name in a query, as it was sent, not decoded. */
  findParameter(query: string, name: string): boolean {
    return this.#findPair(query, name, '&');
  }

  equals(other: string): boolean {
    return this.end - this.start === other.length && this.text.startsWith(other, this.start);
  }

  #findPair(text: string, name: string, separator: string): boolean {
    let from = 0;
    while (from < text.length) {
      const next = text.indexOf(separator, from);
      const end = next === -1 ? text.length : next;
      while (from < end && text.charCodeAt(from) === 0x20) from++;
      const equals = from + name.length;
      if (equals < end && text.charCodeAt(equals) === 0x3d && text.startsWith(name, from)) {
        this.text = text;
        this.start = equals + 1;
        this.end = end;
        return true;
      }
      from = end + 1;
    }
    return false;
  }
}
