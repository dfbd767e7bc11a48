import { expect } from 'chai';
import { machineMs } from '../../../src/balance/clock.ts';
import { OutlierDetector } from '../../../src/balance/outliers/detector.ts';
import { endpointCell, SharedState, upstreamCell } from '../../../src/balance/shared.ts';
import type { OutlierDetection } from '../../../src/model/upstream.ts';
import { Pulse } from '../../../src/pulse.ts';
import type { PlacedEndpoint, PlacedUpstream } from '../../../src/runtime/messages.ts';
import { TimerCensus } from '../../support/timers.ts';
import { eventually } from '../../support/wait.ts';
import { equal, shares, upstream, world, type World } from '../world.ts';
import { outlierDetection } from './world.ts';

/** An upstream of that many endpoints, and the detector, whose looks are at moments that the test chooses. */
class Scene {
  readonly world: World;
  readonly lines: string[] = [];
  readonly rounds = new Pulse(5);
  readonly detector: OutlierDetector;
  readonly start = machineMs();
  upstreams = new Map<string, PlacedUpstream>();
  endpoints = new Map<string, readonly PlacedEndpoint[]>();

  constructor(size: number, more: Partial<OutlierDetection> = {}) {
    const settings = { outlierDetection: { ...outlierDetection, ...more } };
    this.world = world('RoundRobin', equal(size), undefined, settings);
    this.upstreams.set('u', upstream('RoundRobin', settings));
    this.endpoints.set('u', equal(size));
    const log = (fields: object, message: string): void =>
      void this.lines.push(`${message} ${(fields as { endpoint: string }).endpoint}`);
    this.detector = new OutlierDetector(this.rounds, () => this, this.world.shared, {
      log: { info: log, warn: log },
      ejected: (_, endpoint, reason) => void this.lines.push(`${endpoint}: ${reason}`),
    });
    // Only looks of the test count.
    this.detector.close();
    this.look(0);
  }

  look(afterMs: number): void {
    this.detector.look(this.start + afterMs);
  }

  fail(slot: number, times: number): void {
    for (let i = 0; i < times; i++) this.world.cluster.outliers!.failed(this.world.set.current[slot]!);
  }

  answer(slot: number, times: number, status = 200, ms = 1): void {
    for (let i = 0; i < times; i++)
      this.world.cluster.outliers!.answered(this.world.set.current[slot]!, status, ms);
  }

  get out(): readonly number[] {
    return this.world.set.current.flatMap(({ slot, healthy }) => (healthy ? [] : [slot]));
  }

  get counted(): number {
    const { shared } = this.world;
    return Atomics.load(shared.cells, shared.upstream(0, upstreamCell.ejected));
  }
}

describe('passive health checks', () => {
  it('eject at the last error in a row, at once, and say so', () => {
    const scene = new Scene(4);
    scene.fail(1, 2);
    scene.answer(1, 1);
    scene.fail(1, 2);
    expect(scene.out).to.deep.equal([]);
    scene.answer(1, 1, 503);
    expect(scene.out).to.deep.equal([1]);
    expect(shares(scene.world.cluster, 300)).to.deep.equal([100, 0, 100, 100]);
    scene.look(1);
    scene.look(2);
    expect(scene.lines).to.deep.equal(['10.0.0.1:80: consecutive errors', 'endpoint ejected 10.0.0.1:80']);
  });

  it('do not take a status for an error that is none of the chosen', () => {
    const scene = new Scene(4);
    scene.answer(1, 10, 502);
    expect(scene.out).to.deep.equal([]);
  });

  it('readmit after the time, which grows with each ejection up to its most', () => {
    const scene = new Scene(4);
    let now = 0;
    for (const lasts of [10_000, 20_000, 25_000, 25_000]) {
      scene.fail(0, 3);
      expect(scene.out).to.deep.equal([0]);
      // The ejection began at the time of the machine, a little after the start.
      scene.look(lasts - 1000);
      expect(scene.out, `${lasts} ms`).to.deep.equal([0]);
      scene.look(lasts + 5000);
      expect(scene.out, `${lasts} ms`).to.deep.equal([]);
      now += 1;
      // Looks that far in the future are intervals without errors: undo what they forgave.
      const { shared } = scene.world;
      Atomics.store(shared.cells, shared.endpoint(0, endpointCell.ejections), now);
    }
    expect(scene.lines.at(-1)).to.equal('endpoint readmitted 10.0.0.0:80');
    expect(scene.counted).to.equal(0);
  });

  it('take a step back for each interval without an ejection', () => {
    const scene = new Scene(4);
    const { shared } = scene.world;
    const cell = shared.endpoint(2, endpointCell.ejections);
    Atomics.store(shared.cells, cell, 3);
    for (const [at, left] of [
      [1000, 2],
      [1500, 2],
      [2000, 1],
      [3000, 0],
      [4000, 0],
    ] as const) {
      scene.look(at);
      expect(Atomics.load(shared.cells, cell), `at ${at}`).to.equal(left);
    }
  });

  it('leave the part of the endpoints that may not be ejected, and one other in any case', () => {
    for (const [size, maxEjectionPercent, most] of [
      [4, 50, 2],
      [5, 50, 2],
      [3, 0, 1],
      [4, 100, 4],
      [1, 100, 0],
    ] as const) {
      const scene = new Scene(size, { maxEjectionPercent });
      for (let slot = 0; slot < size; slot++) scene.fail(slot, 5);
      expect(scene.out, `${maxEjectionPercent} % of ${size}`).to.have.length(most);
      expect(scene.counted).to.equal(most);
    }
  });

  it('eject whom the others kept in when there is room again', () => {
    const scene = new Scene(2);
    scene.fail(0, 3);
    scene.fail(1, 3);
    expect(scene.out).to.deep.equal([0]);
    scene.look(15_000);
    scene.fail(1, 1);
    expect(scene.out).to.deep.equal([1]);
  });

  it('eject by the ratio of errors and by latency, at the end of an interval', () => {
    const scene = new Scene(6, { consecutiveErrors: 0, errorPercent: 30, latencyFactor: 4 });
    for (let slot = 0; slot < 6; slot++) scene.answer(slot, 20, 200, slot === 4 ? 100 : 10);
    scene.fail(2, 10);
    expect(scene.out).to.deep.equal([]);
    scene.look(1000);
    expect(scene.out).to.deep.equal([2, 4]);
    expect(scene.lines.filter((line) => line.includes(': '))).to.deep.equal([
      '10.0.0.2:80: error ratio',
      '10.0.0.4:80: latency',
    ]);
    // What was counted counts once.
    scene.look(12_000);
    expect(scene.out).to.deep.equal([]);
    scene.look(14_000);
    expect(scene.out).to.deep.equal([]);
  });

  it('let everybody in when they are taken away, or the endpoint goes', () => {
    const scene = new Scene(4);
    scene.fail(0, 3);
    scene.look(1);
    scene.upstreams.set('u', upstream('RoundRobin'));
    scene.look(2);
    expect(scene.out).to.deep.equal([]);
    expect(scene.counted).to.equal(0);

    const other = new Scene(4);
    other.fail(0, 3);
    other.look(1);
    other.endpoints.set('u', equal(4).slice(1));
    other.look(2);
    expect(other.counted).to.equal(0);
  });

  it('do not lose count of what was ejected while it was leaving', () => {
    const scene = new Scene(4);
    scene.endpoints.set('u', equal(4).slice(1));
    scene.fail(0, 3);
    expect(scene.counted).to.equal(1);
    scene.look(1);
    scene.look(2);
    expect(scene.counted).to.equal(0);
  });

  it('have a rhythm of their own while an upstream wants them', async () => {
    const everyMs = 100;
    const timers = new TimerCensus();
    const shared = new SharedState();
    const rounds = new Pulse(5);
    const places = { upstreams: new Map<string, PlacedUpstream>(), endpoints: new Map() };
    const log = { info: () => {}, warn: () => {} };
    const detector = new OutlierDetector(rounds, () => places, shared, { log, ejected: () => {} });
    const round = async (): Promise<void> => {
      rounds.wake();
      await eventually('the rounds rest', () => rounds.due === Infinity);
    };
    try {
      for (let i = 0; i < 2; i++) {
        places.upstreams = new Map([['u', upstream('RoundRobin')]]);
        await round();
        expect(timers.running(everyMs)).to.equal(0);
        places.upstreams = new Map([['u', upstream('RoundRobin', { outlierDetection })]]);
        await round();
        await round();
        expect(timers.running(everyMs)).to.equal(1);
        places.upstreams = new Map();
        await eventually('it rests', () => timers.running(everyMs) === 0);
      }
      places.upstreams = new Map([['u', upstream('RoundRobin', { outlierDetection })]]);
      await round();
    } finally {
      detector.close();
      timers.close();
    }
    expect(timers.running(everyMs)).to.equal(0);
  });
});
