/** Reasons for which a test may be skipped even in CI: what cannot apply where it runs. */
export const allowedSkips: readonly RegExp[] = [
  /^root may read everything$/,
  /^Kafka deletes whole segments, and ours hold compressed records$/,
  /^it replaces by the same bytes, which S3 gives the same ETag/,
];
