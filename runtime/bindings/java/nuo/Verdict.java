// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.util.Locale;

/** What is to become of an event. The greater one wins. */
public enum Verdict {
  ALLOW,
  NOTE,
  AMEND,
  DEFER,
  HOLD,
  BLOCK;

  private static final Verdict[] ALL = values();

  static Verdict of(int code) {
    return ALL[code];
  }

  static Verdict named(String name) {
    return name == null ? null : valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** Whether the event may be sent now; one with AMEND only as its amendments want it. */
  public boolean deliver() {
    return this.compareTo(AMEND) <= 0;
  }

  /** As in JSON: "allow". */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
