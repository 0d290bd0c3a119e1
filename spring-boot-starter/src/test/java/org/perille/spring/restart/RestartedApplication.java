package org.perille.spring.restart;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.perille.Codec;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.Guarantee;
import org.perille.PerilleMessage;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.jackson.Jackson2Codec;
import org.perille.jackson.Jackson3Codec;
import org.perille.spring.PerilleSubscription;
import org.perille.spring.SpringOutbox;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * An application whose classes a test loads anew for each start, as spring-boot-devtools does. The
 * test knows its beans by types of the JDK.
 */
@EnableAutoConfiguration
@Configuration(proxyBeanMethods = false)
class RestartedApplication {
  record Note(String author, String text) implements PerilleMessage {}

  /** A message that a codec converts. */
  record Letter(String author, String text) {}

  /** A message that another codec converts. */
  record Postcard(String author, String text) {}

  record Count(int notes) implements PerilleMessage {}

  record Counted(String text) implements PerilleMessage {}

  @Bean
  List<String> seen() {
    return new CopyOnWriteArrayList<>();
  }

  @Bean
  Topic<Note> notes() {
    return Topic.of("notes", Note.class).keyedBy(Note::author).withPartitions(1);
  }

  @Bean
  Topic<Letter> letters() {
    Codec<Letter> codec = Jackson2Codec.of(Letter.class);
    return Topic.of("letters", codec).keyedBy(Letter::author).withPartitions(1);
  }

  @Bean
  Topic<Postcard> postcards() {
    Codec<Postcard> codec = Jackson3Codec.of(Postcard.class);
    return Topic.of("postcards", codec).keyedBy(Postcard::author).withPartitions(1);
  }

  /** Publishes to each topic, through a publisher and through the outbox. */
  @Bean
  Consumer<String> publishing(
      Publisher<Note> notes,
      Publisher<Letter> letters,
      Publisher<Postcard> postcards,
      Topic<Note> topic,
      SpringOutbox outbox,
      TransactionTemplate transaction) {
    return text -> {
      notes.publish(new Note("anna", "note " + text)).toCompletableFuture().join();
      letters.publish(new Letter("anna", "letter " + text)).toCompletableFuture().join();
      postcards.publish(new Postcard("anna", "postcard " + text)).toCompletableFuture().join();
      transaction.executeWithoutResult(
          status -> outbox.publish(topic, new Note("bert", "outbox " + text)));
    };
  }

  /** Stores states and events of each key. */
  @Bean
  Subscription<Note> counting(Topic<Note> notes, List<String> seen) {
    return Subscription.of("counting", notes).effectivelyOnce(new Counter(seen));
  }

  private record Counter(List<String> seen) implements EventSourcedHandler<Note, Count, Counted> {
    @Override
    public Class<Count> stateType() {
      return Count.class;
    }

    @Override
    public Class<Counted> eventType() {
      return Counted.class;
    }

    @Override
    public Count emptyState() {
      return new Count(0);
    }

    @Override
    public Effect<Counted> handle(Count state, Delivery<Note> delivery) {
      Note note = delivery.payload();
      seen.add("%s is number %d".formatted(note.text(), state.notes() + 1));
      return Effect.of(new Counted(note.text()));
    }

    @Override
    public Count apply(Count state, Counted event) {
      return new Count(state.notes() + 1);
    }
  }

  /** Handlers that begin with the second start. */
  @Component
  @ConditionalOnBooleanProperty("restarted")
  static class Late {
    private final List<String> seen;

    Late(List<String> seen) {
      this.seen = seen;
    }

    @PerilleSubscription(name = "late", topic = "notes", guarantee = Guarantee.EFFECTIVELY_ONCE)
    void note(Note note) {
      seen.add("late " + note.text());
    }

    @PerilleSubscription(name = "late", topic = "letters", guarantee = Guarantee.AT_LEAST_ONCE)
    void letter(Letter letter) {
      seen.add("late " + letter.text());
    }

    @PerilleSubscription(name = "late", topic = "postcards", guarantee = Guarantee.AT_LEAST_ONCE)
    void postcard(Postcard postcard) {
      seen.add("late " + postcard.text());
    }
  }
}
