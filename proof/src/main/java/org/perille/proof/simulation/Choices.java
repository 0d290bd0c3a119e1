package org.perille.proof.simulation;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Where a simulation takes its chances from. What was taken can be taken again, as a whole or in
 * parts, which is how a failing run is repeated and made shorter.
 */
public final class Choices extends Random {
  private static final long serialVersionUID = 1L;

  /** Far more than any scenario takes that comes to its end. */
  private static final int MAX_TAKEN = 3_000_000;

  /** What follows when everything that was given is taken. */
  private static final long SEED_OF_THE_REST = 1;

  private final int[] given;

  /** Unlike those of {@link Random} its first choices differ between seeds that are neighbours. */
  private final transient SplittableRandom rest;

  private int[] taken = new int[1024];
  private int count;

  private Choices(int[] given, long seedOfTheRest) {
    this.given = given;
    this.rest = new SplittableRandom(seedOfTheRest);
  }

  /** All that a seed gives. */
  public static Choices of(long seed) {
    return new Choices(new int[0], seed);
  }

  /** These first; then what is always the same. */
  public static Choices of(int[] given) {
    return new Choices(given.clone(), SEED_OF_THE_REST);
  }

  @Override
  public int nextInt(int bound) {
    if (count == MAX_TAKEN) {
      // Again and again: whoever takes this for the failure of a handler gets no further.
      throw new EndlessScenarioError();
    }
    int next = count < given.length ? Math.floorMod(given[count], bound) : rest.nextInt(bound);
    if (count == taken.length) {
      taken = Arrays.copyOf(taken, 2 * count);
    }
    taken[count++] = next;
    return next;
  }

  @Override
  public boolean nextBoolean() {
    return nextInt(2) == 1;
  }

  @Override
  protected int next(int bits) {
    throw new UnsupportedOperationException("take one of so many");
  }

  /** A scenario has taken far more chances than one that comes to its end. */
  static final class EndlessScenarioError extends AssertionError {
    private static final long serialVersionUID = 1L;

    EndlessScenarioError() {
      super("the run doesn't end: it has taken %,d choices".formatted(MAX_TAKEN));
    }
  }

  /** All that was taken by now. */
  public int[] taken() {
    return Arrays.copyOf(taken, count);
  }
}
