/**
 * Orders that are paid, analysed and counted, each with another guarantee, on one node or three.
 */
package org.perille.samples.orders;
