/** What happened in a run, and what is wrong with it. */
package org.perille.testkit.history;
