/** What runs under faults: load, handlers of every guarantee, and what is seen of them. */
package org.perille.proof.workload;
