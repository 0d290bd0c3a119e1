package org.perille.proof.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.perille.testkit.history.Phase;

/** The sequence of faults and their phases. Each pair comes once before any pair comes again. */
final class Schedule {
  /** A fault to inject. */
  record Entry(FaultKind kind, Phase phase) {}

  /** The number of faults of a brief run. If there are more kinds, the seed leaves some out. */
  static final int BRIEF_FAULTS = 7;

  private static final Set<Phase> KNOWN = EnumSet.complementOf(EnumSet.of(Phase.UNKNOWN));

  private final List<Entry> entries;
  private final Random random;
  private final Deque<Entry> left = new ArrayDeque<>();

  private Schedule(List<Entry> entries, Random random) {
    this.entries = List.copyOf(entries);
    this.random = random;
  }

  /** A fault, and another one that is injected while the first lasts. */
  record Pair(Entry first, Optional<Entry> meanwhile) {}

  /** Returns an endless schedule with every kind in every phase, in random order. */
  static Schedule endless(Predicate<FaultKind> possible, Random random) {
    List<Entry> entries = new ArrayList<>();
    for (FaultKind kind : FaultKind.values()) {
      if (possible.test(kind)) {
        phases(kind).forEach(phase -> entries.add(new Entry(kind, phase)));
      }
    }
    return new Schedule(entries, random);
  }

  /**
   * Returns an endless schedule of the faults that only break connections, for combination with
   * others.
   */
  static Schedule ofConnections(Predicate<FaultKind> possible, Random random) {
    return endless(kind -> kind.isBrief() && possible.test(kind), random);
  }

  /**
   * Returns pairs of different kinds, each kind once, with every phase at least once.
   *
   * <p>Kinds that only break connections are left out. At most one kind excludes others, and has no
   * partner, because such faults take longest. A fault during a handover is the first of its pair,
   * because no handover is started for the second.
   */
  static List<Pair> brief(Predicate<FaultKind> possible, Random random) {
    List<FaultKind> kinds =
        new ArrayList<>(
            Arrays.stream(FaultKind.values())
                .filter(kind -> possible.test(kind) && !kind.isBrief())
                .toList());
    Collections.shuffle(kinds, random);
    kinds.stream().filter(FaultKind::isExclusive).skip(1).toList().forEach(kinds::remove);
    // As many kinds that can have every phase as there are phases: their turns cover all of them.
    List<FaultKind> chosen =
        new ArrayList<>(
            kinds.stream().filter(Schedule::hasEveryPhase).limit(KNOWN.size()).toList());
    kinds.removeAll(chosen);
    chosen.addAll(kinds);
    List<Entry> entries = new ArrayList<>();
    int turn = 0;
    for (FaultKind kind : chosen.subList(0, Math.min(BRIEF_FAULTS, chosen.size()))) {
      List<Phase> phases = List.copyOf(phases(kind));
      int phase = hasEveryPhase(kind) ? turn++ % phases.size() : random.nextInt(phases.size());
      entries.add(new Entry(kind, phases.get(phase)));
    }
    List<Pair> pairs = new ArrayList<>();
    entries.stream()
        .filter(entry -> entry.kind().isExclusive())
        .forEach(entry -> pairs.add(new Pair(entry, Optional.empty())));
    entries.removeIf(entry -> entry.kind().isExclusive());
    entries.sort(Comparator.comparing(entry -> entry.phase() != Phase.HANDING_OFF));
    int firsts = (entries.size() + 1) / 2;
    for (int i = 0; i < firsts; i++) {
      int second = firsts + i;
      pairs.add(
          new Pair(
              entries.get(i),
              second < entries.size() ? Optional.of(entries.get(second)) : Optional.empty()));
    }
    Collections.shuffle(pairs, random);
    return pairs;
  }

  private static boolean hasEveryPhase(FaultKind kind) {
    return phases(kind).size() == KNOWN.size();
  }

  int size() {
    return entries.size();
  }

  /** Repeats a fault that hasn't hit its phase. It comes once more before the next round. */
  void missed(Entry entry) {
    left.add(entry);
  }

  Entry next() {
    if (left.isEmpty()) {
      List<Entry> shuffled = new ArrayList<>(entries);
      Collections.shuffle(shuffled, random);
      left.addAll(shuffled);
    }
    return left.remove();
  }

  /** Returns the phases in which a fault makes sense. */
  static Set<Phase> phases(FaultKind kind) {
    return switch (kind) {
      case COMMIT_ANSWER_LOST -> EnumSet.of(Phase.AFTER_WRITE);
      case COMMIT_REQUEST_LOST, COMMIT_LATE -> EnumSet.of(Phase.BEFORE_WRITE);
      case CLIENT_KILLED, CERTIFICATES_REPLACED -> EnumSet.of(Phase.UNKNOWN);
      // A split takes seconds until it is decided.
      case MAJORITY_KILLED,
          ALL_LINKS_FLAPPING,
          CLUSTER_SPLIT,
          LEASE_HOLDER_PAUSED,
          LEASE_HOLDER_WITHOUT_DATABASE ->
          EnumSet.of(Phase.UNKNOWN);
      case HALF_OPEN -> EnumSet.of(Phase.BEFORE_WRITE);
      // A start takes seconds, so a moment of a commit means nothing to it.
      case SECOND_CLUSTER -> EnumSet.of(Phase.RECOVERING, Phase.HANDING_OFF);
      default -> KNOWN;
    };
  }
}
