package org.perille.internal.log;

/**
 * The size of consecutive messages as they are stored and sent: a compressed block counts once.
 *
 * <p><b>Threading</b>: used by one thread.
 */
public final class StoredSize {
  private CompressedBlock last;

  /** Returns whether a message's block was counted with the message before it. */
  @SuppressWarnings("ReferenceEquality") // the messages of a block share one object
  public boolean hasBlockOf(LogMessage message) {
    return message.content() instanceof LogMessage.Compressed content && content.block() == last;
  }

  /** Returns the bytes that a message would add to those before it. */
  public int of(LogMessage message) {
    if (!(message.content() instanceof LogMessage.Compressed content)) {
      return message.sizeInBytes();
    }
    int withoutBlock = message.sizeInBytes() - content.length();
    return hasBlockOf(message) ? withoutBlock : withoutBlock + content.block().sizeInBytes();
  }

  /** Counts a message, and returns the bytes that it adds to those before it. */
  public int add(LogMessage message) {
    int bytes = of(message);
    last = message.content() instanceof LogMessage.Compressed content ? content.block() : null;
    return bytes;
  }
}
