package org.perille.testkit.history;

import java.util.List;

/**
 * An anomaly that is in a history.
 *
 * @param anomaly which one
 * @param sentence what is wrong, in words
 * @param operations the smallest set of operations that shows it, by rising time
 */
public record Finding(Anomaly anomaly, String sentence, List<Operation> operations) {
  public Finding {
    operations = List.copyOf(operations);
  }
}
