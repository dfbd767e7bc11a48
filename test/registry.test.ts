import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { policies } from '../src/balance/policies/registry.ts';
import { commands } from '../src/cli/registry.ts';
import { middlewares } from '../src/middleware/registry.ts';
import { order } from '../src/middleware/order.ts';
import { middlewareFields } from '../src/sources/translate/route.ts';
import { schemas } from '../src/api/schemas.gen.ts';

const kebab = (name: string): string =>
  name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const pascal = (name: string): string => kebab(name).replace(/^[A-Z]/, (letter) => letter.toLowerCase());

interface Schema {
  readonly properties: Record<string, Schema>;
  readonly items: Schema;
  readonly enum: readonly string[];
}

const spec = (kind: keyof typeof schemas): Schema => (schemas[kind] as Schema).properties['spec'] as Schema;

describe('registries', () => {
  for (const [name, middleware] of Object.entries(middlewares)) {
    it(`middleware ${name} has its file, its place, its field, its test and its section`, () => {
      expect(middleware.name).to.equal(name);
      expect(order).to.have.property(name, middleware.order);
      expect(spec('LoomRoute').properties['rules']?.items.properties).to.have.property(name);
      expect(existsSync(`src/middleware/${kebab(name)}.ts`)).to.equal(true);
      expect(existsSync(`test/middleware/${kebab(name)}.test.ts`)).to.equal(true);
      expect(readFileSync('docs/middleware.md', 'utf8')).to.include(`\n## ${name}\n`);
    });
  }

  it('takes the settings of every middleware from the rule', () => {
    expect(middlewareFields).to.have.members(Object.keys(middlewares));
  });

  it('gives every middleware a place of its own', () => {
    const places = Object.values(order);
    expect(new Set(places).size).to.equal(places.length);
  });

  for (const name of Object.keys(policies)) {
    it(`balancing policy ${name} has its file, its value in the CRD, its test and its row`, () => {
      const file = kebab(pascal(name));
      expect(existsSync(`src/balance/policies/${file}.ts`), file).to.equal(true);
      expect(existsSync(`test/balance/policies/${file}.test.ts`), file).to.equal(true);
      expect(spec('LoomUpstream').properties['loadBalancer']?.enum).to.include(name);
      expect(readFileSync('docs/load-balancing.md', 'utf8')).to.include(name);
    });
  }

  it('has a policy for every value of loadBalancer', () => {
    expect(Object.keys(policies)).to.have.members(
      spec('LoomUpstream').properties['loadBalancer']?.enum as string[],
    );
  });

  for (const name of Object.keys(commands)) {
    it(`command ${name} has its section`, () => {
      if (name !== 'help') expect(existsSync(`src/cli/${name}.ts`)).to.equal(true);
      expect(readFileSync('docs/cli.md', 'utf8')).to.include(`\n## loom ${name}`);
    });
  }

  for (const [group, { commands: below = {} }] of Object.entries(commands)) {
    for (const name of Object.keys(below)) {
      it(`command ${group} ${name} has its file, its test and its section`, () => {
        expect(existsSync(`src/cli/${group}/${name}.ts`)).to.equal(true);
        expect(existsSync(`test/cli/${group}/${name}.test.ts`)).to.equal(true);
        expect(readFileSync('docs/cli.md', 'utf8')).to.include(`\n### loom ${group} ${name}\n`);
      });
    }
  }
});
