/** The systems that a comparison measures, behind one interface. */
package org.perille.benchmarks.contender;
