package org.perille;

import java.util.OptionalLong;

/**
 * A subscription's state of a key.
 *
 * @param key the key
 * @param state the state; the handler's empty one if the key has handled no message
 * @param lastOffset the highest offset that the state contains, if any; dead letters below it may
 *     be missing
 * @param generation the number of resets of the subscription; states of different generations are
 *     unrelated
 */
public record KeyState<S>(String key, S state, OptionalLong lastOffset, long generation) {}
