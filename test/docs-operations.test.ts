import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { Service } from '../src/api/core.ts';
import { schemas } from '../src/api/schemas.gen.ts';
import { errors } from '../src/errors.ts';
import { capabilityFamilies } from '../src/model/plugin.ts';
import type { Schema } from '../src/model/schema.ts';
import { settingsSchema } from '../src/sources/file/settings-schema.ts';
import { AnnotationReader } from '../src/sources/translate/annotations.ts';

const read = (file: string): string => readFileSync(file, 'utf8');
const quoted = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
const rowsOf = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim()));

const spec = (kind: keyof typeof schemas): Schema => (schemas[kind] as Schema).properties?.['spec'] as Schema;
/** Whether a schema has a field such as `rules[].rewrite.path`. */
function has(schema: Schema | undefined, path: string): boolean {
  let at = schema;
  for (const step of path.split('.')) {
    const [name = '', list] = step.split(/(\[\])/);
    at = at?.properties?.[name];
    if (list) at = at?.items;
  }
  return at !== undefined;
}

describe('docs of operations', () => {
  it('kubernetes.md has every reason of a condition or Event, and no other', () => {
    const code = globSync('src/{api,app,artifacts,compile,sources}/**/*.ts').map(read).join('\n');
    const calls = /(?:refused|unresolved|notProgrammed|SupplyError)\(\s*'([A-Z]\w+)'/g;
    const fields = /[rR]eason(?:: \w+)?: (?:\w+[^'\n]{0,40}\? )?'([A-Z]\w+)'(?: : '([A-Z]\w+)')?/g;
    const named = [...code.matchAll(calls), ...code.matchAll(fields)].flatMap(([, ...found]) => found);
    const worded = [...code.matchAll(/'((?:[A-Z][a-z]+)+(?:Failed|Unavailable))'/g)].map(([, name]) => name);
    const union = /type SupplyReason =([^;]+);/.exec(code)?.[1]?.match(/\w+/g) ?? [];
    const inCode = new Set([...named, ...worded, ...union].filter((name) => name !== undefined));
    const [, section = ''] = read('docs/kubernetes.md').split('## Conditions');
    const told = rowsOf(section.split('\n## ')[0] ?? '').flatMap(([, reasons = '']) => quoted(reasons));
    const events = quoted(/Warning Events have these[\s\S]*?\n\n/.exec(section)?.[0] ?? '');
    expect([...new Set([...told, ...events])].toSorted()).to.deep.equal([...inCode].toSorted());
  });

  it('troubleshooting.md has every error code with its status', () => {
    const told = [
      ...read('docs/troubleshooting.md').matchAll(
        /(?:(\d{3}) )?`([a-z]+(?:-[a-z]+)+|internal|unauthorized|forbidden|overloaded|draining)`/g,
      ),
    ].filter(([, , code = '']) => Object.hasOwn(errors, code));
    for (const [, status, code = ''] of told) {
      if (status !== undefined)
        expect(Number(status), code).to.equal(errors[code as keyof typeof errors].status);
    }
    expect([...new Set(told.map(([, , code]) => code))]).to.have.members(Object.keys(errors));
  });

  it('migration.md leads to fields that there are', () => {
    const fields = rowsOf(read('docs/migration.md')).flatMap(([, loom = '']) => quoted(loom));
    expect(fields).to.have.length.above(80);
    for (const field of fields) {
      const [root = '', ...rest] = field.split('.');
      const [kind, path] =
        root === 'upstream'
          ? [spec('LoomUpstream'), rest.join('.')]
          : root === 'plugin'
            ? [spec('WasmPlugin'), rest.join('.')]
            : root === 'listeners[]'
              ? [settingsSchema, field]
              : [spec('LoomRoute'), field];
      expect(has(kind, path), field).to.equal(true);
    }
  });

  it('security.md speaks of limits and capabilities that there are', () => {
    const text = read('docs/security.md');
    const fields = quoted(text).filter((word) => /^(limits|capabilities)\.\w+$/.test(word));
    expect(fields).to.have.length.above(4);
    for (const field of fields) expect(has(spec('WasmPlugin'), field), field).to.equal(true);
    for (const [, list = ''] of text.matchAll(/allow: \[([^\]]*)\]/g))
      expect(capabilityFamilies).to.include.members(list.split(', '));
  });

  it('services.md shows annotations that are read without a warning', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(read('docs/services.md')) ?? [];
    const told = new AnnotationReader().read('shop', parse(example) as Service);
    expect(told?.warnings).to.deep.equal([]);
    expect(told?.routes).to.have.length(2);
    expect(told?.upstream?.upstream.protocol).to.equal('H2c');
  });
});
