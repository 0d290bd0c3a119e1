package org.perille.samples.payments;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.perille.samples.launch.Journal;

/**
 * The records of a run, from each participant.
 *
 * @param client the client's receipts and answers
 * @param audit the node's report of the topics and the ledger
 * @param calls the calls that the provider has received, in order
 * @param statements the accounts' statements
 * @param pushes the payments whose push was sent, once for each time
 * @param crashes the number of the plan's crashes that have happened
 * @param crashed whether any process has died
 */
record Evidence(
    ClientNotes.Content client,
    Audit audit,
    List<PaymentProvider.Call> calls,
    List<Bank.Line> statements,
    List<String> pushes,
    int crashes,
    boolean crashed) {
  static final String PUSHES = "pushes";

  /** Reads the records of a run whose node has ended. */
  static Evidence read(Path directory, Plan plan, boolean crashed)
      throws IOException, SQLException {
    List<String> pushes = new ArrayList<>();
    Journal.readAll(directory, PUSHES, pushes::add);
    try (Bank bank = Bank.open(directory)) {
      return new Evidence(
          ClientNotes.read(directory),
          Audit.read(directory),
          PaymentProvider.calls(directory),
          bank.lines(),
          pushes,
          CrashPoint.crashesBefore(directory, plan),
          crashed);
    }
  }
}
