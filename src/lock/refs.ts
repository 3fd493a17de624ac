/**
 * Refs and commits as values. Owns their shapes alone; knows of nothing else.
 */

/** The object id of a commit: 40 or 64 lower-case hexadecimal digits. */
export type Oid = string;

export interface Ref {
  /** The full name, `refs/…`. */
  readonly name: string;
  readonly oid: Oid;
  /** Whether it points at a commit, where the store tells: all of ours do. */
  readonly isCommit?: boolean;
}

export interface Commit {
  readonly oid: Oid;
  readonly parents: readonly Oid[];
  /** Whatever stands in the commit: it came from outside and is not to be trusted. */
  readonly message: string;
  /** The committer's date, ISO 8601 in UTC, to the second. The server's own time where `RefStore.clock` is `server`. */
  readonly date: string;
}

/** Several refs, as one request read them. Over several refs a read may be torn: some as they were before, some as they are now. */
export interface Listing {
  readonly refs: readonly Ref[];
  /** The time of the answer by the clock that dates commits, in milliseconds since 1970; `null` where the store does not tell. */
  readonly readAtMs: number | null;
}

/** One ref of a transaction: it must be at `from` (`null`: must not exist) and then goes to `to` (`null`: is deleted). */
export interface RefChange {
  readonly ref: string;
  readonly from: Oid | null;
  readonly to: Oid | null;
}
