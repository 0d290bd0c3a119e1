package org.perille.samples.orders;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Decides what a key does: which node is meant, or why the key is refused. */
final class NodeKeys {
  static final int MAX_NODES = 9;

  static final String HELP =
      "keys, then Enter: + adds a node; - stops, k kills, p pauses or resumes the newest (k2: node 2); ? lists";

  private static final Pattern KEY = Pattern.compile("([-+kph?])\\s*(\\d{1,9})?");

  /** The state of a node's process. */
  enum State {
    STARTING,
    READY,
    PAUSED,
    STOPPING;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    private boolean runs() {
      return this == STARTING || this == READY;
    }
  }

  /** A node whose process has not ended. */
  record Node(int number, long pid, State state) {
    private String named() {
      return "node " + number;
    }
  }

  /** The action that a key requests. */
  sealed interface Action {}

  /** Adds a node, with the next number that no node has had. */
  enum Add implements Action {
    NODE
  }

  /** Stops a node in order. */
  record Stop(int number) implements Action {}

  /** Kills a node. */
  record Kill(int number) implements Action {}

  /** Suspends the process of a node. */
  record Pause(int number) implements Action {}

  /** Resumes the process of a node. */
  record Resume(int number) implements Action {}

  /** Prints a text and changes nothing. */
  record Say(String text) implements Action {}

  private NodeKeys() {}

  /**
   * Returns the action for a line of input, empty for a blank line.
   *
   * @param nodes the nodes whose processes have not ended, in the order of their numbers
   */
  static Optional<Action> action(String line, List<Node> nodes) {
    String input = line.strip().toLowerCase(Locale.ROOT);
    if (input.isEmpty()) {
      return Optional.empty();
    }
    Matcher key = KEY.matcher(input);
    if (!key.matches()) {
      return Optional.of(unknown(input));
    }
    Optional<Integer> number = Optional.ofNullable(key.group(2)).map(Integer::valueOf);
    return Optional.of(
        switch (key.group(1)) {
          case "+" -> number.isEmpty() ? add(nodes) : unknown(input);
          case "-" -> onNode(nodes, number, NodeKeys::canStop, NodeKeys::stop);
          case "k" -> onNode(nodes, number, node -> true, node -> new Kill(node.number));
          case "p" -> pauseOrResume(nodes, number);
          default -> number.isEmpty() ? new Say(list(nodes) + "\n" + HELP) : unknown(input);
        });
  }

  private static Say unknown(String input) {
    String shown = input.length() > 20 ? input.substring(0, 20) + "..." : input;
    return new Say("'" + shown + "' is not a key; ? lists the keys");
  }

  private static Action add(List<Node> nodes) {
    return nodes.size() < MAX_NODES
        ? Add.NODE
        : new Say("no node is added: " + MAX_NODES + " nodes is the limit");
  }

  private static boolean canStop(Node node) {
    return node.state.runs();
  }

  private static Action stop(Node node) {
    return switch (node.state) {
      case STARTING, READY -> new Stop(node.number);
      case PAUSED ->
          new Say(
              "node %1$d is paused and can't stop: resume it with p%1$d, or kill it with k%1$d"
                  .formatted(node.number));
      case STOPPING -> new Say(node.named() + " is stopping already");
    };
  }

  /** Without a number, resumes a paused node if there is one. */
  private static Action pauseOrResume(List<Node> nodes, Optional<Integer> number) {
    boolean resume =
        number.isEmpty() && nodes.stream().anyMatch(node -> node.state == State.PAUSED);
    return onNode(
        nodes,
        number,
        node -> resume ? node.state == State.PAUSED : node.state.runs(),
        node ->
            switch (node.state) {
              case STARTING, READY -> new Pause(node.number);
              case PAUSED -> new Resume(node.number);
              case STOPPING -> new Say(node.named() + " is stopping and isn't paused");
            });
  }

  /** Applies a key to the node with a number, or to the newest suitable one. */
  private static Action onNode(
      List<Node> nodes,
      Optional<Integer> number,
      Predicate<Node> suitable,
      Function<Node, Action> action) {
    if (nodes.isEmpty()) {
      return new Say("no node runs; + adds one");
    }
    if (number.isPresent()) {
      return nodes.stream()
          .filter(node -> node.number == number.get())
          .findFirst()
          .map(action)
          .orElseGet(() -> new Say("node " + number.get() + " doesn't run; ? lists the nodes"));
    }
    Comparator<Node> byNumber = Comparator.comparingInt(Node::number);
    // If none is suitable, the newest one says why.
    return nodes.stream()
        .filter(suitable)
        .max(byNumber)
        .or(() -> nodes.stream().max(byNumber))
        .map(action)
        .orElseThrow();
  }

  private static String list(List<Node> nodes) {
    if (nodes.isEmpty()) {
      return "no node runs";
    }
    return nodes.stream()
        .map(node -> "%s (pid %d) %s".formatted(node.named(), node.pid, node.state.text()))
        .collect(Collectors.joining(", "));
  }
}
