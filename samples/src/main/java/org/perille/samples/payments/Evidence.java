package org.perille.samples.payments;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.perille.samples.launch.Journal;

/**
 * What has happened, by those whom it has happened to.
 *
 * @param client what the client was told
 * @param audit what the node says of the topics and the ledger
 * @param calls what the provider has been asked for, in order
 * @param statements the accounts' statements
 * @param pushes payments whose push was sent, once for each time
 * @param crashes how many of the plan's crashes have happened
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

  /** Reads what a run has left, when its node has ended. */
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
