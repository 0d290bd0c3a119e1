package org.perille;

/**
 * The failure of an effect, a reply or a state that exceeds a limit of {@code perille.effect}.
 *
 * <p>Nothing of the effect is stored. Its message becomes a dead letter at once, whatever the retry
 * policy is, because the next attempt would have the same result.
 */
public final class EffectTooLargeException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public EffectTooLargeException(String message) {
    super(message);
  }
}
