package org.perille.proof.workload;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.pekko.stream.javadsl.Sink;
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
  /** The end of the last offset in the value of a message with a condition. */
  static final char AFTER_LAST = ':';

  /** The last offset of a key without messages. */
  static final String FIRST = "none";

  private static final String LETTER_HEADER = "perille-dead-letter-";
  private static final long READ_AGAIN_AFTER_MILLIS = 200;

  private final Perille perille;
  private final Workload workload;
  private final Features features;
  private final Witness witness;
  private final Recorder recorder;
  private final Findings findings;
  private final Duration timeout;

  /**
   * Creates an audit.
   *
   * @param timeout the time within which the dead-letter topic must have all dead letters
   */
  FeatureAudit(
      Perille perille, Workload workload, Witness witness, Findings findings, Duration timeout) {
    this.timeout = timeout;
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
    readConditions();
    readBeginnings();
    Optional<EventSourcedSubscription<Item, Tallying.Tally>> tallying = features.tallying();
    if (tallying.isPresent()) {
      readTallying(tallying.get());
    }
    letters().forEach(this::found);
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

  /** Checks that all conditions of stored messages have held. */
  private void readConditions() {
    Map<String, String> last = new HashMap<>();
    findings.messagesOf(Features.TOPIC).stream()
        .sorted(Comparator.comparingLong(StoredMessage::offset))
        .forEach(
            message -> {
              String before = last.getOrDefault(message.key(), FIRST);
              String value = message.payload().value();
              if (Feature.told(value) == Feature.CONDITIONAL) {
                witness.compared(
                    "the last offset before " + value + " in partition " + message.partition(),
                    value.substring(0, value.indexOf(AFTER_LAST)),
                    before);
              }
              last.put(message.key(), Long.toString(message.offset()));
            });
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

  /**
   * Returns the messages of the dead-letter topic, once it has those that are known.
   *
   * <p>A message is finished before it is there. A publisher that a fault has stopped sends again
   * after some seconds.
   */
  private List<StoredMessage<Item>> letters() throws Exception {
    Set<String> wanted = new HashSet<>();
    for (Subscription<Item> subscription : features.publishingLetters()) {
      findings.noteDeadLetters(subscription);
      wanted.addAll(witness.letters(subscription.name()));
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    List<StoredMessage<Item>> found = readLetters();
    while (!names(found).containsAll(wanted) && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(READ_AGAIN_AFTER_MILLIS);
      found = readLetters();
    }
    return found;
  }

  private static Set<String> names(List<StoredMessage<Item>> letters) {
    return letters.stream()
        .map(
            letter ->
                Witness.nameOf(
                    header(letter, "subscription"),
                    Long.parseLong(header(letter, "partition")),
                    Long.parseLong(header(letter, "offset"))))
        .collect(Collectors.toSet());
  }

  private List<StoredMessage<Item>> readLetters() throws Exception {
    List<StoredMessage<Item>> letters = new ArrayList<>();
    for (String key : Features.keys()) {
      letters.addAll(
          Findings.await(
              perille
                  .topic(Features.LETTERS)
                  .key(key)
                  .history()
                  .runWith(Sink.seq(), perille.system())));
    }
    return letters;
  }

  private void found(StoredMessage<Item> letter) {
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
  }

  private static String header(StoredMessage<Item> letter, String name) {
    return letter.headers().getOrDefault(LETTER_HEADER + name, "-1");
  }
}
