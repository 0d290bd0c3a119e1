/**
 * A check that runs a handler under every crash point, and shows whether its effect happens once.
 */
package org.perille.testkit.idempotence;
