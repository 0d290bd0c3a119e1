package org.perille.proof.workload;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.perille.EventSourcedSubscription;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.StartPosition;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.testkit.history.Operation.Begun;
import org.perille.testkit.history.Operation.LetterPublished;
import org.perille.testkit.history.Operation.LettersRead;
import org.perille.testkit.history.Operation.Skipped;
import org.perille.testkit.history.Recorder;

/** The audit of the topic of features: it reads all messages, and sends all possible queries. */
final class FeatureAudit {
  private static final String LETTER_HEADER = "perille-dead-letter-";

  private final Perille perille;
  private final Workload workload;
  private final Features features;
  private final Witness witness;
  private final Recorder recorder;
  private final Findings findings;

  FeatureAudit(Perille perille, Workload workload, Witness witness, Findings findings) {
    this.perille = perille;
    this.workload = workload;
    this.features = workload.features();
    this.witness = witness;
    this.recorder = witness.recorder();
    this.findings = findings;
  }

  /**
   * Reads the messages and sends the queries.
   *
   * @param last the last message of each key, by its key
   */
  void read(Map<String, Receipt> last) throws Exception {
    findings.readLog(
        Features.TOPIC,
        Features.keys(),
        features.calling(),
        message ->
            FeatureHeaders.judge(witness, "in the log", message.payload(), message.headers()));
    findings.readMessages(Features.RESULTS, Features.keys());
    findings.readPassedOn(Features.RESULTS, Features.keys(), Features.CALLING_PASSED_ON);
    ask(last);
    readBeginnings();
    Optional<EventSourcedSubscription<Item, Tallying.Tally>> tallying = features.tallying();
    if (tallying.isPresent()) {
      readTallying(tallying.get());
    }
    for (String key : Features.keys()) {
      findings.run(perille.topic(Features.LETTERS).key(key).history().map(this::foundLetter));
    }
    for (Subscription<Item> subscription : features.publishingLetters()) {
      recorder.record(new LettersRead(Witness.now(), Witness.firstName(subscription)));
    }
    for (Subscription<Item> subscription : features.durable()) {
      findings.readCursors(subscription);
    }
  }

  /** Checks that all queries are answered, once there are no faults and everything is handled. */
  private void ask(Map<String, Receipt> last) throws InterruptedException {
    FeatureQuestions questions = new FeatureQuestions(perille, workload, witness);
    for (Map.Entry<String, Receipt> message : last.entrySet()) {
      String answer = "answered";
      try {
        Object unused = Findings.await(questions.askAll(message.getKey(), message.getValue()));
      } catch (ExecutionException | TimeoutException e) {
        answer = e.toString();
      }
      witness.compared("questions about " + message.getValue(), "answered", answer);
    }
  }

  private void readBeginnings() {
    for (int partition = 0; partition < Features.TOPIC.partitions(); partition++) {
      begun(features.fromOffset(), partition, Features.FIRST_OFFSET);
    }
  }

  private void readTallying(EventSourcedSubscription<Item, Tallying.Tally> tallying)
      throws Exception {
    Instant begin = ((StartPosition.Timestamp) tallying.start()).timestamp();
    Map<Integer, Long> first = new HashMap<>();
    for (StoredMessage<Item> message : findings.messagesOf(Features.TOPIC)) {
      if (message.publishedAt().isBefore(begin)) {
        first.merge(message.partition(), message.offset() + 1, Math::max);
      }
      Feature feature = Feature.told(message.payload().value());
      if (feature == Feature.EXPIRED || (feature == Feature.LASTING && !workload.oneClock())) {
        recorder.record(
            new Skipped(
                Witness.now(), Witness.firstName(tallying), message.partition(), message.offset()));
      }
    }
    for (int partition = 0; partition < Features.TOPIC.partitions(); partition++) {
      begun(tallying, partition, first.getOrDefault(partition, 0L));
    }
    findings.readKeyEffects(tallying, Features.keys(), event -> ((Tallying.Tallied) event).value());
  }

  private void begun(Subscription<Item> subscription, int partition, long offset) {
    recorder.record(new Begun(Witness.now(), Witness.firstName(subscription), partition, offset));
  }

  private String foundLetter(StoredMessage<Item> letter) {
    Map<String, String> headers = new HashMap<>(letter.headers());
    headers.keySet().removeIf(name -> name.startsWith(LETTER_HEADER));
    FeatureHeaders.judge(witness, "in the dead-letter topic", letter.payload(), headers);
    recorder.record(
        new LetterPublished(
            Witness.now(),
            header(letter, "subscription"),
            Integer.parseInt(header(letter, "partition")),
            Long.parseLong(header(letter, "offset")),
            letter.key(),
            letter.payload().value()));
    return letter.key();
  }

  private static String header(StoredMessage<Item> letter, String name) {
    return letter.headers().getOrDefault(LETTER_HEADER + name, "-1");
  }
}
