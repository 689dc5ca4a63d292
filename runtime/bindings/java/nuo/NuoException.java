// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.nio.charset.StandardCharsets;

/** What the library refuses, with the place, the reason and the way out. */
public final class NuoException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final Status status;
  private final long offset;
  private final String messageZh;

  /** Called from C, too. */
  NuoException(int status, long offset, byte[] message, byte[] messageZh) {
    super(new String(message, StandardCharsets.UTF_8));
    this.status = Status.of(status);
    this.offset = offset;
    this.messageZh = new String(messageZh, StandardCharsets.UTF_8);
  }

  public Status status() {
    return status;
  }

  /** Byte in the image or event, where that makes sense. */
  public long offset() {
    return offset;
  }

  /** The message in Chinese, or empty. */
  public String messageZh() {
    return messageZh;
  }
}
