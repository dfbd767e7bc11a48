import { RE2JS } from 're2js';
import type { HeaderList } from '../http/headers.ts';
import type { ValueMatch } from '../model/model.ts';

/** A whole-string test in time linear in the input (RE2): user text must never be able to stall a worker. Throws on a bad expression. */
export function wholeRegex(expression: string): (text: string) => boolean {
  const compiled = RE2JS.compile(expression);
  return (text) => compiled.matches(text);
}

type ValueTest = (value: string | undefined) => boolean;

function valueTest({ type, value }: ValueMatch): ValueTest {
  switch (type) {
    case 'Exact':
      return (actual) => actual === value;
    case 'Present':
      return (actual) => actual !== undefined;
    case 'Absent':
      return (actual) => actual === undefined;
    case 'Regex': {
      const test = wholeRegex(value);
      return (actual) => actual !== undefined && test(actual);
    }
  }
}

/** Several fields of one name count as one value joined by commas (RFC 9110 section 5.2). */
export function headersTest(matches: readonly ValueMatch[]): (headers: HeaderList) => boolean {
  const tests = matches.map((match) => ({ name: match.name, test: valueTest(match) }));
  return (headers) => tests.every(({ name, test }) => test(headers.joined(name)));
}

/** The first value of a parameter counts, decoded as application/x-www-form-urlencoded. */
export function queryTest(matches: readonly ValueMatch[]): (query: string) => boolean {
  const tests = matches.map((match) => ({ name: match.name, test: valueTest(match) }));
  return (query) => {
    const values = new URLSearchParams(query);
    return tests.every(({ name, test }) => test(values.get(name) ?? undefined));
  };
}
