/** Root hooks of every suite: an error that nobody handled fails the test in which it surfaced. */
let unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

export const mochaHooks = {
  afterEach(): void {
    const [first] = unhandled;
    unhandled = [];
    if (first !== undefined) throw new Error('unhandled rejection', { cause: first });
  },
};
