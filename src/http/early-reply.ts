import { LoomError } from '../errors.ts';
import type { Reply } from '../middleware/middleware.ts';

/**
 * Ends the way to the upstream by an answer instead of a failure: a plugin answered from the body of a request, or while
 * the upstream was being asked. Neither the upstream's fault nor worth another try, which is what its code says.
 */
export class EarlyReply extends LoomError {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super('internal', 'answered before the upstream');
    this.name = 'EarlyReply';
    this.reply = reply;
  }
}
