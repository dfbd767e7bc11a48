/** Token buckets that replicas of Loom share. Times in nanoseconds. */
export interface SharedBuckets {
  /**
   * As `take` of BucketTable. Undefined, at once or later, where there is no answer in time; never rejects. The replicas agree on
   * `key` and know nothing else of the bucket.
   */
  take(key: string, interval: number, capacity: number): Promise<number | undefined> | undefined;
  /** Puts a token back. Nobody hears whether that worked. */
  giveBack(key: string, interval: number, capacity: number): void;
}
