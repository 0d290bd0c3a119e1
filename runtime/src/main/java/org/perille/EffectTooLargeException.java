package org.perille;

/**
 * An effect, a reply or a state that is larger than a setting of {@code perille.effect} allows.
 * Nothing of the effect is stored, and its message becomes a dead letter at once, whatever the
 * retry policy says: the next attempt would make the same.
 */
public final class EffectTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public EffectTooLargeException(String message) {
    super(message);
  }
}
