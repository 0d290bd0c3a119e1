package org.perille.sharding.internal.bootstrap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.Health;
import org.perille.Health.Problem;
import org.perille.internal.NodeProblems;

/** Reports the health of a node from facts that are already known. */
final class NodeHealth {
  private final ActorSystem<?> system;
  private final DatabaseCheck database;
  private volatile boolean stopped;

  NodeHealth(ActorSystem<?> system, DatabaseCheck database) {
    this.system = system;
    this.database = database;
    system.getWhenTerminated().thenRun(database::close);
  }

  /** Records that Perille was stopped while its actor system continues. */
  void stop() {
    stopped = true;
    database.close();
  }

  Health now() {
    if (stopped) {
      return new Health(false, false, "Perille was stopped on this node", List.of());
    }
    if (system.getWhenTerminated().toCompletableFuture().isDone()) {
      return new Health(false, false, "the actor system has terminated", List.of());
    }
    Member self = Cluster.get(system).selfMember();
    boolean live = self.status() != MemberStatus.removed() && self.status() != MemberStatus.down();
    boolean up = self.status() == MemberStatus.up();
    Optional<String> unreachable = database.problem();
    List<Problem> problems = new ArrayList<>();
    unreachable.ifPresent(text -> problems.add(new Problem("database", text)));
    problems.addAll(NodeProblems.of(system).list());
    String detail = "this node, %s, is %s in its cluster".formatted(self.address(), self.status());
    if (!problems.isEmpty()) {
      detail +=
          "; problems: %d, the first: %s: %s"
              .formatted(problems.size(), problems.get(0).subject(), problems.get(0).text());
    }
    return new Health(live, up && unreachable.isEmpty(), detail, problems);
  }
}
