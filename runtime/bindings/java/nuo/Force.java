// SPDX-License-Identifier: Apache-2.0
package nuo;

/** Whether a version of the policy is in force at an event's time. */
public enum Force {
  IN_FORCE,
  NOT_YET_IN_FORCE,
  REPEALED;

  private static final Force[] ALL = values();

  static Force of(int code) {
    return ALL[code];
  }
}
