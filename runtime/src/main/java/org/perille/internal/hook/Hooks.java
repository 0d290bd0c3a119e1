package org.perille.internal.hook;

import org.perille.NodeOptions;

/**
 * The listeners and interceptors of a node.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public record Hooks(Listeners listeners, Interceptors interceptors) {
  /** No hooks. */
  public static final Hooks NONE = new Hooks(Listeners.NONE, Interceptors.NONE);

  /** Returns the hooks of a node. */
  public static Hooks of(NodeOptions options) {
    return options.listeners().isEmpty() && options.interceptors().isEmpty()
        ? NONE
        : new Hooks(Listeners.of(options.listeners()), Interceptors.of(options.interceptors()));
  }

  /** Returns whether there are none, and no handler needs to be wrapped. */
  boolean areNone() {
    return listeners.areNone() && interceptors.areNone();
  }
}
