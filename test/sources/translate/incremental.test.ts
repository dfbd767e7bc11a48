import { expect } from 'chai';
import type { KubeObject } from '../../../src/api/core.ts';
import { keyOf, type Kind } from '../../../src/sources/objects.ts';
import {
  ChangedObjects,
  everything,
  type TranslationChanges,
} from '../../../src/sources/translate/changes.ts';
import { Translator } from '../../../src/sources/translate/translator.ts';
import { Objects } from '../../support/objects.ts';
import { drawings, type Draw } from './drawings.ts';

const seed = Number(process.env['LOOM_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env['LOOM_RUNS'] ?? 25);

/** Mulberry32: small, and the same everywhere. @returns whole numbers below `below` */
function draws(from: number): Draw {
  let state = from;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Translated = Pick<Translator, 'model' | 'verdicts' | 'wanted'>;

/** What is compared: without the order in which things came. */
function plain({ model, verdicts, wanted }: Translated): unknown {
  const { secrets, configMaps } = wanted;
  const sorted = (map: ReadonlyMap<string, unknown>): unknown =>
    Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    routes: sorted(model.routes),
    upstreams: sorted(model.upstreams),
    plugins: sorted(model.plugins),
    certificates: sorted(model.certificates),
    endpoints: sorted(model.endpoints),
    verdicts: sorted(verdicts),
    secrets: [...secrets].toSorted(),
    configMaps: [...configMaps].toSorted(),
  };
}

const parts = ['routes', 'upstreams', 'plugins', 'certificates', 'endpoints'] as const;
type Maps = Readonly<Record<(typeof parts)[number] | 'verdicts', ReadonlyMap<string, unknown>>>;

const copyOf = ({ model, verdicts }: Translated): Maps => ({
  routes: new Map(model.routes),
  upstreams: new Map(model.upstreams),
  plugins: new Map(model.plugins),
  certificates: new Map(model.certificates),
  endpoints: new Map(model.endpoints),
  verdicts: new Map(verdicts),
});

/** Every other identity must have been told of. */
function expectTold(before: Maps, after: Maps, told: TranslationChanges): void {
  for (const part of [...parts, 'verdicts'] as const) {
    const ids = new Set([...before[part].keys(), ...after[part].keys()]);
    const changed = [...ids].filter((id) => before[part].get(id) !== after[part].get(id));
    expect([...told[part]], part).to.include.members(changed);
  }
}

/** Whether something of it may be of a version that is gone: one that is invalid has taken its place. */
const remembers = ({ verdicts }: Translated): boolean =>
  [...verdicts.values()].some(
    ({ accepted, warnings }) =>
      accepted.reason === 'Invalid' || warnings.some(({ reason }) => reason === 'InvalidAnnotation'),
  );

describe('incremental translation', () => {
  for (const className of [undefined, 'other']) {
    it(`gives what looking at everything gives, ${className ?? 'no'} class, LOOM_SEED=${seed}`, function () {
      this.timeout(60_000);
      for (let run = 0; run < runs; run++) {
        const draw = draws(seed + run);
        const objects = new Objects();
        const [incremental, whole] = [
          new Translator(className === undefined ? {} : { className }),
          new Translator(className === undefined ? {} : { className }),
        ];
        for (let step = 0; step < 25; step++) {
          const changes = new ChangedObjects();
          for (let n = draw(4); n >= 0; n--) {
            const object = drawings[draw(drawings.length)]?.(draw) as KubeObject;
            const [kind, key] = [object.kind as Kind, keyOf(object)];
            if (draw(4) === 0) objects.delete(kind, key);
            else objects.put(object);
            changes.add(kind, draw(40) === 0 ? undefined : key);
          }
          const before = copyOf(incremental);
          const told = incremental.update(objects.set, changes.take());
          whole.update(objects.set, everything);
          const label = `LOOM_SEED=${seed + run} LOOM_RUNS=1, step ${step}`;
          expect(plain(incremental), label).to.deep.equal(plain(whole));
          expectTold(before, copyOf(incremental), told);
          if (step % 5 === 4 && !remembers(whole)) {
            const fresh = new Translator(className === undefined ? {} : { className });
            fresh.update(objects.set, everything);
            expect(plain(incremental), label).to.deep.equal(plain(fresh));
          }
        }
        expect(incremental.units, 'units that are gone are forgotten').to.equal(whole.units);
      }
    });
  }

  it('asks nobody whom a change does not concern', () => {
    const objects = new Objects();
    for (let i = 0; i < 200; i++) {
      objects.put({
        apiVersion: 'loom.dev/v1alpha1',
        kind: 'LoomRoute',
        metadata: { name: `r${i}`, namespace: 'a', generation: 1 },
        spec: {
          hosts: [`r${i}.test`],
          rules: [{ name: 'all', backends: [{ serviceRef: { name: `s${i}`, port: 80 } }] }],
        },
      } as KubeObject);
    }
    const translator = new Translator();
    translator.update(objects.set, everything);
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's7', namespace: 'a' },
      spec: { ports: [{ port: 80 }] },
    };
    objects.put(service);
    const told = translator.update(objects.set, new Map([['Service', new Set(['a/s7'])]]));
    expect([...told.verdicts]).to.deep.equal(['LoomRoute:a/r7']);
    expect([told.routes.size, told.upstreams.size]).to.deep.equal([0, 0]);
  });
});
