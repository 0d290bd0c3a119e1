package org.perille.proof.cluster;

import java.io.IOException;

/** What connects the processes of a run. */
interface Network extends AutoCloseable {

  /** The best network that this machine allows: namespaces if we may make them, or loopback. */
  static Network open() throws IOException {
    return Namespaces.areAllowed() ? Namespaces.create() : new Loopback();
  }

  /** Adds a host; a name is added once. */
  Host add(String name) throws IOException;

  /** Where this process is reached from the hosts. */
  Host launcher();

  /** Returns whether {@link #cut} does anything. */
  boolean canBeCut();

  /** From now on what one host sends to another one is lost in silence. */
  void cut(Host from, Host to) throws IOException;

  /** Ends {@link #cut}; does nothing if there was none. */
  void heal(Host from, Host to) throws IOException;

  /** What the report says of it. */
  String description();

  @Override
  void close();
}
