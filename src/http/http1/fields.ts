import { addNamedFields } from '../connection-fields.ts';
import { HeaderList } from '../headers.ts';
import { fieldName } from './field-names.ts';
import { isToken, isValue, octet } from './octets.ts';

/**
 * The fields of one head: those for the other end as a list, those of the connection and of the framing as what they mean
 * (RFC 9110 section 7.6.1, RFC 9112 section 6).
 */
export class Fields {
  readonly list = HeaderList.ofWire();
  /** Of `Content-Length`, -1 when there is none. */
  contentLength = -1;
  /** The last coding is `chunked`, and it is the only one. */
  chunked = false;
  close = false;
  keepAlive = false;
  /** `Connection: upgrade` with a protocol. */
  upgrade: string | undefined;
  host: string | undefined;
  expectsContinue = false;
  /** Why the message is refused. */
  problem: string | undefined;
  /** A transfer coding that Loom does not speak; with `problem`. */
  unknownCoding = false;
  #named: string[] | undefined;
  #upgrades = false;
  #protocol: string | undefined;

  /**
   * Reads from the first field on; the bytes must hold an empty line. @returns where the rest begins, or -1 with `problem`.
   * `text` is the same bytes in Latin-1, at least up to the empty line.
   */
  read(bytes: Buffer, text: string, from: number): number {
    const { list } = this;
    let at = from;
    for (;;) {
      const start = at;
      while (isToken[bytes[at] as number] === 1) at++;
      if (at === start) return this.#end(bytes, at);
      if (bytes[at] !== octet.colon) return this.refuse('a field line without a colon behind its name');
      const name = fieldName(bytes, start, at);
      at++;
      while (bytes[at] === octet.sp || bytes[at] === octet.tab) at++;
      const begin = at;
      while (isValue[bytes[at] as number] === 1) at++;
      if (bytes[at] !== octet.cr || bytes[at + 1] !== octet.lf) {
        return this.refuse(`a control character in the value of ${name}`);
      }
      let end = at;
      while (end > begin && (bytes[end - 1] === octet.sp || bytes[end - 1] === octet.tab)) end--;
      // A blank as others, which some parsers do not take off: to them these would say something else.
      if (end !== at && isOfFraming(name) && bytes.subarray(end, at).includes(octet.tab))
        return this.refuse(`a tab behind the value of ${name}`);
      at += 2;
      const value = text.slice(begin, end);
      if (!this.#isOfConnection(name, value)) list.appendSound(name, value);
    }
  }

  refuse(problem: string): -1 {
    this.problem ??= problem;
    return -1;
  }

  #end(bytes: Buffer, at: number): number {
    if (bytes[at] !== octet.cr || bytes[at + 1] !== octet.lf) return this.refuse('a malformed field line');
    if (this.#named) this.list.deleteAny(this.#named);
    if (this.#upgrades) this.upgrade = this.#protocol;
    if (this.chunked && this.contentLength !== -1) return this.refuse('Transfer-Encoding and Content-Length');
    return this.problem === undefined ? at + 2 : -1;
  }

  /** True for what concerns this hop only. The lengths come first because almost no field has one of them. */
  #isOfConnection(name: string, value: string): boolean {
    switch (name.length) {
      case 2:
        return name === 'te';
      case 4:
        return name === 'host' && this.#setHost(value);
      case 6:
        if (name === 'expect') this.expectsContinue = value.toLowerCase() === '100-continue';
        return name === 'expect';
      case 7:
        if (name === 'upgrade') this.#protocol = value.toLowerCase();
        return name === 'upgrade';
      case 10:
        if (name === 'connection') this.#readConnection(value);
        return name === 'connection' || name === 'keep-alive';
      case 14:
        if (name === 'content-length') this.#setLength(value);
        return name === 'http2-settings';
      case 16:
        return name === 'proxy-connection';
      case 17:
        return name === 'transfer-encoding' && this.#setCoding(value);
      default:
        return false;
    }
  }

  #setHost(value: string): true {
    if (this.host !== undefined) this.refuse('more than one Host');
    this.host = value;
    return true;
  }

  #readConnection(value: string): void {
    // Nearly all that is ever said.
    if (value === 'keep-alive') {
      this.keepAlive = true;
      return;
    }
    for (const part of value.split(',')) {
      const option = part.trim().toLowerCase();
      if (option === 'close') this.close = true;
      else if (option === 'keep-alive') this.keepAlive = true;
      else if (option === 'upgrade') this.#upgrades = true;
    }
    this.#named = addNamedFields(value, this.#named);
  }

  /** RFC 9112 section 6.3: once, digits only, and a number that is still exact. */
  #setLength(value: string): void {
    if (this.contentLength !== -1) this.refuse('more than one Content-Length');
    else if (!/^[0-9]{1,16}$/.test(value) || Number(value) > Number.MAX_SAFE_INTEGER)
      this.refuse('Content-Length that is no length');
    else this.contentLength = Number(value);
  }

  #setCoding(value: string): true {
    if (!this.chunked && value.toLowerCase() === 'chunked') {
      this.chunked = true;
      return true;
    }
    this.unknownCoding = true;
    this.refuse('Transfer-Encoding other than chunked');
    return true;
  }
}

const isOfFraming = (name: string): boolean => name === 'content-length' || name === 'transfer-encoding';
