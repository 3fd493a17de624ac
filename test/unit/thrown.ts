/**
 * What a call throws, for tests that look at more of it than its message.
 */

export function thrownBy(call: () => unknown): Error | null {
  try {
    call();
    return null;
  } catch (error) {
    return asError(error);
  }
}

export async function rejectionOf(promise: Promise<unknown>): Promise<Error | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    return asError(error);
  }
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  throw new Error(`something that is no error was thrown: ${String(error)}`);
}
