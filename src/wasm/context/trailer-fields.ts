import type { Exchange } from '../../http/exchange.ts';
import type { HeaderList } from '../../http/headers.ts';
import { MessageHeaders } from './message-headers.ts';

const none: readonly string[] = [];

/** Maps 1 and 3: the fields after a body (RFC 9110 section 6.5), without pseudo headers. */
export class TrailerFields extends MessageHeaders {
  protected readonly list: HeaderList;

  constructor(exchange: Exchange, list: HeaderList) {
    super(exchange);
    this.list = list;
  }

  protected get pseudoNames(): readonly string[] {
    return none;
  }

  protected get required(): readonly string[] {
    return none;
  }

  protected pseudoOf(): undefined {
    return undefined;
  }

  protected getPseudo(): undefined {
    return undefined;
  }

  protected setPseudo(): boolean {
    return false;
  }
}
