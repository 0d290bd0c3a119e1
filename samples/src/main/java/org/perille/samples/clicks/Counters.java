package org.perille.samples.clicks;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.Subscription;
import org.perille.Topic;

/**
 * The topic, and three counters of the same clicks.
 *
 * <p>The naive two count in a table of the application, as one does: {@code clicks = clicks + 1}.
 * Each has a moment at which a crash makes it wrong, for ever.
 */
final class Counters {
  static final Topic<Click> CLICKS = Topic.of("clicks", Click.class).keyedBy(Click::link);

  static final String EXACT = "event-sourced";
  static final String WORK_FIRST = "work, then cursor";
  static final String CURSOR_FIRST = "cursor, then work";

  private final EventSourcedSubscription<Click, Clicks> exact;
  private final Subscription<Click> workFirst;
  private final Subscription<Click> cursorFirst;
  private final AtomicLong cursorFirstEnded = new AtomicLong();

  Counters(NaiveTable table, CrashPoint crash) {
    this.exact = exact(crash);
    this.workFirst =
        Subscription.of("work-then-cursor", CLICKS)
            .atLeastOnce(
                delivery -> {
                  table.count(WORK_FIRST, delivery.key());
                  crash.pass(Crash.Place.AFTER_WORK, delivery);
                });
    this.cursorFirst =
        Subscription.of("cursor-then-work", CLICKS)
            .atMostOnce(
                delivery -> {
                  crash.pass(Crash.Place.BEFORE_WORK, delivery);
                  table.count(CURSOR_FIRST, delivery.key());
                  cursorFirstEnded.incrementAndGet();
                });
  }

  /** The exact one alone: to ask for its states, nothing else is needed. */
  static EventSourcedSubscription<Click, Clicks> exact(CrashPoint crash) {
    return Subscription.of("event-sourced", CLICKS).effectivelyOnce(new ClickCounter(crash));
  }

  List<Subscription<Click>> subscriptions() {
    return List.of(exact, workFirst, cursorFirst);
  }

  Definition[] definitions() {
    return subscriptions().toArray(Definition[]::new);
  }

  /**
   * How often the counter whose cursor comes first has ended its work: its cursor doesn't tell, it
   * is behind all that this counter still has before it.
   */
  long cursorFirstEnded() {
    return cursorFirstEnded.get();
  }
}
