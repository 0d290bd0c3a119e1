/** The settings under {@code perille}: read once, and validated. */
package org.perille.internal.settings;
