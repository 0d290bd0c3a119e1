package org.perille.testkit.history;

import java.util.List;

/**
 * An anomaly in a history.
 *
 * @param anomaly the kind
 * @param sentence a description
 * @param operations the smallest set of operations that shows it, by rising time
 */
public record Finding(Anomaly anomaly, String sentence, List<Operation> operations) {
  public Finding {
    operations = List.copyOf(operations);
  }
}
