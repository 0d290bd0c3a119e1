package org.perille;

import java.util.OptionalLong;

/**
 * What a subscription has made of the messages of a key.
 *
 * @param key the key
 * @param state the state, the handler's empty one if the key has handled nothing
 * @param lastOffset the highest offset that the state contains, if any; dead letters below it may
 *     be missing
 * @param generation how often the subscription was reset; states of different generations have
 *     nothing to do with each other
 */
public record KeyState<S>(String key, S state, OptionalLong lastOffset, long generation) {}
