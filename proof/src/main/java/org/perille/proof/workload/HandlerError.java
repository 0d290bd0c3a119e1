package org.perille.proof.workload;

import java.util.Optional;

/** A throwable of a handler that a runtime might handle unlike an ordinary exception. */
enum HandlerError {
  STACK_OVERFLOW {
    @Override
    Throwable make(String why) {
      try {
        return new IllegalStateException("a depth of " + depth(1));
      } catch (StackOverflowError e) {
        return e;
      }
    }
  },
  /** Constructed: no memory is used up. */
  OUT_OF_MEMORY {
    @Override
    Throwable make(String why) {
      return new OutOfMemoryError(why);
    }
  },
  LINKAGE_ERROR {
    @Override
    Throwable make(String why) {
      return new NoClassDefFoundError(why);
    }
  },
  THREAD_DEATH {
    @Override
    Throwable make(String why) {
      return new ThreadDeath();
    }
  },
  ASSERTION_ERROR {
    @Override
    Throwable make(String why) {
      return new AssertionError(why);
    }
  },
  /** The thread stays interrupted, too. */
  INTERRUPTED {
    @Override
    Throwable make(String why) {
      Thread.currentThread().interrupt();
      return new InterruptedException(why);
    }
  },
  /** Its methods throw. */
  UNREADABLE {
    @Override
    Throwable make(String why) {
      return new UnreadableException();
    }
  },
  CYCLIC_CAUSE {
    @Override
    Throwable make(String why) {
      IllegalStateException cause = new IllegalStateException(why);
      IllegalStateException failure = new IllegalStateException(why, cause);
      cause.initCause(failure);
      return failure;
    }
  },
  /** The predicate of the retry policy throws when it tests it. */
  PREDICATE_THROWS {
    @Override
    Throwable make(String why) {
      return new UntestableException(why);
    }
  };

  /** Returns a new throwable. */
  abstract Throwable make(String why);

  /** Returns the throwable of a mood. Empty if the mood has none. */
  static Optional<HandlerError> of(Item.Mood mood) {
    for (HandlerError error : values()) {
      if (error.name().equals(mood.name())) {
        return Optional.of(error);
      }
    }
    return Optional.empty();
  }

  /** Throws it, also where no checked exception may be thrown. */
  <E extends Throwable> void raise(String why) throws E {
    @SuppressWarnings("unchecked") // Erased: the caller's compiler doesn't see the throwable.
    E thrown = (E) make(why);
    throw thrown;
  }

  /**
   * Returns whether a failure is permanent. The predicate of the retry policies, which must throw
   * for one kind.
   */
  static boolean isPermanent(Throwable failure) {
    if (failure instanceof UntestableException) {
      throw new AssertionError("the retry policy can't test this", failure);
    }
    return failure instanceof ForbiddenException;
  }

  private static int depth(int above) {
    return above < 0 ? 0 : 1 + depth(above + 1);
  }

  /** An exception for which the retry policy has no answer. */
  private static final class UntestableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UntestableException(String message) {
      super(message);
    }
  }

  /** An exception without readable message. */
  private static final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new NoClassDefFoundError("the text of a message");
    }
  }
}
