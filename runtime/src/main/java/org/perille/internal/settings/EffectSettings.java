package org.perille.internal.settings;

import java.time.Duration;

/**
 * The settings of a worker's keys.
 *
 * @param maxActiveKeys the limit of keys in memory, in addition to those that are being handled
 * @param passivateAfter the time for which an idle key remains in memory
 * @param snapshotEvents the number of events after which a key's state is stored
 * @param limits the size limits of stored values
 */
public record EffectSettings(
    int maxActiveKeys,
    Duration passivateAfter,
    int snapshotEvents,
    EffectLimits limits,
    String journalPluginId,
    String snapshotPluginId) {

  /**
   * The size limits of stored values, in bytes.
   *
   * @param effectBytes the limit of events, outgoing messages and reply of one message
   * @param replyBytes the limit of one reply
   * @param stateBytes the limit of the state of one key; checked when it is about to be stored
   */
  public record EffectLimits(int effectBytes, int replyBytes, int stateBytes) {}
}
