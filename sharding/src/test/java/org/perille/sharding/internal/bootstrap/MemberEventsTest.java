package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.Member$;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.util.Version;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.collection.immutable.Set$;

/** Goal: an operator can tell from the log which member came, went or was lost, and when. */
class MemberEventsTest {
  private static final String OTHER = "Node pekko://perille@10.0.0.2:25520 (roles [mail]) ";

  private final Member self = member("10.0.0.1", 1).copy(MemberStatus.up());
  private final Member joining = member("10.0.0.2", 2);
  private final Member up = joining.copy(MemberStatus.up());
  private final Member leaving = up.copy(MemberStatus.leaving());
  private final Member exiting = leaving.copy(MemberStatus.exiting());
  private final Member down = up.copy(MemberStatus.down());

  private static Member member(String host, long uid) {
    return Member$.MODULE$.apply(
        new UniqueAddress(new Address("pekko", "perille", host, 25520), uid),
        Set$.MODULE$.<String>empty().$plus("mail"),
        Version.Zero());
  }

  private Optional<String> line(ClusterEvent.ClusterDomainEvent event) {
    return MemberEvents.line(event, self);
  }

  @Test
  void a_member_that_comes_has_one_line() {
    assertThat(line(new ClusterEvent.MemberJoined(joining))).isEmpty();
    assertThat(line(new ClusterEvent.MemberUp(up))).contains(OTHER + "has joined the cluster");
  }

  @Test
  void a_member_that_goes_has_a_line_when_it_begins_and_one_when_it_is_gone() {
    assertThat(line(new ClusterEvent.MemberLeft(leaving))).contains(OTHER + "leaves the cluster");
    assertThat(line(new ClusterEvent.MemberExited(exiting))).isEmpty();
    assertThat(
            line(
                new ClusterEvent.MemberRemoved(
                    exiting.copy(MemberStatus.removed()), MemberStatus.exiting())))
        .contains(OTHER + "has left the cluster");
  }

  @Test
  void a_member_that_does_not_answer_and_is_lost_has_a_line_for_each_step() {
    assertThat(line(new ClusterEvent.UnreachableMember(up)))
        .hasValueSatisfying(
            text -> assertThat(text).startsWith(OTHER + "doesn't answer").contains("stable-after"));
    assertThat(line(new ClusterEvent.MemberDowned(down)))
        .contains(OTHER + "is lost: the cluster removes it, and other nodes take over its work");
    assertThat(
            line(
                new ClusterEvent.MemberRemoved(
                    down.copy(MemberStatus.removed()), MemberStatus.down())))
        .contains(OTHER + "was removed from the cluster, because it was lost");
  }

  @Test
  void a_member_that_answers_again_says_so() {
    assertThat(line(new ClusterEvent.ReachableMember(up))).contains(OTHER + "answers again");
  }

  @Test
  void the_node_itself_has_lines_without_its_address() {
    assertThat(line(new ClusterEvent.MemberUp(self))).contains("This node has joined the cluster");
    assertThat(line(new ClusterEvent.MemberLeft(self.copy(MemberStatus.leaving()))))
        .contains("This node leaves the cluster");
    assertThat(
            line(
                new ClusterEvent.MemberRemoved(
                    self.copy(MemberStatus.down()).copy(MemberStatus.removed()),
                    MemberStatus.down())))
        .isEmpty();
  }

  @Test
  void a_process_at_the_address_of_this_node_is_another_one() {
    assertThat(line(new ClusterEvent.MemberUp(member("10.0.0.1", 7).copy(MemberStatus.up()))))
        .hasValueSatisfying(text -> assertThat(text).startsWith("Node pekko://perille@10.0.0.1"));
  }

  @Test
  void the_protocol_of_the_cluster_is_not_logged() {
    assertThat(line(new ClusterEvent.LeaderChanged(Option.apply(up.address())))).isEmpty();
  }
}
