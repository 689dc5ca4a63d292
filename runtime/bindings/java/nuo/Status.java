// SPDX-License-Identifier: Apache-2.0
package nuo;

/** What kind of error a {@link NuoException} is, as nuo_status in nuo.h. */
public enum Status {
  OK,
  NO_MEMORY,
  BAD_ARGUMENT,
  /** Not an image, of another version, damaged, or not provably safe. */
  BAD_IMAGE,
  /** This event is refused; the session goes on. */
  BAD_EVENT,
  /** A native library or symbol was not granted or not found. */
  NOT_GRANTED,
  /** The policy's time zone is not in the zone directory. */
  BAD_ZONE,
  /** A stated limit was passed. */
  LIMIT,
  /** Not a state directory, or damaged, in use, of another policy or with another secret. */
  BAD_STATE,
  /** The policy no longer defines something that the state directory remembers. */
  STATE_CHANGED,
  /** The state directory cannot be read or written. */
  IO,
  /** The image has no signature that is trusted. */
  NOT_TRUSTED,
  BAD_LOG;

  private static final Status[] ALL = values();

  static Status of(int code) {
    return ALL[code];
  }
}
