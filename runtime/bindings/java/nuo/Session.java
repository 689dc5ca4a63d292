// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** Decides events, for one thread at a time; made by {@link Engine#newSession}. */
public final class Session implements AutoCloseable {
  /** How many events a batch takes at most. */
  public static final int BATCH = 64;

  private static final int IDLE = 0;
  private static final int BUSY = 1;
  private static final int GONE = 2;

  private static final class Handle implements Runnable {
    private final AtomicInteger state = new AtomicInteger();
    private final Engine.Handle engine;
    private final long pointer;

    Handle(Engine.Handle engine, long pointer) {
      this.engine = engine;
      this.pointer = pointer;
    }

    @Override
    public void run() {
      engine.freeSession(pointer);
    }
  }

  private final Engine engine; // which is not to be collected before its session
  private final Handle handle;
  private final Cleaner.Cleanable cleanable;

  Session(Engine engine, Engine.Handle engineHandle, long pointer) {
    this.engine = engine;
    handle = new Handle(engineHandle, pointer);
    cleanable = Native.CLEANER.register(this, handle);
  }

  private void enter() {
    int found = handle.state.compareAndExchange(IDLE, BUSY);
    if (found == GONE) {
      throw new IllegalStateException("the session is closed");
    }
    if (found == BUSY) {
      throw new IllegalStateException("the session is at work in another thread; make one for each");
    }
  }

  private void leave() {
    handle.state.set(IDLE);
    Reference.reachabilityFence(this);
  }

  /** Throws while the session is at work. */
  @Override
  public void close() {
    if (handle.state.get() == GONE) {
      return;
    }
    enter();
    handle.state.set(GONE);
    cleanable.clean();
  }

  /** Names the adapter by which events in a vendor's format are read that name none. */
  public void adapter(String name) {
    byte[] utf8 = Native.utf8(name);
    enter();
    try {
      Native.sessionAdapter(handle.pointer, utf8);
    } finally {
      leave();
    }
  }

  /**
   * Decides one event, UTF-8. Deadlines that have passed before it and what follows from it are decided, too; who wants
   * to see those calls decideBatch with one event.
   *
   * @return null for an event that reports a delivery ("nuo.delivered"), which has no decision
   * @throws NuoException BAD_EVENT or LIMIT: the event is refused, the session goes on
   */
  public Decision decide(byte[] event) {
    Objects.requireNonNull(event);
    enter();
    try {
      byte[] packed = Native.sessionEval(handle.pointer, event);
      return packed.length == 0 ? null : Decision.unpack(packed).get(0);
    } finally {
      leave();
    }
  }

  /**
   * Decides up to 64 events that lie side by side in one array, event i ending before ends[i], in one call of the
   * library. They are numbered from `first`: a decision's tag, and "line" in its JSON, is the number of its event. There
   * are decisions of deadlines and of what follows from events, too. An event that is refused has a decision with
   * `refused`.
   */
  public List<Decision> decideBatch(byte[] events, int[] ends, long first) {
    return decideBatch(events, null, events.length, ends, first);
  }

  /** The same from a direct buffer, from its position on: nothing is copied on the way in. */
  public List<Decision> decideBatch(ByteBuffer events, int[] ends, long first) {
    if (!events.isDirect()) {
      throw new IllegalArgumentException("the buffer is not direct; hand in its array");
    }
    return decideBatch(null, events.slice(), events.remaining(), ends, first);
  }

  /** The same from arrays of their own, which are put side by side here. */
  public List<Decision> decideBatch(List<byte[]> events, long first) {
    int[] ends = new int[events.size()];
    int end = 0;
    for (int i = 0; i < ends.length; i++) {
      ends[i] = end = Math.addExact(end, events.get(i).length);
    }
    byte[] all = new byte[end];
    for (int i = 0; i < ends.length; i++) {
      byte[] event = events.get(i);
      System.arraycopy(event, 0, all, ends[i] - event.length, event.length);
    }
    return decideBatch(all, ends, first);
  }

  // The places are copied before they are checked: another thread may still have the array.
  private List<Decision> decideBatch(byte[] events, ByteBuffer direct, int length, int[] given, long first) {
    int[] ends = given.clone();
    int before = 0;
    for (int end : ends) {
      if (end < before || end > length) {
        throw new IllegalArgumentException("an event that ends at " + end + " of " + length + ", behind " + before);
      }
      before = end;
    }
    enter();
    try {
      return Decision.unpack(Native.sessionDecide(handle.pointer, events, direct, ends, first));
    } finally {
      leave();
    }
  }

  /** An event that was held or deferred has been sent in the end: it counts from then on. */
  public void delivered(String type, String id, Instant when) {
    enter();
    try {
      Native.sessionDelivered(handle.pointer, Native.utf8(type), Native.utf8(id), when.toEpochMilli());
    } finally {
      leave();
    }
  }

  /** Moves the clock without an event, never back, and decides the deadlines that have passed before it. */
  public List<Decision> advance(Instant to) {
    enter();
    try {
      return Decision.unpack(Native.sessionAdvance(handle.pointer, to.toEpochMilli()));
    } finally {
      leave();
    }
  }
}
