package org.perille.proof.cluster;

import java.io.IOException;

/** The network between the processes of a run. */
interface Network extends AutoCloseable {

  /**
   * Returns the best network that this machine allows: namespaces if permitted, otherwise loopback.
   */
  static Network open() throws IOException {
    return Namespaces.areAllowed() ? Namespaces.create() : new Loopback();
  }

  /** Adds a host. Each name can be added once. */
  Host add(String name) throws IOException;

  /** Returns the address of this process, as seen from the hosts. */
  Host launcher();

  /** Returns whether {@link #cut} is supported. */
  boolean canBeCut();

  /** Drops all packets from one host to another one from now on, silently. */
  void cut(Host from, Host to) throws IOException;

  /** Ends {@link #cut}. Does nothing if the link isn't cut. */
  void heal(Host from, Host to) throws IOException;

  /** Returns the description for the report. */
  String description();

  @Override
  void close();
}
