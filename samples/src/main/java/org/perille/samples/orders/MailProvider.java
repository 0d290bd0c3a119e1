package org.perille.samples.orders;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.perille.samples.launch.Journal;

/**
 * A simulated mail service of another company: slow for a while, then down, then back. See {@link
 * Outage}.
 *
 * <p>Like such services, it sends one mail for each idempotency key. The instances on all nodes
 * share one file of the mails sent, and so act as one service.
 */
final class MailProvider implements AutoCloseable {
  /**
   * The number of mails before the outage begins: low, so that most of the replay falls into it.
   */
  static final int WELL_FOR_MAILS = 1_000;

  /** The delay of a slow answer, in milliseconds. The mail itself is sent at once. */
  static final long SLOW_MILLIS = 700;

  private static final String KIND = "mail-provider";
  private static final Pattern TAB = Pattern.compile("\t");

  /** A mail that was sent. */
  record Mail(String key, String orderId, String text) {
    private static Mail parse(String line) {
      String[] f = TAB.split(line, 3);
      return new Mail(f[0], f[1], f[2]);
    }

    private String line() {
      return key + "\t" + orderId + "\t" + text + ";\n";
    }
  }

  /** The service is unreachable. */
  static final class DownException extends IOException {
    private static final long serialVersionUID = 1L;

    DownException() {
      super("the mail service is down");
    }
  }

  private final Outage outage;
  private final FileChannel channel;
  private final Set<String> keys = new HashSet<>();
  private long known;

  private MailProvider(Outage outage, FileChannel channel) {
    this.outage = outage;
    this.channel = channel;
  }

  static MailProvider open(Path directory, Clock clock) throws IOException {
    return new MailProvider(
        new Outage(directory, clock),
        FileChannel.open(
            directory.resolve(KIND + "-sent.txt"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  /** Reads all mails that were sent, in order. */
  static void readAll(Path directory, Consumer<Mail> reader) {
    Journal.readAll(directory, KIND, line -> reader.accept(Mail.parse(line)));
  }

  /** Returns the state on the service's status page. */
  boolean isWell() {
    Outage.Phase phase = outage.phase();
    return phase == Outage.Phase.WELL || phase == Outage.Phase.BACK;
  }

  /**
   * Sends a mail, unless one was sent under this key.
   *
   * @throws DownException if the service is down
   */
  void send(Mail mail) throws IOException, InterruptedException {
    Outage.Phase phase = outage.phase();
    if (phase == Outage.Phase.DOWN) {
      throw new DownException();
    }
    sendOnce(mail);
    if (phase == Outage.Phase.SLOW) {
      TimeUnit.MILLISECONDS.sleep(SLOW_MILLIS);
    }
  }

  private synchronized void sendOnce(Mail mail) throws IOException {
    FileLock lock = channel.lock();
    try {
      boolean unfinished = readOn();
      if (keys.add(mail.key)) {
        // A process that died may have left a partial line, which this one must not continue.
        append((unfinished ? "\n" : "") + mail.line());
      }
      if (keys.size() >= WELL_FOR_MAILS) {
        outage.begin();
      }
    } finally {
      lock.release();
    }
  }

  /**
   * Reads the mails that other processes have appended.
   *
   * @return true if the last line is incomplete
   */
  private boolean readOn() throws IOException {
    long size = channel.size();
    if (size == known) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(size - known));
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, known + bytes.position()) < 0) {
        throw new EOFException("the file of sent mails has become shorter");
      }
    }
    String text = new String(bytes.array(), StandardCharsets.UTF_8);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    whole
        .lines()
        .filter(line -> line.endsWith(";"))
        .forEach(line -> keys.add(Mail.parse(line).key));
    known += whole.getBytes(StandardCharsets.UTF_8).length;
    return known < size;
  }

  private void append(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    long end = channel.size();
    while (bytes.hasRemaining()) {
      end += channel.write(bytes, end);
    }
    known = end;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
