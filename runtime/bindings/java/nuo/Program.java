// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;

/** A policy, verified and ready; any number of engines and threads share it. */
public final class Program implements AutoCloseable {
  /** Describes a program; in force for instants in [from, until), milliseconds. */
  public record Info(
      String policy,
      String policyZh,
      String title,
      String version,
      String programDigest,
      String sourceDigest,
      long from,
      long until,
      int rules,
      int events,
      int clauses,
      int cost,
      int laneBytes) {}

  /** What is freed; it knows nothing of the program. */
  private static final class Handle implements Runnable {
    private long pointer;

    @Override
    public void run() {
      LIFE.writeLock().lock();
      try {
        Native.programFree(pointer);
        pointer = 0;
      } finally {
        LIFE.writeLock().unlock();
      }
    }
  }

  /** Held for reading while somebody uses programs, for writing by whoever frees one. */
  static final ReadWriteLock LIFE = new ReentrantReadWriteLock();

  private final Handle handle = new Handle();
  private final Cleaner.Cleanable cleanable;

  private Program(long pointer) {
    handle.pointer = pointer;
    cleanable = Native.CLEANER.register(this, handle);
  }

  /** Loads an image that `nuo build` wrote; copies it. */
  public static Program load(byte[] image) {
    return load(image, new LoadOptions());
  }

  public static Program load(byte[] image, LoadOptions options) {
    Instant now = options.now == null ? Instant.now() : options.now;
    byte[] zones = Native.terminated(options.zoneDirectory);
    byte[] grants = options.grants.toByteArray();
    Objects.requireNonNull(image);
    return new Program(Native.programLoad(image, zones, grants, options.keys, now.toEpochMilli()));
  }

  /** Drops the program. Engines that use it keep it alive. */
  @Override
  public void close() {
    cleanable.clean();
  }

  /** For who holds LIFE, and this. */
  long pointer() {
    if (handle.pointer == 0) {
      throw new IllegalStateException("the program is closed");
    }
    return handle.pointer;
  }

  private <T> T with(LongFunction<T> use) {
    LIFE.readLock().lock();
    try {
      return use.apply(pointer());
    } finally {
      LIFE.readLock().unlock();
      Reference.reachabilityFence(this);
    }
  }

  public Info info() {
    return with(
        p -> {
          byte[][] t = Native.programTexts(p);
          long[] n = Native.programNumbers(p);
          return new Info(
              Native.text(t[0]), Native.text(t[1]), Native.text(t[2]), Native.text(t[3]), Native.text(t[4]), Native.text(t[5]),
              n[0], n[1], (int) n[2], (int) n[3], (int) n[4], (int) n[5], (int) n[6]);
        });
  }

  /** Whether the policy reads the format of this name, in either language. */
  public boolean hasAdapter(String name) {
    return with(p -> Native.programHasAdapter(p, Native.utf8(name)));
  }
}
