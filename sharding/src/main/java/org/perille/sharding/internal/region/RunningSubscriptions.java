package org.perille.sharding.internal.region;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.ClusterEvent.MemberRemoved;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.cluster.ddata.Key;
import org.apache.pekko.cluster.ddata.LWWMap;
import org.apache.pekko.cluster.ddata.LWWMapKey;
import org.apache.pekko.cluster.ddata.SelfUniqueAddress;
import org.apache.pekko.cluster.ddata.typed.javadsl.DistributedData;
import org.apache.pekko.cluster.ddata.typed.javadsl.Replicator;
import org.apache.pekko.cluster.ddata.typed.javadsl.ReplicatorMessageAdapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;

/**
 * The subscriptions that the nodes of the cluster run. Pekko's distributed data tells each node of
 * the others, usually within a second.
 *
 * <p>An entry is written by its own node only, and removed when that node has left the cluster.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class RunningSubscriptions {
  private static final Key<LWWMap<String, String>> KEY = LWWMapKey.create("perille-subscriptions");

  private static final String LINE = "\n";

  private final ActorRef<Command> actor;
  private final String self;
  private volatile Map<String, PlacedSubscription> own = Map.of();
  private volatile Map<String, Map<String, PlacedSubscription>> others = Map.of();

  private final UsedPartitions used;
  private volatile Workers workers = new Workers(own, others, 0, Set.of());
  private volatile ByTopic byTopic = new ByTopic(own, others, Map.of());

  /**
   * The workers that must run.
   *
   * @param own the subscriptions of this node
   * @param others those of other nodes
   * @param used the number of partitions that were known to be used
   * @param ids the ids of the workers
   */
  private record Workers(
      Map<String, PlacedSubscription> own,
      Map<String, Map<String, PlacedSubscription>> others,
      int used,
      Set<String> ids) {}

  /**
   * The stored names of each topic's subscriptions.
   *
   * @param own the subscriptions of this node
   * @param others those of other nodes
   */
  private record ByTopic(
      Map<String, PlacedSubscription> own,
      Map<String, Map<String, PlacedSubscription>> others,
      Map<String, Set<String>> names) {}

  RunningSubscriptions(ActorSystem<?> system, UsedPartitions used) {
    this.used = used;
    this.self = id(Cluster.get(system).selfMember().uniqueAddress());
    this.actor = system.systemActorOf(behavior(), "perille-running-subscriptions", Props.empty());
  }

  /** Adds subscriptions that this node runs from now on. */
  synchronized void add(Collection<PlacedSubscription> subscriptions) {
    Map<String, PlacedSubscription> added = new LinkedHashMap<>(own);
    subscriptions.forEach(subscription -> added.put(subscription.name(), subscription));
    announce(added);
  }

  /** Removes this node's subscriptions: it is about to hand over its workers. */
  synchronized void clear() {
    announce(Map.of());
  }

  /** Ends the exchange with other nodes, after {@link #clear}. */
  void close() {
    actor.tell(Close.INSTANCE);
  }

  private void announce(Map<String, PlacedSubscription> subscriptions) {
    own = Collections.unmodifiableMap(subscriptions);
    actor.tell(
        new Announce(
            subscriptions.values().stream()
                .map(PlacedSubscription::text)
                .collect(Collectors.joining(LINE))));
  }

  /** Returns whether a node is known to run the subscription with this name. */
  boolean runs(UniqueAddress node, String subscription) {
    String id = id(node);
    return (id.equals(self) ? own : others.getOrDefault(id, Map.of())).containsKey(subscription);
  }

  /** Returns the workers that some node must have. The same set if nothing has changed. */
  Set<String> workers() {
    Workers known = workers;
    Map<String, PlacedSubscription> ofThisNode = own;
    Map<String, Map<String, PlacedSubscription>> ofOthers = others;
    int before = used.size();
    if (known.own != ofThisNode || known.others != ofOthers || known.used != before) {
      known =
          new Workers(
              ofThisNode,
              ofOthers,
              before,
              all(ofThisNode, ofOthers)
                  .flatMap(subscription -> subscription.workers(used::contains))
                  .collect(Collectors.toUnmodifiableSet()));
      workers = known;
    }
    return known.ids;
  }

  /** Returns the stored names of a topic's subscriptions that some node runs. */
  Set<String> ofTopic(String topic) {
    ByTopic known = byTopic;
    Map<String, PlacedSubscription> ofThisNode = own;
    Map<String, Map<String, PlacedSubscription>> ofOthers = others;
    if (known.own != ofThisNode || known.others != ofOthers) {
      known =
          new ByTopic(
              ofThisNode,
              ofOthers,
              all(ofThisNode, ofOthers)
                  .collect(
                      Collectors.groupingBy(
                          PlacedSubscription::topic,
                          Collectors.mapping(
                              PlacedSubscription::subscription, Collectors.toUnmodifiableSet()))));
      byTopic = known;
    }
    return known.names.getOrDefault(topic, Set.of());
  }

  private static Stream<PlacedSubscription> all(
      Map<String, PlacedSubscription> ofThisNode,
      Map<String, Map<String, PlacedSubscription>> ofOthers) {
    return Stream.concat(Stream.of(ofThisNode), ofOthers.values().stream())
        .flatMap(subscriptions -> subscriptions.values().stream())
        .distinct();
  }

  /**
   * Looks for used partitions that this node doesn't know. If it is the one that places workers, it
   * then starts those of these partitions.
   */
  private void findUsed(Stream<Map<String, PlacedSubscription>> subscriptions) {
    CompletionStage<?> unused =
        used.find(
            subscriptions
                .flatMap(ofNode -> ofNode.values().stream())
                .distinct()
                .flatMap(PlacedSubscription::all)
                .distinct());
  }

  private void learn(Map<String, String> entries) {
    others =
        entries.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(self))
            .collect(
                Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, entry -> subscriptions(entry.getValue())));
  }

  private static Map<String, PlacedSubscription> subscriptions(String text) {
    return Stream.of(text.split(LINE))
        .map(PlacedSubscription::ofText)
        .flatMap(Optional::stream)
        .collect(
            Collectors.toUnmodifiableMap(
                PlacedSubscription::name, subscription -> subscription, (one, same) -> one));
  }

  private static String id(UniqueAddress node) {
    return node.address() + "#" + Long.toUnsignedString(node.longUid());
  }

  private sealed interface Command {}

  /** Announces this node's subscriptions to the others. */
  private record Announce(String subscriptions) implements Command {}

  private record Changed(Replicator.SubscribeResponse<LWWMap<String, String>> change)
      implements Command {}

  private record Removed(Member member) implements Command {}

  private enum Close implements Command {
    INSTANCE
  }

  private enum Updated implements Command {
    INSTANCE
  }

  private Behavior<Command> behavior() {
    return DistributedData.<Command, LWWMap<String, String>>withReplicatorMessageAdapter(
        adapter -> Behaviors.setup(context -> new Announcer(context, adapter)));
  }

  /** Writes this node's entry, and learns the others. */
  private final class Announcer extends AbstractBehavior<Command> {
    private final ReplicatorMessageAdapter<Command, LWWMap<String, String>> replicator;
    private final Cluster cluster = Cluster.get(getContext().getSystem());
    private final SelfUniqueAddress node =
        DistributedData.get(getContext().getSystem()).selfUniqueAddress();
    private String announced = "";

    Announcer(
        ActorContext<Command> context,
        ReplicatorMessageAdapter<Command, LWWMap<String, String>> replicator) {
      super(context);
      this.replicator = replicator;
      replicator.subscribe(KEY, Changed::new);
      cluster
          .subscriptions()
          .tell(
              Subscribe.create(
                  context.messageAdapter(
                      MemberRemoved.class, removed -> new Removed(removed.member())),
                  MemberRemoved.class));
    }

    @Override
    public Receive<Command> createReceive() {
      return newReceiveBuilder()
          .onMessage(Announce.class, this::onAnnounce)
          .onMessage(Changed.class, this::onChanged)
          .onMessage(Removed.class, this::onRemoved)
          .onMessage(Close.class, close -> Behaviors.stopped())
          .onMessage(Updated.class, updated -> this)
          .build();
    }

    private Behavior<Command> onAnnounce(Announce announce) {
      announced = announce.subscriptions;
      write();
      return this;
    }

    private void write() {
      String text = announced;
      update(map -> text.isEmpty() ? map.remove(node, self) : map.put(node, self, text));
    }

    private Behavior<Command> onChanged(Changed changed) {
      if (changed.change instanceof Replicator.Changed<LWWMap<String, String>> data) {
        Map<String, String> entries = data.get(KEY).getEntries();
        learn(entries);
        findUsed(others.values().stream());
        if (!announced.isEmpty() && !entries.containsKey(self)) {
          // A node that didn't know this one as a member yet has taken the entry for an old one.
          write();
        }
      }
      return this;
    }

    /** Removes the entries of nodes that have left. The oldest node does so. */
    private Behavior<Command> onRemoved(Removed removed) {
      // Workers and partitions that were on that node, and that no other one has seen in use.
      findUsed(Stream.concat(Stream.of(own), others.values().stream()));
      if (Shards.oldest(cluster, Optional.empty()).equals(Optional.of(cluster.selfMember()))) {
        Set<String> members =
            StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
                .map(member -> id(member.uniqueAddress()))
                .collect(Collectors.toSet());
        update(
            map -> {
              LWWMap<String, String> left = map;
              for (String key : map.getEntries().keySet()) {
                if (!members.contains(key)) {
                  left = left.remove(node, key);
                }
              }
              return left;
            });
      }
      return this;
    }

    private void update(Function<LWWMap<String, String>, LWWMap<String, String>> change) {
      replicator.askUpdate(
          replyTo ->
              new Replicator.Update<>(
                  KEY, LWWMap.empty(), Replicator.writeLocal(), replyTo, change),
          response -> Updated.INSTANCE);
    }
  }
}
