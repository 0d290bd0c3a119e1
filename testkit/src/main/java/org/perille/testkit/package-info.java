/** The test kit with which applications test their handlers. */
package org.perille.testkit;
