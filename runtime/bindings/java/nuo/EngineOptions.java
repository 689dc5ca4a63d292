// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.nio.file.Path;
import java.time.Duration;

/** How an engine is made; each call changes and returns this. */
public final class EngineOptions {
  byte[] maskKey;
  byte[] stateSecret;
  String stateDirectory;
  boolean dropState;
  Duration replay = Duration.ZERO;

  /** 16 to 64 bytes: sensitive values show as hashes under this key; else as "***". */
  public EngineOptions maskKey(byte[] key) {
    maskKey = key.clone();
    return this;
  }

  /** 16 bytes: what is remembered is kept under keys hashed with it. */
  public EngineOptions stateSecret(byte[] secret) {
    if (secret.length != 16) {
      throw new IllegalArgumentException("a state secret has 16 bytes, not " + secret.length);
    }
    stateSecret = secret.clone();
    return this;
  }

  /** Where what is remembered lasts; made when it is not there, but not its parent. One engine at a time. */
  public EngineOptions stateDirectory(Path directory) {
    stateDirectory = directory.toString();
    return this;
  }

  /** Erases what the directory remembers for definitions that the policy no longer has. */
  public EngineOptions dropState() {
    dropState = true;
    return this;
  }

  /** For how long, of event time, an event that comes again gets its decision again, instead of an hour. */
  public EngineOptions replay(Duration time) {
    replay = time;
    return this;
  }
}
