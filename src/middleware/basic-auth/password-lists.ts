import { Bcrypt } from './bcrypt.ts';
import { PasswordList } from './password-list.ts';

/** The files of users of one worker: rules with the same one share what was found out, also when they are compiled anew. */
export class PasswordLists {
  readonly #bcrypt = new Bcrypt();
  readonly #lists = new Map<string, { readonly list: PasswordList; uses: number }>();

  /** By the text of the file. Pair with `release`. */
  use(text: string): PasswordList {
    let held = this.#lists.get(text);
    if (!held) {
      const list = new PasswordList(text, (password, hash) => this.#bcrypt.compare(password, hash));
      this.#lists.set(text, (held = { list, uses: 0 }));
    }
    held.uses++;
    return held.list;
  }

  release(text: string): void {
    const held = this.#lists.get(text);
    if (held && --held.uses === 0) this.#lists.delete(text);
  }
}
