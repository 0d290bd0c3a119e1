/** The report of a comparison: tables and plots of its trials. */
package org.perille.benchmarks.report;
