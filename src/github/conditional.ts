/**
 * Conditional requests: remembers the last answer to each question, so that asking again costs nothing while it stays the same.
 * Owns the entity tags; must not know what is asked.
 */
import type { Client } from "./client.ts";
import { answerOf } from "./failure.ts";

export type Conditional = <Value>(
  client: Client,
  about: string,
  request: (options: {
    headers: Record<string, string>;
    request: { signal: AbortSignal };
  }) => Promise<{ value: Value; etag: string | undefined }>,
) => Promise<Value>;

/** Remembers the last answer to each question: an unchanged one comes back as 304, which the rate limit does not count. */
export function conditionalReads(): Conditional {
  const answers = new Map<string, { etag: string; value: unknown }>();
  return async <Value>(client: Client, about: string, request: Parameters<Conditional>[2]) => {
    const before = answers.get(about);
    return await client.send(async ({ signal }) => {
      try {
        const headers: Record<string, string> = before === undefined ? {} : { "if-none-match": before.etag };
        const { value, etag } = await request({ headers, request: { signal } });
        if (etag === undefined) answers.delete(about);
        else answers.set(about, { etag, value });
        return value as Value;
      } catch (error) {
        if (before === undefined || answerOf(error)?.status !== 304) throw error;
        return before.value as Value;
      }
    });
  };
}
