package org.perille.proof.delivery;

import java.time.Duration;
import java.util.Random;
import org.perille.internal.settings.FeedLimits;

/**
 * The properties of a scenario's feeds.
 *
 * @param window the maximum number of batches under way to a worker
 * @param limits the limits of a batch
 * @param tailBytes the size of the partition's tail
 * @param tailAge the age of the partition's tail
 * @param readsPerSlow the number of reads of the journal per slow one
 * @param demandsPerSlow the number of demands for a batch per slow one
 * @param messagesPerLoss the number of requests and answers per lost one
 * @param messagesOfTen the number of ten deliveries that are of feeds, if anything of feeds is
 *     under way
 */
record FeedSetup(
    int window,
    FeedLimits limits,
    long tailBytes,
    Duration tailAge,
    int readsPerSlow,
    int demandsPerSlow,
    int messagesPerLoss,
    int messagesOfTen) {
  private static final int[] MAX_BYTES = {1, 30, 100_000, 100_000};
  private static final int[] TAIL_BYTES = {1, 100, 100_000};
  private static final int[] TAIL_MILLIS = {1, 200, 1_000_000};
  private static final int[] SLOW = {1, 4, 16};
  private static final int[] LOSSES = {4, 16, 1_000};
  private static final int[] OF_TEN = {1, 8, 8};

  static FeedSetup any(int maxMessages, Random random) {
    return new FeedSetup(
        1 + random.nextInt(4),
        new FeedLimits(maxMessages, any(MAX_BYTES, random)),
        any(TAIL_BYTES, random),
        Duration.ofMillis(any(TAIL_MILLIS, random)),
        any(SLOW, random),
        any(SLOW, random),
        any(LOSSES, random),
        any(OF_TEN, random));
  }

  private static int any(int[] values, Random random) {
    return values[random.nextInt(values.length)];
  }

  @Override
  public String toString() {
    return "feeds with a window of %d, %s, a tail of %d bytes and %d ms, 1 of %d reads and 1 of %d demands slow, 1 of %d messages lost"
        .formatted(
            window,
            limits,
            tailBytes,
            tailAge.toMillis(),
            readsPerSlow,
            demandsPerSlow,
            messagesPerLoss);
  }
}
