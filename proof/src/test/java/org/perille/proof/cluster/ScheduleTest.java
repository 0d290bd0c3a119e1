package org.perille.proof.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perille.proof.cluster.Schedule.Entry;
import org.perille.proof.cluster.Schedule.Pair;
import org.perille.testkit.history.Phase;

class ScheduleTest {
  /** Enough for kinds that few brief runs have. */
  private static final int MANY_SEEDS = 3_000;

  private static List<Entry> take(Schedule schedule, int count) {
    return Stream.generate(schedule::next).limit(count).toList();
  }

  @Test
  void every_kind_comes_in_every_phase_that_it_can_have_before_any_pair_comes_again() {
    Schedule schedule = Schedule.endless(kind -> true, new Random(1));
    Set<Entry> expected = new HashSet<>();
    for (FaultKind kind : FaultKind.values()) {
      Schedule.phases(kind).forEach(phase -> expected.add(new Entry(kind, phase)));
    }
    assertThat(take(schedule, schedule.size())).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(take(schedule, schedule.size())).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void what_has_missed_its_phase_comes_once_more_before_any_pair_comes_again() {
    Schedule schedule = Schedule.endless(kind -> true, new Random(1));
    Entry missed = schedule.next();
    schedule.missed(missed);
    assertThat(take(schedule, schedule.size()))
        .doesNotHaveDuplicates()
        .hasSize(schedule.size())
        .contains(missed);
  }

  @Test
  void the_same_seed_gives_the_same_faults_and_another_seed_others() {
    List<Entry> faults = take(Schedule.endless(kind -> true, new Random(7)), 50);
    assertThat(take(Schedule.endless(kind -> true, new Random(7)), 50)).isEqualTo(faults);
    assertThat(take(Schedule.endless(kind -> true, new Random(8)), 50)).isNotEqualTo(faults);
  }

  private static List<Entry> all(List<Pair> pairs) {
    return pairs.stream()
        .flatMap(pair -> Stream.concat(Stream.of(pair.first()), pair.meanwhile().stream()))
        .toList();
  }

  @Test
  void a_brief_run_has_each_kind_at_most_once_and_every_phase() {
    for (int seed = 0; seed < 100; seed++) {
      List<Entry> faults = all(Schedule.brief(kind -> true, new Random(seed)));
      assertThat(faults).hasSize(Schedule.BRIEF_FAULTS);
      assertThat(faults).extracting(Entry::kind).doesNotHaveDuplicates();
      assertThat(faults)
          .extracting(Entry::phase)
          .containsAll(EnumSet.complementOf(EnumSet.of(Phase.UNKNOWN)));
      assertThat(faults.stream().filter(entry -> entry.kind().isExclusive()))
          .hasSizeLessThanOrEqualTo(1);
    }
  }

  @Test
  void every_kind_that_does_not_come_beside_others_comes_in_some_brief_run() {
    Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    for (int seed = 0; seed < MANY_SEEDS; seed++) {
      all(Schedule.brief(kind -> true, new Random(seed))).forEach(entry -> kinds.add(entry.kind()));
    }
    assertThat(kinds)
        .containsExactlyInAnyOrder(
            Stream.of(FaultKind.values())
                .filter(kind -> !kind.isBrief())
                .toArray(FaultKind[]::new));
  }

  @Test
  void in_a_brief_run_a_fault_while_nodes_hand_over_never_comes_second() {
    for (int seed = 0; seed < 100; seed++) {
      List<Pair> pairs = Schedule.brief(kind -> true, new Random(seed));
      assertThat(pairs).extracting(pair -> pair.first().phase()).contains(Phase.HANDING_OFF);
      assertThat(pairs.stream().flatMap(pair -> pair.meanwhile().stream()))
          .extracting(Entry::phase)
          .doesNotContain(Phase.HANDING_OFF);
    }
  }

  @Test
  void a_second_cluster_comes_alone_while_the_first_one_changes() {
    Set<Phase> phases = EnumSet.noneOf(Phase.class);
    for (int seed = 0; seed < MANY_SEEDS; seed++) {
      for (Pair pair : Schedule.brief(kind -> true, new Random(seed))) {
        assertThat(pair.meanwhile().stream()).noneMatch(entry -> entry.kind().isExclusive());
        if (pair.first().kind() == FaultKind.SECOND_CLUSTER) {
          assertThat(pair.meanwhile()).isEmpty();
          phases.add(pair.first().phase());
        }
      }
    }
    assertThat(phases).containsExactly(Phase.RECOVERING, Phase.HANDING_OFF);
  }

  @Test
  void what_comes_beside_other_faults_only_breaks_connections() {
    assertThat(take(Schedule.ofConnections(kind -> true, new Random(1)), 100))
        .extracting(Entry::kind)
        .containsOnly(
            FaultKind.BACKEND_KILLED,
            FaultKind.CONNECTIONS_RESET,
            FaultKind.COMMIT_ANSWER_LOST,
            FaultKind.COMMIT_REQUEST_LOST);
  }

  @Test
  void a_fault_during_which_a_part_of_the_cluster_goes_on_comes_without_any_other() {
    for (FaultKind kind : FaultKind.values()) {
      if (kind.isTakeover()) {
        assertThat(kind.isExclusive()).isTrue();
        assertThat(Schedule.phases(kind)).containsExactly(Phase.UNKNOWN);
      }
    }
  }

  @Test
  void what_is_not_possible_never_comes() {
    assertThat(all(Schedule.brief(kind -> kind.group() != FaultKind.Group.NETWORK, new Random(1))))
        .extracting(entry -> entry.kind().group())
        .doesNotContain(FaultKind.Group.NETWORK);
  }
}
