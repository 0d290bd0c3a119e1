package org.perille;

import java.util.OptionalLong;

/**
 * The condition of a message: it is stored only if the last message of its key has this offset.
 *
 * <p>{@link Message#ifLastOffset} and {@link Message#ifFirstOfKey} set it.
 *
 * <p><b>Threading</b>: immutable.
 */
public sealed interface Condition permits ConditionValue {
  /** Returns the expected offset of the key's last message; empty if it must have none. */
  OptionalLong lastOffset();
}
