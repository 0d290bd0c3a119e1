/** Metrics of a node through Micrometer: {@link org.perille.micrometer.PerilleMetrics}. */
package org.perille.micrometer;
