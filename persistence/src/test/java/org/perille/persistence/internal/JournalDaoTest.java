package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.collection.immutable.Set;
import scala.jdk.javaapi.CollectionConverters;

class JournalDaoTest {
  private static Tuple2<JournalPekkoSerializationRow, Set<String>> row(String... tags) {
    return new Tuple2<>(
        JournalTableTest.row("account", 1),
        CollectionConverters.asScala(List.of(tags)).<String>toSet());
  }

  @Test
  void an_event_with_tags_is_refused_for_they_would_be_lost() {
    assertThat(JournalDao.untagged(row()).persistenceId()).isEqualTo("account");
    assertThatThrownBy(() -> JournalDao.untagged(row("shipped")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'account'");
  }
}
