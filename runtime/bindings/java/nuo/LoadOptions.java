// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** How an image is loaded; each call changes and returns this. */
public final class LoadOptions {
  String zoneDirectory;
  final ByteArrayOutputStream grants = new ByteArrayOutputStream(); // with a zero behind each
  byte[] keys;
  Instant now;

  /** Instead of /usr/share/zoneinfo. */
  public LoadOptions zoneDirectory(Path directory) {
    zoneDirectory = directory.toString();
    return this;
  }

  /** A native library that may be called: "libtox", or "libtox=/usr/lib/libtox.so.2". */
  public LoadOptions grant(String library) {
    grants.writeBytes(Native.terminated(Objects.requireNonNull(library)));
    return this;
  }

  /** Only images with a signature by one of these keys (Ed25519, 32 bytes each) are loaded. */
  public LoadOptions trust(List<byte[]> publicKeys) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] key : publicKeys) {
      if (key.length != 32) {
        throw new IllegalArgumentException("a public key has 32 bytes, not " + key.length);
      }
      all.writeBytes(key);
    }
    keys = all.toByteArray();
    return this;
  }

  /** For signatures that expire, instead of the time of loading. */
  public LoadOptions now(Instant time) {
    now = time;
    return this;
  }
}
