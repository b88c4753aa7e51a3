/** What is known of an error code. */
export interface ErrorCodeEntry {
  /** What happened, for the reference page. */
  readonly meaning: string;
  /** Whether the same call may succeed later without anybody mending anything. */
  readonly retryable: boolean;
  /** The exit code of a command that ends with it. */
  readonly exit: 1 | 3 | 64 | 78 | 130;
  /** What the operator can do. */
  readonly hint: string;
}
