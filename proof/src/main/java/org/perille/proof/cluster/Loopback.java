package org.perille.proof.cluster;

import java.util.List;

/** A network in which all processes are on the loopback device. Nothing can be cut there. */
final class Loopback implements Network {
  private static final String ADDRESS = "127.0.0.1";

  @Override
  public Host add(String name) {
    return new Host(name, ADDRESS, List.of());
  }

  @Override
  public Host launcher() {
    return new Host("launcher", ADDRESS, List.of());
  }

  @Override
  public boolean canBeCut() {
    return false;
  }

  @Override
  public void cut(Host from, Host to) {
    throw new UnsupportedOperationException("the loopback device can't be cut");
  }

  @Override
  public void heal(Host from, Host to) {}

  @Override
  public String description() {
    return "loopback: network faults are LEFT OUT, because this process may not create network"
        + " namespaces (that requires root and 'ip netns')";
  }

  @Override
  public void close() {}
}
