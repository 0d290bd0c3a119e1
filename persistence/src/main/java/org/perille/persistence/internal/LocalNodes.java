package org.perille.persistence.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.perille.spi.NodeRegistry;

/**
 * The nodes that use an embedded database.
 *
 * <p>All are in this process, because its file can be open in one process only. So nothing is
 * written.
 */
final class LocalNodes implements NodeRegistry {
  private static final Map<String, LocalNodes> BY_URL = new ConcurrentHashMap<>();

  private final Map<Long, Node> nodes = new TreeMap<>();
  private long last;

  private LocalNodes() {}

  /** Returns the nodes of a database. */
  static NodeRegistry of(String url) {
    return BY_URL.computeIfAbsent(url, unused -> new LocalNodes());
  }

  @Override
  public synchronized Node register(Description self, State state, Set<String> members) {
    long number = ++last;
    long cluster = NodeRegistry.clusterOf(members, List.copyOf(nodes.values())).orElse(number);
    Node node = new Node(number, cluster, state, self, Instant.now(), Duration.ZERO, 0);
    nodes.put(number, node);
    return node;
  }

  @Override
  public boolean form(Node self, List<Node> gone) {
    return false;
  }

  @Override
  public synchronized List<Node> count(Node self) {
    nodes.computeIfPresent(
        self.number(),
        (number, known) ->
            new Node(
                number,
                self.cluster(),
                self.state(),
                known.description(),
                known.started(),
                Duration.ZERO,
                known.count() + 1));
    return List.copyOf(nodes.values());
  }

  @Override
  public synchronized void remove(Collection<Long> numbers) {
    nodes.keySet().removeAll(Set.copyOf(numbers));
  }

  @Override
  public void close() {}
}
