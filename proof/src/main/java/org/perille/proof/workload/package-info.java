/**
 * The workload under faults: load, handlers of every guarantee, and the witnesses that record them.
 */
package org.perille.proof.workload;
