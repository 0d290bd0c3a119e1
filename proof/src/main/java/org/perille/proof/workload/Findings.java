package org.perille.proof.workload;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Operation.CursorFound;
import org.perille.testkit.history.Operation.EffectFound;
import org.perille.testkit.history.Operation.EffectsRead;
import org.perille.testkit.history.Operation.LogRead;
import org.perille.testkit.history.Operation.MessageRead;
import org.perille.testkit.history.Operation.Stored;
import org.perille.testkit.history.Recorder;

/** Reads and records the final state of a run. */
final class Findings {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  /** The position of a message in the log. */
  private record Position(int partition, long offset) {}

  private static final Position NOWHERE = new Position(-1, -1);

  private final Perille perille;
  private final Witness witness;
  private final Recorder recorder;
  private final String reader;
  private final Map<String, Position> positions = new HashMap<>();
  private final Map<String, List<StoredMessage<Item>>> logs = new HashMap<>();

  Findings(Perille perille, Witness witness) {
    this.perille = perille;
    this.witness = witness;
    this.recorder = witness.recorder();
    this.reader = witness.process();
  }

  /**
   * Reads each key up to the end of its partition, as it was before.
   *
   * <p>So messages that are still being appended don't look like gaps. An offset below the end that
   * no key has is a gap.
   */
  void readLog(
      Topic<Item> topic,
      List<String> keys,
      Subscription<Item> subscription,
      Consumer<StoredMessage<Item>> each)
      throws Exception {
    Map<Integer, Long> ends = new HashMap<>();
    await(perille.subscription(subscription).status())
        .partitions()
        .forEach(p -> ends.put(p.partition(), p.endOffset()));
    for (String key : keys) {
      run(
          perille
              .topic(topic)
              .key(key)
              .history()
              .filter(message -> message.offset() < ends.get(message.partition()))
              .map(
                  message -> {
                    each.accept(message);
                    return read(topic, message);
                  }));
    }
    ends.forEach(
        (partition, end) ->
            recorder.record(new LogRead(Witness.now(), reader, topic.name(), partition, end)));
  }

  /** Reads a topic without subscriptions, when nothing is appended to it any more. */
  void readMessages(Topic<Item> topic, List<String> keys) throws Exception {
    for (String key : keys) {
      run(perille.topic(topic).key(key).history().map(message -> read(topic, message)));
    }
  }

  private String read(Topic<Item> topic, StoredMessage<Item> message) {
    witness.judge("in the log", message.key(), message.payload());
    recorder.record(
        new MessageRead(
            Witness.now(),
            reader,
            topic.name(),
            message.partition(),
            message.offset(),
            message.key(),
            message.payload().value(),
            message.messageId().map(MessageId::value).orElse("")));
    logs.computeIfAbsent(topic.name(), any -> new ArrayList<>()).add(message);
    positions.put(message.payload().value(), new Position(message.partition(), message.offset()));
    return message.key();
  }

  /**
   * Records the cursors of partitions without deferred messages. In other partitions the status is
   * ahead of these messages.
   */
  void readCursors(Subscription<Item> subscription) throws Exception {
    await(perille.subscription(subscription).status()).partitions().stream()
        .filter(
            p ->
                p.problems().waiting() + p.problems().retrying() == 0 && p.nextOffset().isPresent())
        .forEach(
            p ->
                recorder.record(
                    new CursorFound(
                        Witness.now(),
                        Witness.firstName(subscription),
                        p.partition(),
                        Operation.UNKNOWN_EPOCH,
                        p.nextOffset().getAsLong(),
                        List.of())));
  }

  /** Records the dead letters, and checks all other queries for them. */
  void readDeadLetters(Subscription<Item> subscription) throws Exception {
    List<DeadLetter> all = noteDeadLetters(subscription);
    new LetterQueries(perille, witness, subscription, all).judge(this::valueOf);
  }

  /** Records the dead letters that a subscription has, and returns them. */
  List<DeadLetter> noteDeadLetters(Subscription<Item> subscription) throws Exception {
    List<DeadLetter> all =
        await(
            perille
                .subscription(subscription)
                .deadLetters()
                .list(DeadLetterFilter.all())
                .runWith(Sink.seq(), perille.system()));
    all.forEach(witness::deadLettered);
    return all;
  }

  private String valueOf(DeadLetter letter) {
    return messagesOf(letter.topic()).stream()
        .filter(
            message ->
                message.partition() == letter.partition() && message.offset() == letter.offset())
        .map(message -> message.payload().value())
        .findFirst()
        .orElse("not in the log");
  }

  /** Returns the messages of a topic whose log was read. */
  List<StoredMessage<Item>> messagesOf(Topic<Item> topic) {
    return messagesOf(topic.name());
  }

  private List<StoredMessage<Item>> messagesOf(String topic) {
    return logs.getOrDefault(topic, List.of());
  }

  /** Records the messages that were passed on as effects of the messages of the first topic. */
  void readPassedOn(Topic<Item> topic, List<String> keys, String name) throws Exception {
    for (String key : keys) {
      run(perille.topic(topic).key(key).history().map(message -> foundPassedOn(name, message)));
    }
    recorder.record(new EffectsRead(Witness.now(), name));
  }

  private String foundPassedOn(String name, StoredMessage<Item> message) {
    String value = Workload.original(message.payload().value());
    Position position = positions.getOrDefault(value, NOWHERE);
    recorder.record(
        new EffectFound(
            Witness.now(),
            message.offset(),
            name,
            position.partition(),
            position.offset(),
            message.key(),
            value,
            Operation.UNKNOWN_EPOCH));
    return value;
  }

  /** Records an effect for each event that an event-sourced subscription has stored. */
  void readKeyEffects(
      Subscription<Item> subscription, List<String> keys, Function<Object, String> valueOf)
      throws Exception {
    String name = Witness.firstName(subscription);
    for (String key : keys) {
      AtomicLong order = new AtomicLong();
      run(
          perille
              .subscription(subscription)
              .key(key)
              .effects()
              .map(
                  effect -> {
                    for (Object event : effect.events()) {
                      String value = valueOf.apply(event);
                      recorder.record(
                          new EffectFound(
                              Witness.now(),
                              order.incrementAndGet(),
                              name,
                              positions.getOrDefault(value, NOWHERE).partition(),
                              effect.offset(),
                              key,
                              value,
                              Operation.UNKNOWN_EPOCH));
                    }
                    return effect;
                  }));
    }
    recorder.record(new EffectsRead(Witness.now(), name));
  }

  void readEffectTable(Connection connection, List<Subscription<Item>> subscriptions)
      throws SQLException {
    EffectTable.read(
        connection,
        row ->
            recorder.record(
                new EffectFound(
                    Witness.now(),
                    row.seq(),
                    row.subscription(),
                    row.partition(),
                    row.offset(),
                    row.key(),
                    row.value(),
                    Operation.UNKNOWN_EPOCH)));
    for (Subscription<Item> subscription : subscriptions) {
      recorder.record(new EffectsRead(Witness.now(), Witness.firstName(subscription)));
    }
  }

  /**
   * Records the writers of the journal in the order of its events.
   *
   * <p>If a writer appears again behind its successor, its epoch is lower.
   */
  void readJournal(Connection connection) throws SQLException {
    Map<String, Long> epochs = new HashMap<>();
    String persistenceId = "";
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                // Quoted, because H2 would look for upper case.
                "SELECT \"persistence_id\", \"sequence_number\", \"writer\" FROM"
                    + " \"perille_journal\" ORDER BY \"persistence_id\", \"sequence_number\"")) {
      while (row.next()) {
        if (!persistenceId.equals(row.getString(1))) {
          persistenceId = row.getString(1);
          epochs.clear();
        }
        long epoch = epochs.computeIfAbsent(row.getString(3), writer -> epochs.size() + 1L);
        recorder.record(new Stored(Witness.now(), persistenceId, row.getLong(2), epoch));
      }
    }
  }

  void run(Source<?, ?> source) throws InterruptedException, ExecutionException, TimeoutException {
    await(source.runWith(Sink.ignore(), perille.system()));
  }

  static <T> T await(CompletionStage<T> stage)
      throws InterruptedException, ExecutionException, TimeoutException {
    return stage.toCompletableFuture().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }
}
