package org.perille.proof.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network namespace for each host, and a bridge between them.
 *
 * <p>To cut a host off from another one, the first gets a wrong hardware address for the other,
 * which no host has. Its packets are lost silently and one way, as in a broken switch.
 */
final class Namespaces implements Network {
  private static final String PREFIX = "perille-";
  private static final Pattern OURS = Pattern.compile("^(" + PREFIX + "(\\d+)-\\d+)\\b");
  private static final String NOBODY = "02:00:00:00:00:01";
  private static final String DEVICE = "eth0";
  private static final int LAUNCHER = 254;

  private final long id;
  private final String subnet;
  private final List<Host> hosts = new ArrayList<>();
  private final Host launcher;

  private Namespaces(long id) {
    this.id = id;
    // Private addresses that differ between concurrent runs.
    this.subnet = "10.%d.%d.".formatted(100 + id / 250 % 100, id % 250);
    this.launcher = new Host("launcher", subnet + LAUNCHER, List.of());
  }

  static boolean areAllowed() {
    String probe = PREFIX + "probe";
    boolean allowed =
        Shell.succeeds("ip", "netns", "add", probe)
            && Shell.succeeds("ip", "netns", "exec", probe, "true");
    Shell.succeeds("ip", "netns", "del", probe);
    return allowed;
  }

  static Namespaces create() throws IOException {
    removeLeftOvers();
    Namespaces network = new Namespaces(ProcessHandle.current().pid());
    Shell.run("ip", "link", "add", network.bridge(), "type", "bridge");
    Shell.run("ip", "addr", "add", network.launcher.address() + "/24", "dev", network.bridge());
    Shell.run("ip", "link", "set", network.bridge(), "up");
    return network;
  }

  /** Removes the namespaces of runs that were killed. */
  private static void removeLeftOvers() throws IOException {
    for (String line : Shell.run("ip", "netns", "list").lines().toList()) {
      Matcher ours = OURS.matcher(line);
      if (ours.find() && isDead(Long.parseLong(ours.group(2)))) {
        Shell.succeeds("ip", "netns", "del", ours.group(1));
        Shell.succeeds("ip", "link", "del", bridge(Long.parseLong(ours.group(2))));
      }
    }
  }

  private static boolean isDead(long pid) {
    return Optional.of(pid).flatMap(ProcessHandle::of).isEmpty();
  }

  private static String bridge(long id) {
    return "prb" + id;
  }

  private String bridge() {
    return bridge(id);
  }

  @Override
  public Host add(String name) throws IOException {
    int number = hosts.size() + 1;
    String namespace = PREFIX + id + "-" + number;
    String veth = "prv" + id + "n" + number;
    String address = subnet + number;
    Host host = new Host(name, address, List.of("ip", "netns", "exec", namespace));
    Shell.run("ip", "netns", "add", namespace);
    hosts.add(host);
    Shell.run("ip", "-n", namespace, "link", "set", "lo", "up");
    Shell.run(
        "ip", "link", "add", veth, "type", "veth", "peer", "name", DEVICE, "netns", namespace);
    Shell.run("ip", "link", "set", veth, "master", bridge(), "up");
    Shell.run("ip", "-n", namespace, "addr", "add", address + "/24", "dev", DEVICE);
    Shell.run("ip", "-n", namespace, "link", "set", DEVICE, "up");
    return host;
  }

  @Override
  public Host launcher() {
    return launcher;
  }

  @Override
  public boolean canBeCut() {
    return true;
  }

  @Override
  public void cut(Host from, Host to) throws IOException {
    Shell.run(
        in(
            from,
            "neigh",
            "replace",
            to.address(),
            "lladdr",
            NOBODY,
            "dev",
            device(from),
            "nud",
            "permanent"));
  }

  @Override
  public void heal(Host from, Host to) {
    Shell.succeeds(
        in(from, "neigh", "del", to.address(), "dev", device(from)).toArray(String[]::new));
  }

  private String device(Host host) {
    return host.equals(launcher) ? bridge() : DEVICE;
  }

  private List<String> in(Host host, String... command) {
    List<String> all = new ArrayList<>(List.of("ip"));
    if (!host.equals(launcher)) {
      all.add("-n");
      all.add(host.prefix().get(host.prefix().size() - 1));
    }
    all.addAll(List.of(command));
    return all;
  }

  @Override
  public String description() {
    return "a network namespace for each process";
  }

  @Override
  public void close() {
    for (int number = 1; number <= hosts.size(); number++) {
      Shell.succeeds("ip", "netns", "del", PREFIX + id + "-" + number);
    }
    Shell.succeeds("ip", "link", "del", bridge());
  }
}
