/** A simulated database: a real engine behind connections that fail by choice. */
package org.perille.proof.database;
