package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Every anomaly is planted into a history that is good without it, and named. */
class CheckerTest {
  private static final Checker CHECKER = Checker.ofSteps().withBound(1_000 * Story.STEP);

  private final GoodStory good = new GoodStory();
  private final Story story = good.story;

  @Test
  void a_good_history_with_every_kind_of_operation_has_no_anomaly() {
    assertThat(story.history().operations())
        .extracting(operation -> (Object) operation.getClass())
        .contains((Object[]) Operation.class.getPermittedSubclasses());

    Verdict verdict = CHECKER.judge(story.history());

    assertThat(verdict.isGood()).as(verdict.report()).isTrue();
    assertThat(verdict.counts()).hasSize(19).containsOnlyKeys(Anomaly.values());
    assertThat(verdict.counts().values()).containsOnly(0L);
  }
}
