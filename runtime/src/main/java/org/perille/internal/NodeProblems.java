package org.perille.internal;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Extension;
import org.apache.pekko.actor.typed.ExtensionId;
import org.perille.Health.Problem;

/**
 * The present problems of this node, one text for each subject.
 *
 * <p>The part that reports a problem withdraws it, or reports it again before it expires.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class NodeProblems implements Extension {
  /** The identity of the one instance of an actor system. */
  private static final class Id extends ExtensionId<NodeProblems> {
    private static final Id INSTANCE = new Id();

    @Override
    public NodeProblems createExtension(ActorSystem<?> system) {
      return new NodeProblems();
    }
  }

  private record Entry(String text, long untilNanos) {}

  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  /** Returns the problems of a node. */
  public static NodeProblems of(ActorSystem<?> system) {
    return system.registerExtension(Id.INSTANCE);
  }

  /** Reports a problem, or a new text for it. It expires unless it is reported again. */
  public void report(String subject, String text, Duration validFor) {
    entries.put(subject, new Entry(text, System.nanoTime() + validFor.toNanos()));
  }

  /** Withdraws the problem of a subject. */
  public void withdraw(String subject) {
    entries.remove(subject);
  }

  /** Returns the problems, ordered by subject. */
  public List<Problem> list() {
    long now = System.nanoTime();
    entries.values().removeIf(entry -> now - entry.untilNanos > 0);
    return entries.entrySet().stream()
        .map(entry -> new Problem(entry.getKey(), entry.getValue().text))
        .sorted(Comparator.comparing(Problem::subject))
        .toList();
  }
}
