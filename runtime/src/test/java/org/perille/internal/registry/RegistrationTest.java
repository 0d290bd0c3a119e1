package org.perille.internal.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Guarantee;
import org.perille.internal.registry.Registration.Start;
import org.perille.spi.CursorPlace;
import org.perille.spi.RegisteredSubscription;
import org.perille.spi.SubscriptionKind;

/** The decisions at a start about changed, renamed, new or missing subscriptions. */
class RegistrationTest {
  private static final Instant FIRST = Instant.parse("2026-01-02T03:04:05Z");
  private static final Instant LAST = Instant.parse("2026-02-02T03:04:05Z");
  private static final Instant NOW = Instant.parse("2026-03-02T03:04:05Z");
  private static final String PLACE = "jdbc:h2:file:/a, table PUBLIC.perille_cursor";

  /** A kind with its guarantee. */
  private record Form(SubscriptionKind kind, Guarantee guarantee) {}

  private static final Form AT_MOST_ONCE =
      new Form(SubscriptionKind.FUNCTION, Guarantee.AT_MOST_ONCE);
  private static final Form AT_LEAST_ONCE =
      new Form(SubscriptionKind.FUNCTION, Guarantee.AT_LEAST_ONCE);
  private static final Form JDBC =
      new Form(SubscriptionKind.TRANSACTIONAL, Guarantee.EFFECTIVELY_ONCE);
  private static final Form EVENT_SOURCED =
      new Form(SubscriptionKind.EVENT_SOURCED, Guarantee.EFFECTIVELY_ONCE);
  private static final Form PUBLISHING =
      new Form(SubscriptionKind.PUBLISHING, Guarantee.EFFECTIVELY_ONCE);
  private static final Form CALLING = new Form(SubscriptionKind.CALLING, Guarantee.AT_LEAST_ONCE);
  private static final List<Form> FORMS =
      List.of(AT_MOST_ONCE, AT_LEAST_ONCE, JDBC, EVENT_SOURCED, PUBLISHING, CALLING);

  /** Facts of a test. */
  private static final class Facts implements StoredFacts {
    private final Map<String, Set<Integer>> journal = new HashMap<>();
    private final Map<String, Set<Integer>> begun = new HashMap<>();
    private final Map<String, Set<Integer>> table = new HashMap<>();
    private Optional<String> place = Optional.of(PLACE);
    private boolean messages;

    @Override
    public Set<Integer> cursorsInJournal(String topic, String storedName) {
      return journal.getOrDefault(storedName, Set.of());
    }

    @Override
    public Set<Integer> begun(String topic, String storedName) {
      return begun.getOrDefault(storedName, Set.of());
    }

    @Override
    public Optional<CursorPlace> cursorPlace(DefinedSubscription defined, String storedName) {
      return place.map(name -> new CursorPlace(name, table.getOrDefault(storedName, Set.of())));
    }

    @Override
    public boolean hasMessages(String topic) {
      return messages;
    }
  }

  private final Facts facts = new Facts();
  private final List<RegisteredSubscription> known = new ArrayList<>();

  private static DefinedSubscription defined(String name, Form form) {
    return new DefinedSubscription(
        "orders", name, Optional.empty(), form.kind, form.guarantee, false);
  }

  private static DefinedSubscription formerly(String name, String former, Form form) {
    return new DefinedSubscription(
        "orders", name, Optional.of(former), form.kind, form.guarantee, false);
  }

  private static RegisteredSubscription registered(String name, Form form) {
    return new RegisteredSubscription(
        "orders",
        name,
        name,
        List.of(),
        form.kind,
        form.guarantee,
        form.equals(JDBC) ? Optional.of(PLACE) : Optional.empty(),
        FIRST,
        LAST,
        Optional.empty());
  }

  private Start decide(DefinedSubscription defined) {
    return new Registration(known, facts, NOW).decide(List.of(defined), Set.of()).get(0);
  }

  private String refusal(DefinedSubscription defined) {
    try {
      decide(defined);
    } catch (ConfigurationException e) {
      return e.getMessage();
    }
    throw new AssertionError(defined + " was not refused");
  }

  @Test
  void every_change_of_kind_is_handed_over_or_refused() {
    Set<String> handedOver = new TreeSet<>();
    for (Form from : FORMS) {
      for (Form to : FORMS) {
        known.clear();
        known.add(registered("payment", from));
        if (from.equals(to)) {
          Start start = decide(defined("payment", to));
          assertThat(start.notice()).isEmpty();
          assertThat(start.warning()).isEmpty();
          assertThat(start.registered()).isEqualTo(known.get(0).seen(NOW));
          continue;
        }
        try {
          Start start = decide(defined("payment", to));
          handedOver.add(from.guarantee + " " + from.kind + " -> " + to.guarantee + " " + to.kind);
          assertThat(start.notice().orElseThrow()).contains("continues at its cursor");
          assertThat(start.registered().kind()).isEqualTo(to.kind);
          assertThat(start.registered().guarantee()).isEqualTo(to.guarantee);
          assertThat(start.registered().cursorPlace())
              .isEqualTo(to.equals(JDBC) ? Optional.of(PLACE) : Optional.empty());
          assertThat(start.registered().firstSeen()).isEqualTo(FIRST);
        } catch (ConfigurationException e) {
          assertThat(e)
              .hasMessageContaining("subscription 'payment' of topic 'orders' is registered as")
              .hasMessageContaining(from.kind.description())
              .hasMessageContaining("is defined as")
              .hasMessageContaining(to.kind.description())
              .hasMessageContaining(FIRST.toString())
              .hasMessageContaining("It can't continue at its cursor: ")
              .hasMessageContaining("Define it as it was")
              .hasMessageContaining("new name and startingAt(...)");
        }
      }
    }
    assertThat(handedOver)
        .containsExactly(
            "AT_LEAST_ONCE CALLING -> EFFECTIVELY_ONCE PUBLISHING",
            "AT_LEAST_ONCE FUNCTION -> AT_MOST_ONCE FUNCTION",
            "AT_LEAST_ONCE FUNCTION -> EFFECTIVELY_ONCE TRANSACTIONAL",
            "AT_MOST_ONCE FUNCTION -> AT_LEAST_ONCE FUNCTION",
            "AT_MOST_ONCE FUNCTION -> EFFECTIVELY_ONCE TRANSACTIONAL",
            "EFFECTIVELY_ONCE PUBLISHING -> AT_LEAST_ONCE CALLING");
  }

  @Test
  void a_jdbc_handler_may_keep_calling_a_function() {
    known.add(registered("payment", JDBC));
    assertThat(refusal(defined("payment", AT_LEAST_ONCE))).contains("leaves its connection unused");
  }

  @Test
  void a_cursor_table_with_rows_of_an_earlier_time_takes_no_cursor_over() {
    known.add(registered("payment", AT_LEAST_ONCE));
    facts.table.put("payment", Set.of(0, 3));
    assertThat(refusal(defined("payment", JDBC)))
        .contains(PLACE)
        .contains("[0, 3]")
        .contains("delete these rows");
  }

  @Test
  void a_handler_that_doesnt_tell_its_place_takes_no_cursor_over() {
    known.add(registered("payment", AT_LEAST_ONCE));
    facts.place = Optional.empty();
    assertThat(refusal(defined("payment", JDBC)))
        .contains("doesn't report where it stores cursors");
  }

  @Test
  void another_cursor_table_is_refused_until_it_has_the_rows() {
    known.add(registered("payment", JDBC));
    facts.place = Optional.of("jdbc:h2:file:/b, table PUBLIC.perille_cursor");
    facts.begun.put("payment", Set.of(0, 1, 2));
    facts.table.put("payment", Set.of(1));
    assertThat(refusal(defined("payment", JDBC)))
        .contains(PLACE)
        .contains(facts.place.orElseThrow())
        .contains("none for partitions [0, 2]")
        .contains("copy its rows (topic = 'orders', subscription = 'payment')");
    facts.table.put("payment", Set.of(0, 1, 2));
    Start start = decide(defined("payment", JDBC));
    assertThat(start.notice().orElseThrow()).contains(PLACE).contains(facts.place.orElseThrow());
    assertThat(start.registered().cursorPlace()).isEqualTo(facts.place);
  }

  @Test
  void another_cursor_table_is_fine_for_a_subscription_that_has_never_worked() {
    known.add(registered("payment", JDBC));
    facts.place = Optional.of("jdbc:h2:file:/b, table PUBLIC.perille_cursor");
    assertThat(decide(defined("payment", JDBC)).registered().cursorPlace()).isEqualTo(facts.place);
  }

  @Test
  void a_cursor_table_that_was_emptied_is_warned_of() {
    known.add(registered("payment", JDBC));
    facts.begun.put("payment", Set.of(0, 1));
    facts.table.put("payment", Set.of(1));
    assertThat(decide(defined("payment", JDBC)).warning().orElseThrow())
        .contains("partitions [0]")
        .contains("ALL their messages are handled again");
  }

  @Test
  void a_cursor_that_is_still_to_be_handed_over_is_not_missed() {
    known.add(registered("payment", JDBC));
    facts.begun.put("payment", Set.of(0, 1));
    facts.journal.put("payment", Set.of(0, 1));
    assertThat(decide(defined("payment", JDBC)).warning()).isEmpty();
  }

  @Test
  void a_new_subscription_of_an_empty_topic_starts_without_noise() {
    for (Form form : FORMS) {
      Start start = decide(defined("payment", form));
      assertThat(start.newWithHistory()).isFalse();
      assertThat(start.notice()).isEmpty();
      assertThat(start.warning()).isEmpty();
      assertThat(start.registered())
          .isEqualTo(
              new RegisteredSubscription(
                  "orders",
                  "payment",
                  "payment",
                  List.of(),
                  form.kind,
                  form.guarantee,
                  form.equals(JDBC) ? Optional.of(PLACE) : Optional.empty(),
                  NOW,
                  NOW,
                  Optional.empty()));
    }
  }

  @Test
  void a_new_subscription_of_a_topic_with_messages_must_say_where_it_begins() {
    facts.messages = true;
    known.add(registered("payment", AT_LEAST_ONCE));
    DefinedSubscription unsaid = defined("pay", AT_LEAST_ONCE);
    Start start = decide(unsaid);
    assertThat(start.newWithHistory()).isTrue();
    assertThat(RegistrationMessages.historyWarning(unsaid, "7,418 messages", known))
        .contains("'pay'")
        .contains("7,418 messages")
        .contains("ALL of them")
        .contains("startingAt(StartPosition.earliest())")
        .contains("formerly(\"its name\")")
        .contains("'payment' (last seen " + LAST + ")");
    DefinedSubscription said =
        new DefinedSubscription(
            "orders", "pay", Optional.empty(), AT_LEAST_ONCE.kind, AT_LEAST_ONCE.guarantee, true);
    assertThat(decide(said).newWithHistory()).isFalse();
  }

  @Test
  void a_subscription_that_an_older_version_has_stored_is_registered_and_goes_on() {
    facts.messages = true;
    facts.journal.put("mail", Set.of(2));
    facts.table.put("payment", Set.of(0));
    for (DefinedSubscription defined :
        List.of(defined("mail", AT_LEAST_ONCE), defined("payment", JDBC))) {
      Start start = decide(defined);
      assertThat(start.newWithHistory()).isFalse();
      assertThat(start.notice().orElseThrow()).contains("continues at its stored cursor");
    }
  }

  @Test
  void a_renamed_subscription_is_the_same_one_for_every_kind() {
    facts.messages = true;
    for (Form form : FORMS) {
      known.clear();
      known.add(registered("payment", form));
      Start start = decide(formerly("pay", "payment", form));
      assertThat(start.newWithHistory()).isFalse();
      assertThat(start.notice().orElseThrow()).contains("'pay'").contains("continues 'payment'");
      assertThat(start.registered().storedName()).isEqualTo("payment");
      assertThat(start.registered().name()).isEqualTo("pay");
      assertThat(start.registered().formerNames()).containsExactly("payment");
      // Again, without formerly, and a third time with another name.
      known.set(0, start.registered());
      assertThat(decide(formerly("pay", "payment", form)).notice()).isEmpty();
      assertThat(decide(defined("pay", form)).registered()).isEqualTo(start.registered());
      RegisteredSubscription third = decide(formerly("charge", "pay", form)).registered();
      assertThat(third.storedName()).isEqualTo("payment");
      assertThat(third.formerNames()).containsExactly("payment", "pay");
    }
  }

  @Test
  void a_node_with_a_former_name_works_on_the_same_subscription_and_is_warned() {
    known.add(registered("payment", AT_LEAST_ONCE));
    known.set(0, decide(formerly("pay", "payment", AT_LEAST_ONCE)).registered());
    known.set(0, decide(formerly("charge", "pay", AT_LEAST_ONCE)).registered());
    for (String former : List.of("payment", "pay")) {
      Start start = decide(defined(former, AT_LEAST_ONCE));
      assertThat(start.warning().orElseThrow()).contains("is now named 'charge'");
      assertThat(start.registered()).isEqualTo(known.get(0));
    }
  }

  @Test
  void a_name_and_its_former_name_are_not_two_subscriptions() {
    known.add(registered("payment", AT_LEAST_ONCE));
    List<DefinedSubscription> both =
        List.of(formerly("pay", "payment", AT_LEAST_ONCE), defined("payment", AT_LEAST_ONCE));
    assertThatThrownBy(() -> new Registration(known, facts, NOW).decide(both, Set.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("defined twice");
    assertThatThrownBy(
            () ->
                new Registration(known, facts, NOW)
                    .decide(
                        List.of(formerly("pay", "payment", AT_LEAST_ONCE)),
                        Set.of(new StoredName("orders", "payment"))))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void renaming_and_changing_the_kind_at_once_obeys_both_rules() {
    known.add(registered("payment", AT_LEAST_ONCE));
    Start start = decide(formerly("pay", "payment", JDBC));
    assertThat(start.notice().orElseThrow()).contains("continues 'payment'").contains("JDBC");
    assertThat(refusal(formerly("pay", "payment", EVENT_SOURCED))).contains("can't continue");
  }

  @Test
  void a_former_name_that_nobody_knows_is_refused_unless_there_is_nothing_to_lose() {
    assertThat(decide(formerly("pay", "paymnet", AT_LEAST_ONCE)).registered().storedName())
        .isEqualTo("pay");
    facts.messages = true;
    known.add(registered("payment", AT_LEAST_ONCE));
    assertThat(refusal(formerly("pay", "paymnet", AT_LEAST_ONCE)))
        .contains("no subscription is known under that name")
        .contains("'payment'");
    facts.journal.put("paymnet", Set.of(0));
    assertThat(decide(formerly("pay", "paymnet", AT_LEAST_ONCE)).registered().storedName())
        .isEqualTo("paymnet");
  }

  @Test
  void a_name_that_has_begun_itself_continues_no_other_one() {
    known.add(registered("payment", AT_LEAST_ONCE));
    known.add(registered("pay", AT_LEAST_ONCE));
    assertThat(refusal(formerly("pay", "payment", AT_LEAST_ONCE)))
        .contains("both are registered")
        .contains("choose a name that no subscription had");
    known.remove(0);
    assertThat(decide(formerly("pay", "payment", AT_LEAST_ONCE)).registered().storedName())
        .isEqualTo("pay");
  }

  @Test
  void a_removed_subscription_that_is_defined_again_goes_on_and_says_so() {
    known.add(registered("payment", AT_LEAST_ONCE).removed(LAST));
    Start start = decide(defined("payment", AT_LEAST_ONCE));
    assertThat(start.notice().orElseThrow()).contains("was removed at " + LAST);
    assertThat(start.registered().removed()).isEmpty();
    assertThat(refusal(defined("payment", EVENT_SOURCED))).contains("can't continue");
  }

  @Test
  void names_of_other_topics_mean_nothing() {
    facts.messages = true;
    known.add(registered("payment", JDBC));
    Start start =
        decide(
            new DefinedSubscription(
                "refunds",
                "payment",
                Optional.empty(),
                AT_LEAST_ONCE.kind,
                AT_LEAST_ONCE.guarantee,
                false));
    assertThat(start.newWithHistory()).isTrue();
  }

  @Test
  void what_no_node_runs_is_named_when_it_was_not_seen_for_a_while() {
    known.add(registered("gone", AT_LEAST_ONCE));
    known.add(registered("here", AT_LEAST_ONCE));
    known.add(registered("elsewhere", AT_LEAST_ONCE).seen(NOW.minusSeconds(60)));
    known.add(registered("removed", AT_LEAST_ONCE).removed(LAST));
    List<RegisteredSubscription> idle =
        IdleSubscriptions.of(
            known, Set.of(new StoredName("orders", "here")), NOW, Duration.ofMinutes(5));
    assertThat(idle).extracting(RegisteredSubscription::name).containsExactly("gone");
    assertThat(IdleSubscriptions.describe(idle.get(0)))
        .contains("'gone'")
        .contains(LAST.toString())
        .contains("perille.removeSubscription(\"orders\", \"gone\")");
  }
}
