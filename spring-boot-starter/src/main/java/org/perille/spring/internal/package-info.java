/** The auto-configuration. Not part of the API. */
package org.perille.spring.internal;
