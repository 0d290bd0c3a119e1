/** Handlers whose SQL commits together with the cursor, in H2 or PostgreSQL. */
package org.perille.persistence;
