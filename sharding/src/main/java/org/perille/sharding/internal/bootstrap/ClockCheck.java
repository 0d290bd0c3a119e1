package org.perille.sharding.internal.bootstrap;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.perille.internal.NodeProblems;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the clock of this node with that of the database, which all nodes share.
 *
 * <p><b>Threading</b>: used by one thread.
 */
final class ClockCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ClockCheck.class);

  /** The difference that is a problem: "clocks must agree within seconds". */
  static final Duration LIMIT = Duration.ofSeconds(5);

  /** The subject of the problem. */
  static final String SUBJECT = "clock";

  private final Clock clock;
  private final NodeProblems problems;
  private final Duration validFor;
  private boolean isReported;

  /**
   * Creates a check.
   *
   * @param validFor the time for which a problem is true; longer than the time between two checks
   */
  ClockCheck(Clock clock, NodeProblems problems, Duration validFor) {
    this.clock = clock;
    this.problems = problems;
    this.validFor = validFor;
  }

  Instant now() {
    return clock.instant();
  }

  /**
   * Compares a time of the database with the time of this node before its query, and now.
   *
   * @param database the time of the database's clock in between
   */
  void compare(Instant before, Instant database) {
    Optional<String> problem = problem(before, database, now());
    if (problem.isPresent()) {
      problems.report(SUBJECT, problem.get(), validFor);
      if (!isReported) {
        LOG.warn(problem.get());
      }
    } else if (isReported) {
      problems.withdraw(SUBJECT);
      LOG.info("The clock of this node agrees with the database's again");
    }
    isReported = problem.isPresent();
  }

  /**
   * Returns the problem, if the clocks certainly differ by more than {@link #LIMIT}, however long
   * the query took.
   */
  static Optional<String> problem(Instant before, Instant database, Instant after) {
    Duration ahead = Duration.between(database, before);
    Duration behind = Duration.between(after, database);
    if (ahead.compareTo(LIMIT) > 0) {
      return Optional.of(text(ahead, "ahead of"));
    }
    return behind.compareTo(LIMIT) > 0 ? Optional.of(text(behind, "behind")) : Optional.empty();
  }

  private static String text(Duration difference, String relation) {
    return "the clock of this node is %d s %s the database's: correct it (NTP). Until then delayed messages, expiry, retries and times in the log of this node are wrong by as much; nothing is lost or repeated for it"
        .formatted(difference.toSeconds(), relation);
  }
}
