/** Where what is started is noted to be ended: a test's context is one. */
export interface Cleanup {
  /** `end` is called when the test is over, whether it passed or not. */
  after(end: () => unknown): void;
}
