import { Fields, type Read } from './fields.ts';
import { callLook, readLook, requestLook, responseLook, type Look } from './look.ts';
import { exactly, readMap, readMatcher, type Matcher } from './matcher.ts';
import type { Add, Expectation } from './mismatch.ts';
import { metricValues } from './metric-values.ts';

/** `expect` of a test. */
export const readExpectations: Read<readonly Expectation[]> = (value, path, tell) => {
  const fields = new Fields(value, path, tell);
  const all: Expectation[] = [];
  const add: Add = (at, matcher, got) => void all.push({ path: at, matcher, got });
  readMessage(fields, 'request', ['method', 'scheme', 'authority', 'path'], requestLook, add);
  readMessage(fields, 'response', ['status'], responseLook, add);
  readCalls(fields, add);
  fields.read('error', (inner, at) =>
    add(at, readMatcher(inner, at, tell), ({ error }) => (error === '' ? [] : text(error))),
  );
  readMap(fields, 'plugins', (name, at, matcher) =>
    add(at, matcher, ({ plugins }) => text(plugins[name] ?? 'not asked')),
  );
  readMap(fields, 'metrics', (name, at, matcher) =>
    add(at, matcher, (_, { metrics }) =>
      metricValues(metrics, name).flatMap((number) => text(String(number))),
    ),
  );
  readMap(fields, 'shared', (key, at, matcher) => add(at, matcher, (_, { shared }) => shared.get(key)));
  fields.list('logs', (inner, at) => add(at, someLine(readMatcher(inner, at, tell)), logLines));
  fields.end();
  return all;
};

const text = (value: string): readonly Buffer[] => [Buffer.from(value)];

function readMessage(parent: Fields, field: string, names: readonly string[], look: Look, add: Add): void {
  parent.read(field, (value, path, tell) => {
    const there: Expectation['got'] = (outcome) => (look(outcome) ? text(`a ${field}`) : []);
    if (value === null) return add(path, readMatcher(null, path, tell), there);
    add(path, { expected: `a ${field}`, matches: (got) => got.length > 0 }, there);
    return readLook(new Fields(value, path, tell), names, look, add);
  });
}

/** All calls in their order. */
function readCalls(parent: Fields, add: Add): void {
  let count = 0;
  parent.list('calls', (value, path, tell) =>
    readLook(new Fields(value, path, tell), ['to', 'method', 'path', 'authority'], callLook(count++), add),
  );
  parent.read('calls', (_, path) =>
    add(path, exactly(Buffer.from(`${count} calls`)), ({ calls }) => text(`${calls.length} calls`)),
  );
}

/** What plugins said, and what the host says of them. */
const logLines: Expectation['got'] = ({ logs }) => logs.flatMap(({ said, message }) => text(said ?? message));

const someLine = ({ expected, matches }: Matcher): Matcher => ({
  expected: `a line: ${expected}`,
  matches: (got) => got.some((line) => matches([line])),
});
