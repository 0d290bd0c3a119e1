package org.perille.sharding.internal.bootstrap;

import org.perille.internal.Pure;

/**
 * The parts of a node's address, such as {@code pekko://perille@10.0.0.1:25520}.
 *
 * @param system the name of its actor system
 */
@Pure
record NodeAddress(String system, String host, int port) {

  /** Parses an address that has all parts. */
  static NodeAddress parse(String address) {
    int system = address.indexOf("://");
    int host = address.indexOf('@');
    int port = address.lastIndexOf(':');
    if (system < 0 || host < system || port < host) {
      throw new IllegalArgumentException("'%s' is not the address of a node".formatted(address));
    }
    return new NodeAddress(
        address.substring(system + 3, host),
        address.substring(host + 1, port),
        Integer.parseInt(address.substring(port + 1)));
  }

  /** Returns whether only its own machine can reach it. */
  boolean isLoopback() {
    return host.equals("localhost")
        || host.startsWith("127.")
        || host.equals("::1")
        || host.equals("[::1]");
  }
}
