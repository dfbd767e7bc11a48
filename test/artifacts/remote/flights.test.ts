import { expect } from 'chai';
import { Flights } from '../../../src/artifacts/remote/flights.ts';
import { Gates } from '../../../src/artifacts/remote/gates.ts';

const never = new AbortController().signal;
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(String, (error: Error) => `failed: ${error.message}`);

describe('Flights', () => {
  it('does the work once for all who want it at once, and again for who comes later', async () => {
    const flights = new Flights();
    let runs = 0;
    const work = async (): Promise<number> => ++runs;
    const both = [flights.join('k', never, work), flights.join('k', never, work)];
    expect(await Promise.all(both)).to.deep.equal([1, 1]);
    expect(await flights.join('k', never, work)).to.equal(2);
    expect(await Promise.all([flights.join('a', never, work), flights.join('b', never, work)])).to.deep.equal(
      [3, 4],
    );
  });

  it('lets one leave, also the one who began, and stops when all have left', async () => {
    const flights = new Flights();
    const [first, second] = [new AbortController(), new AbortController()];
    let stopped: AbortSignal | undefined;
    const work = (signal: AbortSignal): Promise<never> => {
      stopped = signal;
      return Promise.withResolvers<never>().promise;
    };
    const waiting = [flights.join('k', first.signal, work), flights.join('k', second.signal, work)].map(
      outcome,
    );
    first.abort(new Error('first leaves'));
    expect(await waiting[0]).to.equal('failed: first leaves');
    expect(stopped?.aborted).to.equal(false);
    second.abort(new Error('second leaves'));
    expect(await waiting[1]).to.equal('failed: second leaves');
    expect(stopped?.aborted).to.equal(true);
  });

  it('tells all of a failure', async () => {
    const flights = new Flights();
    const work = async (): Promise<never> => {
      throw new Error('no');
    };
    const all = [flights.join('k', never, work), flights.join('k', never, work)];
    expect(await Promise.all(all.map(outcome))).to.deep.equal(['failed: no', 'failed: no']);
  });
});

describe('Gates', () => {
  it('lets so many in at a server, the next one after that, and others elsewhere', async () => {
    const gates = new Gates(2);
    const doors = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const entered: number[] = [];
    const enter = (n: number, server = 'a'): Promise<void> =>
      gates.through(server, never, () => {
        entered.push(n);
        return doors[n]?.promise ?? Promise.resolve();
      });
    const all = [enter(0), enter(1), enter(2)];
    await enter(9, 'b');
    expect(entered).to.deep.equal([0, 1, 9]);
    doors[0]?.resolve();
    await all[0];
    expect(entered).to.deep.equal([0, 1, 9, 2]);
    for (const door of doors) door.resolve();
    await Promise.all(all);
  });

  it('lets nobody wait who has given up, and loses no place by it', async () => {
    const gates = new Gates(1);
    const door = Promise.withResolvers<void>();
    const leaving = new AbortController();
    const inside = gates.through('a', never, () => door.promise);
    const left = outcome(gates.through('a', leaving.signal, async () => 'in'));
    const third = outcome(gates.through('a', never, async () => 'in'));
    leaving.abort(new Error('leaves'));
    expect(await left).to.equal('failed: leaves');
    door.resolve();
    await inside;
    expect(await third).to.equal('in');
  });
});
