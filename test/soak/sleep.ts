/** Waiting that ends early. */

/** In small pieces, so that the end is not waited for. */
export async function sleep(ms: number, isOver: () => boolean): Promise<void> {
  const untilMs = performance.now() + ms;
  while (!isOver() && performance.now() < untilMs)
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(1, Math.min(200, untilMs - performance.now()))),
    );
}
