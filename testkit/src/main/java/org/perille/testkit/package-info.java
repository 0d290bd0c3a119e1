/** What applications test their handlers with. */
package org.perille.testkit;
