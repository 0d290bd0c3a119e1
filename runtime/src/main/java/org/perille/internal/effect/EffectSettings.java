package org.perille.internal.effect;

import java.time.Duration;

/**
 * What the keys of a worker must know of the configuration.
 *
 * @param maxActiveKeys kept in memory, at the most, but for those that are being handled
 * @param passivateAfter how long a key that handles nothing is kept in memory
 * @param snapshotEvents events after which a key's state is stored
 * @param limits what may be stored at the most
 */
public record EffectSettings(
    int maxActiveKeys,
    Duration passivateAfter,
    int snapshotEvents,
    Limits limits,
    String journalPluginId,
    String snapshotPluginId) {

  /**
   * What may be stored at the most, each in bytes.
   *
   * @param effectBytes events, outgoing messages and reply of one message
   * @param replyBytes one reply
   * @param stateBytes the state of one key; checked when it is about to be stored
   */
  public record Limits(int effectBytes, int replyBytes, int stateBytes) {}
}
