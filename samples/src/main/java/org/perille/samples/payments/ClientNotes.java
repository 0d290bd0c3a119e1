package org.perille.samples.payments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.perille.Receipt;
import org.perille.samples.launch.Journal;

/** The client's receipts and answers, written to disk as they arrive. */
final class ClientNotes implements AutoCloseable {
  private static final String RECEIPTS = "receipts";
  private static final String ANSWERS = "answers";
  private static final String FIRST = "FIRST";
  private static final Pattern TAB = Pattern.compile("\t");

  /**
   * A publication that has its receipt.
   *
   * @param copy the kind of the repetition; empty for the first publication
   * @param place the partition and the offset of the receipt
   * @param duplicate the receipt's flag that the payment was stored before
   * @param process the process that has published it
   */
  record Publication(
      String paymentId,
      Optional<Plan.Copy> copy,
      String place,
      boolean duplicate,
      String process) {}

  /** An answer of the ledger, and the process that received it. */
  record Answer(Decision decision, String process) {}

  /** All notes of this process and those before it. */
  record Content(List<Publication> publications, Map<String, Answer> answers) {}

  private final String process;
  private final Journal receipts;
  private final Journal answers;

  private ClientNotes(String process, Journal receipts, Journal answers) {
    this.process = process;
    this.receipts = receipts;
    this.answers = answers;
  }

  /**
   * Opens the notes to append to them.
   *
   * @param process the process that writes from now on
   */
  static ClientNotes open(Path directory, String process) throws IOException {
    return new ClientNotes(
        process,
        Journal.open(directory, RECEIPTS, "client"),
        Journal.open(directory, ANSWERS, "client"));
  }

  static Content read(Path directory) {
    List<Publication> publications = new ArrayList<>();
    Journal.readAll(directory, RECEIPTS, line -> publications.add(publication(line)));
    Map<String, Answer> answers = new HashMap<>();
    Journal.readAll(
        directory,
        ANSWERS,
        line -> {
          Answer answer = answer(line);
          answers.put(answer.decision.paymentId(), answer);
        });
    return new Content(publications, answers);
  }

  private static Publication publication(String line) {
    String[] f = TAB.split(line, -1);
    return new Publication(
        f[0],
        f[1].equals(FIRST) ? Optional.empty() : Optional.of(Plan.Copy.valueOf(f[1])),
        f[2],
        Boolean.parseBoolean(f[3]),
        f[4]);
  }

  private static Answer answer(String line) {
    String[] f = TAB.split(line, -1);
    return new Answer(new Decision(f[0], Boolean.parseBoolean(f[1]), Long.parseLong(f[2])), f[3]);
  }

  void published(String paymentId, Optional<Plan.Copy> copy, Receipt receipt) throws IOException {
    receipts.append(
        String.join(
            "\t",
            paymentId,
            copy.map(Plan.Copy::name).orElse(FIRST),
            receipt.partition() + "/" + receipt.offset(),
            String.valueOf(receipt.duplicate()),
            process + ";"));
  }

  void answered(Decision decision) throws IOException {
    answers.append(
        String.join(
            "\t",
            decision.paymentId(),
            String.valueOf(decision.accepted()),
            String.valueOf(decision.balanceInCents()),
            process + ";"));
  }

  @Override
  public void close() throws IOException {
    receipts.close();
    answers.close();
  }
}
