// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/** Has versions of one policy in force, and remembers. Any number of threads may call it at once. */
public final class Engine implements AutoCloseable {
  /** What became of a definition that remembers, when the policy was put in force. */
  public record Change(Kind kind, Definition definition, String name, String nameZh) {
    /** WIDENED: may count too few for a time. */
    public enum Kind {
      NEW,
      DROPPED,
      CHANGED,
      WIDENED
    }

    public enum Definition {
      FACT,
      COUNTER,
      DUTY
    }
  }

  /**
   * What is freed, when the sessions are: the cleaner may come to the engine before it comes to them. The library wants
   * the functions of an engine called one after the other, hence its lock.
   */
  static final class Handle implements Runnable {
    private long pointer;
    private int sessions;
    private boolean unwanted;

    @Override
    public synchronized void run() {
      unwanted = true;
      freeWhenUnused();
    }

    private void freeWhenUnused() {
      if (!unwanted || sessions > 0) {
        return;
      }
      Native.engineFree(pointer);
      pointer = 0;
    }

    synchronized void freeSession(long session) {
      Native.sessionFree(session);
      sessions--;
      freeWhenUnused();
    }
  }

  private final Handle handle = new Handle();
  private final Cleaner.Cleanable cleanable;

  /** An engine in which nothing is in force yet. */
  public Engine() {
    this(new EngineOptions());
  }

  public Engine(EngineOptions o) {
    byte[] directory = Native.terminated(o.stateDirectory);
    handle.pointer = Native.engineNew(o.maskKey, o.stateSecret, directory, o.dropState, o.replay.toMillis());
    cleanable = Native.CLEANER.register(this, handle);
  }

  /** Throws, and changes nothing, while sessions are open. */
  @Override
  public void close() {
    synchronized (handle) {
      if (handle.sessions > 0) {
        throw new IllegalStateException("sessions of the engine are open: " + handle.sessions + "; close them first");
      }
      cleanable.clean();
    }
  }

  private <T> T call(LongFunction<T> use) {
    try {
      synchronized (handle) {
        if (handle.pointer == 0) {
          throw new IllegalStateException("the engine is closed");
        }
        return use.apply(handle.pointer);
      }
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private void run(LongConsumer use) {
    call(
        e -> {
          use.accept(e);
          return null;
        });
  }

  /**
   * Puts versions of one policy in force, with disjoint times; each event's own time chooses. Called while sessions
   * decide, it swaps the policy: each goes over with its next event or batch, and nobody waits. The programs may be
   * closed at once.
   */
  public void use(Program... programs) {
    Program.LIFE.readLock().lock();
    try {
      long[] pointers = Arrays.stream(programs).mapToLong(Program::pointer).toArray();
      run(e -> Native.engineUse(e, pointers));
    } finally {
      Program.LIFE.readLock().unlock();
      Reference.reachabilityFence(programs);
    }
  }

  /** Needs a policy in force. */
  public Session newSession() {
    return call(
        e -> {
          Session session = new Session(this, handle, Native.sessionNew(e));
          handle.sessions++;
          return session;
        });
  }

  /** Reads and checks the state directory, which use does too. */
  public void open() {
    run(Native::engineOpen);
  }

  /**
   * Writes what has changed to the state directory, with your position in your input (256 bytes at most), as a whole.
   * Sessions wait while it is taken, not for the disk.
   */
  public void commit(byte[] position) {
    run(e -> Native.engineCommit(e, position));
  }

  /** The last one committed; empty before the first. */
  public byte[] position() {
    return call(Native::enginePosition);
  }

  /** Erases what is remembered of one subject, and tells how many records went. */
  public long forget(String subject) {
    return call(e -> Native.engineForget(e, Native.utf8(subject)));
  }

  /** What the last use found in comparison with the state directory. */
  public List<Change> changes() {
    byte[][] told = call(Native::engineChanges);
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < told.length; i += 3) {
      changes.add(
          new Change(
              Change.Kind.values()[told[i][0]],
              Change.Definition.values()[told[i][1]],
              Native.text(told[i + 1]),
              Native.text(told[i + 2])));
    }
    return changes;
  }
}
