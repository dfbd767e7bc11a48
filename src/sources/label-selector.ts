/** Which labels an object must have. */
export interface LabelSelector {
  /** As the API server takes it. */
  readonly text: string;
  matches(labels: Readonly<Record<string, string>> | undefined): boolean;
}

type Test = (value: string | undefined) => boolean;

/**
 * A selector as kubectl has them: `shard=a`, `shard!=a`, `shard in (a,b)`, `shard notin (a)`, `shard`, `!shard`, and several with
 * commas between them, which must all hold. Throws a message for people.
 */
export function parseSelector(text: string): LabelSelector {
  const tests = splitTerms(text).map((term) => testOf(term.trim()));
  return {
    text,
    matches: (labels = {}) => tests.every(({ key, test }) => test(labels[key])),
  };
}

/** Commas in brackets belong to a term. */
const splitTerms = (text: string): readonly string[] => text.split(/,(?![^(]*\))/);

const key = /[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?/.source;
const terms: readonly (readonly [RegExp, (operand: string) => Test])[] = [
  [new RegExp(`^(${key})\\s*={1,2}\\s*([-\\w.]*)$`), (operand) => (value) => value === operand],
  [new RegExp(`^(${key})\\s*!=\\s*([-\\w.]*)$`), (operand) => (value) => value !== operand],
  [new RegExp(`^(${key})\\s+in\\s+\\(([^()]*)\\)$`), (operand) => isIn(operand)],
  [new RegExp(`^(${key})\\s+notin\\s+\\(([^()]*)\\)$`), (operand) => (value) => !isIn(operand)(value)],
  [new RegExp(`^(${key})$`), () => (value) => value !== undefined],
  [new RegExp(`^!\\s*(${key})$`), () => (value) => value === undefined],
];

function isIn(list: string): Test {
  const values = new Set(list.split(',').map((one) => one.trim()));
  return (value) => value !== undefined && values.has(value);
}

function testOf(term: string): { readonly key: string; readonly test: Test } {
  for (const [form, make] of terms) {
    const [, name, operand = ''] = form.exec(term) ?? [];
    if (name !== undefined) return { key: name, test: make(operand) };
  }
  throw new Error(`${JSON.stringify(term)} is no label selector such as shard=a or shard in (a,b)`);
}
