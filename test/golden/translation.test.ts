import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { Translator, type Translation } from '../../src/sources/translate/translator.ts';
import { Objects } from '../support/objects.ts';

/** What a reader of a golden file wants to see: the model, and of each object what its status would say. */
function outline({ model, verdicts, secrets, configMaps }: Translation): unknown {
  const { routes, upstreams, plugins, certificates, endpoints } = model;
  return JSON.parse(
    JSON.stringify({
      routes: Object.fromEntries(routes),
      upstreams: Object.fromEntries(upstreams),
      endpoints: Object.fromEntries(endpoints),
      plugins: Object.fromEntries(plugins),
      certificates: Object.fromEntries([...certificates].map(([id, { hosts }]) => [id, { hosts }])),
      secrets: [...secrets],
      ...(configMaps.size > 0 && { configMaps: [...configMaps] }),
      objects: Object.fromEntries(
        [...verdicts].map(([key, { served, accepted, resolvedRefs, warnings }]) => [
          key,
          {
            served,
            accepted: `${accepted.status} ${accepted.reason}: ${accepted.message}`,
            resolvedRefs: `${resolvedRefs.status} ${resolvedRefs.reason}: ${resolvedRefs.message}`,
            ...(warnings.length > 0 ? { warnings: warnings.map((w) => `${w.reason}: ${w.message}`) } : {}),
          },
        ]),
      ),
    }),
  );
}

/** `npm run golden -- --write` writes the outputs anew; the review is the difference. */
const write = process.argv.includes('--write');

describe('translation', () => {
  for (const input of globSync('test/golden/translation/*.in.yaml').toSorted()) {
    const output = input.replace('.in.yaml', '.out.yaml');
    const name = input.slice('test/golden/translation/'.length, -'.in.yaml'.length);
    it(`makes of ${name} what ${name}.out.yaml says`, () => {
      const got = outline(new Translator().translate(new Objects().apply(readFileSync(input, 'utf8')).set));
      if (write) writeFileSync(output, stringify(got, { lineWidth: 110 }));
      expect(got).to.deep.equal(parse(readFileSync(output, 'utf8')));
    });
  }
});
