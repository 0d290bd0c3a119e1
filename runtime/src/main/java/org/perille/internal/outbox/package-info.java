/** The relay of an outbox: from rows in the application's database to topics. */
package org.perille.internal.outbox;
