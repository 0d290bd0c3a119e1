/** Starts the shop's nodes, places orders, kills nodes and reconciles. */
package org.perille.samples.shop.launch;
