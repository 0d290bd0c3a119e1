package org.perille.proof.workload;

import java.util.List;
import java.util.Random;
import org.perille.Outbox;
import org.perille.OutboxDeadLetter;
import org.perille.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Redrives and discards the dead letters of the outbox. All of them are rows that are no message.
 */
final class BookingLetters {
  private static final Logger LOG = LoggerFactory.getLogger(BookingLetters.class);
  private static final int TENDED_PERCENT = 10;
  private static final int PAGE = 100;

  private final Outbox outbox;
  private final Random random;

  BookingLetters(Outbox outbox, Random random) {
    this.outbox = outbox;
    this.random = random;
  }

  /** Tends the dead letters by chance. */
  void tendSome() {
    if (random.nextInt(100) < TENDED_PERCENT) {
      tend();
    }
  }

  /** Redrives or discards each dead letter. An unknown outcome is left to the next time. */
  void tend() {
    try {
      long last = 0;
      List<OutboxDeadLetter> page;
      do {
        page = outbox.deadLetters(last, PAGE);
        for (OutboxDeadLetter letter : page) {
          last = letter.id();
          boolean unused =
              (letter.attempt() == 1 && random.nextBoolean())
                  ? outbox.redrive(letter)
                  : outbox.discard(letter, "it is no booking");
        }
      } while (page.size() == PAGE);
    } catch (StorageException e) {
      LOG.debug("The dead letters of the outbox can't be tended now", e);
    }
  }
}
