/** The storage in H2 and PostgreSQL: journal, snapshots, schema, cursors and node registry. */
package org.perille.persistence.internal;
