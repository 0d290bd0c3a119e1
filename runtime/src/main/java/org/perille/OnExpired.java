package org.perille;

/** What happens to a message whose "not after" has passed before it could be handled. */
public enum OnExpired {
  /** It becomes a dead letter, with reason {@link DeadLetter.Reason#EXPIRED}; its key goes on. */
  DEAD_LETTER,
  /** It is skipped: counted in the subscription's status, and logged. */
  SKIP
}
