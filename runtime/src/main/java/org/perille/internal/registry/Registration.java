package org.perille.internal.registry;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.perille.ConfigurationException;
import org.perille.spi.CursorPlace;
import org.perille.spi.RegisteredSubscription;
import org.perille.spi.SubscriptionKind;

/**
 * Compares the subscriptions that a node defines with the registered ones.
 *
 * <p>It decides for each whether it starts unchanged, continues another one, or is refused. Pure,
 * except for queries of stored facts.
 */
public final class Registration {
  /**
   * The decision that a subscription may start.
   *
   * @param registered the record for the registry
   * @param notice a message for the log; usually empty
   * @param warning a warning for the log; usually empty
   * @param newWithHistory true if it is new, has no start position, and its topic has messages
   */
  public record Start(
      DefinedSubscription defined,
      RegisteredSubscription registered,
      Optional<String> notice,
      Optional<String> warning,
      boolean newWithHistory) {}

  private final Collection<RegisteredSubscription> known;
  private final StoredFacts facts;
  private final Instant now;

  public Registration(Collection<RegisteredSubscription> known, StoredFacts facts, Instant now) {
    this.known = List.copyOf(known);
    this.facts = facts;
    this.now = now;
  }

  /**
   * Decides for all subscriptions of a node.
   *
   * @param running topics and stored names of the subscriptions that this node runs already
   * @throws ConfigurationException if one of them is refused; then none may start
   */
  public List<Start> decide(Collection<DefinedSubscription> defined, Set<StoredName> running) {
    Set<StoredName> taken = new HashSet<>(running);
    List<Start> starts = new ArrayList<>();
    for (DefinedSubscription subscription : defined) {
      Start start = decide(subscription);
      RegisteredSubscription registered = start.registered;
      if (!taken.add(new StoredName(registered.topic(), registered.storedName()))) {
        throw new ConfigurationException(
            "%s is defined twice, once by a former name: '%s' is now named '%s'. Define it once; a new subscription needs a name that no other one had"
                .formatted(subscription, registered.storedName(), registered.name()));
      }
      starts.add(start);
    }
    return starts;
  }

  private Start decide(DefinedSubscription defined) {
    Optional<RegisteredSubscription> same =
        find(defined.topic(), defined.name())
            .or(
                () ->
                    known.stream()
                        .filter(r -> r.isKnownAs(defined.topic(), defined.name()))
                        .findFirst());
    if (same.isPresent()) {
      return goOn(defined, same.get());
    }
    if (defined.formerName().isPresent()) {
      return rename(defined, defined.formerName().get());
    }
    return begin(defined, defined.name(), List.of());
  }

  private Optional<RegisteredSubscription> find(String topic, String name) {
    return known.stream().filter(r -> r.topic().equals(topic) && r.name().equals(name)).findFirst();
  }

  /** Decides for a subscription with a row, under its name or a former one. */
  private Start goOn(DefinedSubscription defined, RegisteredSubscription registered) {
    defined
        .formerName()
        .filter(former -> !registered.isKnownAs(defined.topic(), former))
        .flatMap(former -> find(defined.topic(), former))
        .ifPresent(
            other -> {
              throw new ConfigurationException(
                  "%s can't continue '%s': both are registered, with a cursor each (first seen %s and %s), and formerly(...) counts only at the first start. Remove it, or choose a name that no subscription had, and let that continue '%s'"
                      .formatted(
                          defined,
                          other.name(),
                          registered.firstSeen(),
                          other.firstSeen(),
                          other.name()));
            });
    Optional<String> warning =
        registered.name().equals(defined.name())
            ? Optional.empty()
            : Optional.of(
                "%s is now named '%s': this node uses its former name, and both are one subscription. Give this node the new definition"
                    .formatted(defined, registered.name()));
    Optional<String> notice =
        registered
            .removed()
            .map(
                at ->
                    "%s was removed at %s, and is defined again: it continues at its cursor"
                        .formatted(defined, at));
    return compare(
        defined, registered, registered.name(), registered.formerNames(), notice, warning);
  }

  private Start rename(DefinedSubscription defined, String formerName) {
    Optional<RegisteredSubscription> former =
        find(defined.topic(), formerName)
            .or(
                () ->
                    known.stream()
                        .filter(r -> r.isKnownAs(defined.topic(), formerName))
                        .findFirst());
    if (former.isPresent()) {
      RegisteredSubscription before = former.get();
      List<String> names = new ArrayList<>(before.formerNames());
      names.add(before.name());
      return compare(
          defined,
          before,
          defined.name(),
          names,
          Optional.of(
              "%s continues '%s': cursor, dead letters and delivery ids are those of '%s'"
                  .formatted(defined, before.name(), before.storedName())),
          Optional.empty());
    }
    if (hasCursor(defined, formerName)) {
      return begin(defined, formerName, List.of(formerName));
    }
    if (!defined.startChosen() && facts.hasMessages(defined.topic())) {
      throw new ConfigurationException(
          "%s can't continue '%s': the topic has messages, and no subscription is known under that name%s. Correct formerly(...), or remove it and add startingAt(...)"
              .formatted(defined, formerName, RegistrationMessages.others(defined, known)));
    }
    return begin(defined, defined.name(), List.of());
  }

  /**
   * Decides for a subscription without a row: it is new, or its table of cursors is older than the
   * registry, because Perille's database was emptied or restored.
   */
  private Start begin(DefinedSubscription defined, String storedName, List<String> formerNames) {
    Optional<CursorPlace> place = place(defined, storedName);
    RegisteredSubscription row =
        new RegisteredSubscription(
            defined.topic(),
            storedName,
            defined.name(),
            formerNames,
            defined.kind(),
            defined.guarantee(),
            place.map(CursorPlace::description),
            now,
            now,
            Optional.empty());
    if (hasCursor(defined, storedName)) {
      return new Start(
          defined,
          row,
          Optional.of("%s is registered, and continues at its stored cursor".formatted(defined)),
          Optional.empty(),
          false);
    }
    boolean warn = !defined.startChosen() && facts.hasMessages(defined.topic());
    return new Start(defined, row, Optional.empty(), Optional.empty(), warn);
  }

  private boolean hasCursor(DefinedSubscription defined, String storedName) {
    return !facts.cursorsInJournal(defined.topic(), storedName).isEmpty()
        || place(defined, storedName).filter(place -> !place.partitions().isEmpty()).isPresent();
  }

  private Optional<CursorPlace> place(DefinedSubscription defined, String storedName) {
    return defined.kind() == SubscriptionKind.TRANSACTIONAL
        ? facts.cursorPlace(defined, storedName)
        : Optional.empty();
  }

  private Start compare(
      DefinedSubscription defined,
      RegisteredSubscription registered,
      String name,
      List<String> formerNames,
      Optional<String> notice,
      Optional<String> warning) {
    Change change =
        Change.of(registered.kind(), registered.guarantee(), defined.kind(), defined.guarantee());
    if (change instanceof Change.Refused refused) {
      throw RegistrationMessages.refusal(defined, registered, refused);
    }
    Optional<CursorPlace> place = place(defined, registered.storedName());
    Optional<String> said = notice;
    Optional<String> warned = warning;
    if (change instanceof Change.HandedOver) {
      requireEmpty(defined, registered, place);
      said = Optional.of(join(notice, RegistrationMessages.handedOver(defined, registered)));
    } else if (defined.kind() == SubscriptionKind.TRANSACTIONAL) {
      if (!isMoved(registered, place)) {
        warned =
            place
                .flatMap(known -> withoutCursor(defined, registered, known))
                .map(w -> join(warning, w))
                .or(() -> warning);
      } else {
        String before = registered.cursorPlace().orElseThrow();
        requireMoved(defined, registered, before, place.orElseThrow());
        said =
            Optional.of(
                join(
                    notice,
                    "%s continues at its cursors in %s; they were in %s"
                        .formatted(defined, place.orElseThrow().description(), before)));
      }
    }
    RegisteredSubscription row =
        new RegisteredSubscription(
            registered.topic(),
            registered.storedName(),
            name,
            formerNames,
            defined.kind(),
            defined.guarantee(),
            defined.kind() == SubscriptionKind.TRANSACTIONAL
                ? place.map(CursorPlace::description).or(registered::cursorPlace)
                : Optional.empty(),
            registered.firstSeen(),
            now,
            Optional.empty());
    return new Start(defined, row, said, warned, false);
  }

  private static String join(Optional<String> before, String text) {
    return before.map(first -> first + ". " + text).orElse(text);
  }

  /**
   * Requires that the place has no cursors. An outdated cursor would be confused with the one to
   * hand over.
   */
  private static void requireEmpty(
      DefinedSubscription defined,
      RegisteredSubscription registered,
      Optional<CursorPlace> reported) {
    if (defined.kind() != SubscriptionKind.TRANSACTIONAL) {
      return;
    }
    CursorPlace place =
        reported.orElseThrow(
            () ->
                RegistrationMessages.refusal(
                    defined,
                    registered,
                    new Change.Refused("its handler doesn't report where it stores cursors", "")));
    if (!place.partitions().isEmpty()) {
      throw RegistrationMessages.refusal(
          defined,
          registered,
          new Change.Refused(
              "%s has outdated cursors of it, for partitions %s"
                  .formatted(place.description(), new TreeSet<>(place.partitions())),
              "Or delete these rows (topic = '%s', subscription = '%s') while no node runs it: then it continues at the cursor in the journal."
                  .formatted(registered.topic(), registered.storedName())));
    }
  }

  private static boolean isMoved(RegisteredSubscription registered, Optional<CursorPlace> place) {
    return place.isPresent()
        && registered.cursorPlace().isPresent()
        && !registered.cursorPlace().equals(place.map(CursorPlace::description));
  }

  /**
   * Returns the partitions in which it has worked, without a cursor in this place or one to hand
   * over.
   */
  private Set<Integer> missing(RegisteredSubscription registered, CursorPlace place) {
    Set<Integer> missing = new TreeSet<>(facts.begun(registered.topic(), registered.storedName()));
    missing.removeAll(place.partitions());
    missing.removeAll(facts.cursorsInJournal(registered.topic(), registered.storedName()));
    return missing;
  }

  private void requireMoved(
      DefinedSubscription defined,
      RegisteredSubscription registered,
      String before,
      CursorPlace place) {
    Set<Integer> missing = missing(registered, place);
    if (!missing.isEmpty()) {
      throw new ConfigurationException(
          "%s has its cursors in %s, and its definition stores them in %s, which has none for partitions %s: all messages would be handled again. Give it the DataSource and the cursor table that it had; or stop it on all nodes, copy its rows (topic = '%s', subscription = '%s') with all columns to the new table, delete them in the old one, and start it"
              .formatted(
                  defined,
                  before,
                  place.description(),
                  missing,
                  registered.topic(),
                  registered.storedName()));
    }
  }

  private Optional<String> withoutCursor(
      DefinedSubscription defined, RegisteredSubscription registered, CursorPlace place) {
    Set<Integer> missing = missing(registered, place);
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s has worked on partitions %s, and %s has no cursor for them: they start at the start position, and ALL their messages are handled again. If the table or its database was emptied or replaced by mistake, stop now and restore it"
                .formatted(defined, missing, place.description()));
  }
}
