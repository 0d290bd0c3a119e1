package org.perille.benchmarks.pieces;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.perille.internal.log.LogMessage;

/** Batches as publishers send them: incompressible payloads of {@value #BYTES} bytes. */
public final class Batches {
  /** The number of messages of a batch: the default limit. */
  public static final int MESSAGES = 500;

  private static final int BYTES = 200;
  private static final int KEYS = 10_000;

  private final SplittableRandom random = new SplittableRandom(42);
  private long ids;

  /** Returns the messages of the next batch. No two batches share an id. */
  public List<LogMessage> next(boolean ids) {
    List<LogMessage> messages = new ArrayList<>(MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
      byte[] payload = new byte[BYTES];
      random.nextBytes(payload);
      messages.add(
          new LogMessage(
              "key-" + random.nextInt(KEYS),
              ids ? "id-" + this.ids++ : "",
              Map.of(),
              990_002,
              "",
              ByteString.copyFrom(payload)));
    }
    return messages;
  }
}
