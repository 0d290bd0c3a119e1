package org.perille.proof.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * The random choices of a simulation.
 *
 * <p>Recorded choices can be used again, as a whole or in part, to repeat a failing run or make it
 * shorter.
 */
public final class Choices extends Random {
  private static final long serialVersionUID = 1L;

  /** A limit far above the number of choices in any scenario that ends. */
  private static final int MAX_TAKEN = 3_000_000;

  /** The seed of the choices that follow the given ones. */
  private static final long SEED_OF_THE_REST = 1;

  private final int[] given;

  /**
   * The generator of further choices. Unlike with {@link Random}, neighbouring seeds have different
   * first choices.
   */
  private final transient SplittableRandom rest;

  private int[] taken = new int[1024];
  private int count;

  private Choices(int[] given, long seedOfTheRest) {
    this.given = given;
    this.rest = new SplittableRandom(seedOfTheRest);
  }

  /** Returns the choices of a seed. */
  public static Choices of(long seed) {
    return new Choices(new int[0], seed);
  }

  /** Returns these choices first, then always the same ones. */
  public static Choices of(int[] given) {
    return new Choices(given.clone(), SEED_OF_THE_REST);
  }

  @Override
  public int nextInt(int bound) {
    if (count == MAX_TAKEN) {
      // Thrown at every further call. Code that takes it for the failure of a handler gets no
      // further.
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

  /** Returns a random element of a list. */
  public <E> E any(List<E> list) {
    return list.get(nextInt(list.size()));
  }

  @Override
  protected int next(int bits) {
    throw new UnsupportedOperationException("only bounded choices are supported");
  }

  /** Signals that a scenario has taken far more choices than one that ends. */
  static final class EndlessScenarioError extends AssertionError {
    private static final long serialVersionUID = 1L;

    EndlessScenarioError() {
      super("the run doesn't end: it has taken %,d choices".formatted(MAX_TAKEN));
    }
  }

  /** Returns all choices so far. */
  public int[] taken() {
    return Arrays.copyOf(taken, count);
  }
}
