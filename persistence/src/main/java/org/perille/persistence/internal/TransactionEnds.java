package org.perille.persistence.internal;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Detects statements that end a transaction, in the SQL of a database. */
enum TransactionEnds {
  /** In H2, DDL commits the transaction before it. */
  H2,

  /** In PostgreSQL, DDL is part of its transaction. */
  POSTGRESQL;

  private static final Set<String> ALWAYS = Set.of("COMMIT", "ROLLBACK", "BEGIN", "START");
  private static final Set<String> IN_POSTGRESQL = Set.of("END", "ABORT");
  private static final Set<String> IN_H2 =
      Set.of(
          "CREATE",
          "ALTER",
          "DROP",
          "TRUNCATE",
          "GRANT",
          "REVOKE",
          "COMMENT",
          "ANALYZE",
          "SHUTDOWN",
          "RUNSCRIPT",
          "SCRIPT",
          "BACKUP");

  /** The settings whose change makes H2 commit before. */
  private static final Set<String> SETTINGS = Set.of("AUTOCOMMIT", "TRANSACTION", "SESSION");

  static TransactionEnds of(Dialect dialect) {
    return dialect == Dialect.H2 ? H2 : POSTGRESQL;
  }

  /** Returns the first statement of a text that ends a transaction, without its arguments. */
  Optional<String> find(String sql) {
    Words words = new Words(sql);
    boolean begins = true;
    for (Optional<String> word = words.next(); word.isPresent(); word = words.next()) {
      if (begins && ends(word.get(), words)) {
        return word;
      }
      begins = word.get().equals(";");
    }
    return Optional.empty();
  }

  private boolean ends(String word, Words words) {
    if (word.equals("ROLLBACK")) {
      return !words.goOnTo("TO");
    }
    if (word.equals("PREPARE")) {
      return words.goOnWith("TRANSACTION");
    }
    if (word.equals("SET")) {
      return this == H2 && SETTINGS.stream().anyMatch(words::goOnWith);
    }
    return ALWAYS.contains(word) || (this == H2 ? IN_H2 : IN_POSTGRESQL).contains(word);
  }

  /** The words and semicolons of a text, without quoted text and comments. */
  private static final class Words {
    private final String sql;
    private int at;

    Words(String sql) {
      this.sql = sql;
    }

    /** Returns the next word, in capitals. */
    Optional<String> next() {
      while (at < sql.length()) {
        char c = sql.charAt(at);
        if (Character.isLetter(c) || c == '_') {
          int begin = at;
          while (at < sql.length() && isPart(sql.charAt(at))) {
            at++;
          }
          return Optional.of(sql.substring(begin, at).toUpperCase(Locale.ROOT));
        }
        if (c == ';') {
          at++;
          return Optional.of(";");
        }
        skip(c);
      }
      return Optional.empty();
    }

    private static boolean isPart(char c) {
      return Character.isLetterOrDigit(c) || c == '_';
    }

    private void skip(char c) {
      if (c == '\'' || c == '"') {
        skipTo(String.valueOf(c), 1);
      } else if (sql.startsWith("--", at)) {
        skipTo("\n", 2);
      } else if (sql.startsWith("/*", at)) {
        skipTo("*/", 2);
      } else if (c == '$' && dollarTag().isPresent()) {
        String tag = dollarTag().get();
        skipTo(tag, tag.length());
      } else {
        at++;
      }
    }

    private void skipTo(String end, int from) {
      int found = sql.indexOf(end, at + from);
      at = found < 0 ? sql.length() : found + end.length();
    }

    /** Returns the delimiter of a text quoted by dollars: {@code $$} or {@code $name$}. */
    private Optional<String> dollarTag() {
      int end = at + 1;
      while (end < sql.length() && isPart(sql.charAt(end))) {
        end++;
      }
      return end < sql.length() && sql.charAt(end) == '$'
          ? Optional.of(sql.substring(at, end + 1))
          : Optional.empty();
    }

    private boolean goOnWith(String word) {
      int before = at;
      boolean goesOn = next().filter(word::equals).isPresent();
      at = before;
      return goesOn;
    }

    /**
     * Returns whether the word occurs before the statement ends: {@code ROLLBACK WORK TO SAVEPOINT
     * s}.
     */
    private boolean goOnTo(String word) {
      int before = at;
      Optional<String> found = next();
      while (found.isPresent() && !found.get().equals(";") && !found.get().equals(word)) {
        found = next();
      }
      at = before;
      return found.filter(word::equals).isPresent();
    }
  }
}
