package org.perille.proof.database;

import java.util.List;

/**
 * A committed transaction.
 *
 * @param changes the statements that have changed something, in order
 */
public record Transaction(List<Change> changes) {
  public Transaction {
    changes = List.copyOf(changes);
  }

  /**
   * A statement.
   *
   * @param rows the parameters; several lists if it was executed as a batch
   */
  public record Change(String sql, List<List<Object>> rows) {
    /** Returns the parameters of a statement that isn't a batch. */
    public List<Object> parameters() {
      return rows.get(0);
    }
  }
}
