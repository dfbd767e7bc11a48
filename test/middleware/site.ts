import pino from 'pino';
import { PasswordLists } from '../../src/middleware/basic-auth/password-lists.ts';
import { KeySets } from '../../src/middleware/jwt/key-sets.ts';
import type { Site } from '../../src/middleware/middleware.ts';
import { BucketTable, makeBuckets } from '../../src/middleware/rate-limit/bucket-table.ts';

/** A place for stages of its own, with what was counted there by outcome. */
export function testSite(part: Partial<Site> = {}): Site & { readonly counted: Record<string, number> } {
  const cells = new Map<string, { value: number }>();
  return {
    route: 'shop',
    rule: 'main',
    send: () => Promise.reject(new Error('nothing is sent here')),
    buckets: new BucketTable(makeBuckets(1000)),
    passwords: new PasswordLists(),
    keySets: new KeySets(pino({ level: 'silent' })),
    counter: (outcome) => {
      const cell = cells.get(outcome) ?? { value: 0 };
      cells.set(outcome, cell);
      return cell;
    },
    get counted() {
      return Object.fromEntries([...cells].map(([outcome, { value }]) => [outcome, value]));
    },
    ...part,
  };
}
