package org.perille.proof.database;

import java.util.List;

/** A committed transaction: what has changed something, in order. */
public record Transaction(List<Change> changes) {
  public Transaction {
    changes = List.copyOf(changes);
  }

  /**
   * A statement.
   *
   * @param rows its parameters; several of them if it was executed as a batch
   */
  public record Change(String sql, List<List<Object>> rows) {
    /** The parameters of a statement that isn't a batch. */
    public List<Object> parameters() {
      return rows.get(0);
    }
  }
}
