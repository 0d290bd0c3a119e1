/** Publishing inside transactions of an application. */
package org.perille.benchmarks.outbox;
