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
 * <p>The two naive counters update a table of the application: {@code clicks = clicks + 1}. In
 * each, a crash at one moment makes the count wrong permanently.
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

  /** Returns the exact subscription alone, which is enough to query its states. */
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
   * Returns the number of clicks that the counter whose cursor comes first has finished.
   *
   * <p>Its cursor doesn't show this, because it is ahead of the work.
   */
  long cursorFirstEnded() {
    return cursorFirstEnded.get();
  }
}
