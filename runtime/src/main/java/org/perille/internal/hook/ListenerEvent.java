package org.perille.internal.hook;

import org.perille.PerilleListener;

/** The call of a listener for one event. */
@FunctionalInterface
public interface ListenerEvent {
  void report(PerilleListener listener);
}
