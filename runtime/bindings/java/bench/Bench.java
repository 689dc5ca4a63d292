// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import nuo.Engine;
import nuo.Program;
import nuo.Session;

/**
 * Bench IMAGE LIBRARY: the cost of a call, single and in batches of 64, as a ratio to C. The two take turns in 61 rounds;
 * told are the median ratio, the span from the 10th to the 90th percentile, and both in the least disturbed tenth.
 */
final class Bench {
  static final int ROUNDS = 61;
  static final int WARM = 300; // until the compiler of the virtual machine has done its work

  /** In baseline_jni.c. */
  static native byte[][] begin(byte[] image);

  static native double single();

  static native double batches();

  interface InC {
    double nanoseconds();
  }

  static void measure(String name, int events, InC inC, Runnable inJava) {
    double[] ours = new double[ROUNDS];
    double[] base = new double[ROUNDS];
    double[] ratios = new double[ROUNDS];
    for (int i = 0; i < WARM; i++) {
      inJava.run();
    }
    for (int i = 0; i < ROUNDS; i++) {
      base[i] = inC.nanoseconds() / events;
      long start = System.nanoTime();
      inJava.run();
      ours[i] = (double) (System.nanoTime() - start) / events;
      ratios[i] = ours[i] / base[i];
    }
    Arrays.sort(ours);
    Arrays.sort(base);
    Arrays.sort(ratios);
    int tenth = ROUNDS / 10;
    System.out.printf(
        "Java, %-23s to C %.2f (%.2f - %.2f); undisturbed %5.0f ns an event, C %5.0f, %.2f%n",
        name, ratios[ROUNDS / 2], ratios[tenth], ratios[ROUNDS - 1 - tenth], ours[tenth], base[tenth], ours[tenth] / base[tenth]);
  }

  /** Batches of the events, side by side, with the ends of each batch. */
  record Batches(byte[][] arrays, ByteBuffer[] buffers, int[][] ends) {}

  static Batches batched(byte[][] events) {
    int count = events.length / Session.BATCH;
    Batches b = new Batches(new byte[count][], new ByteBuffer[count], new int[count][Session.BATCH]);
    for (int i = 0; i < count; i++) {
      int end = 0;
      for (int k = 0; k < Session.BATCH; k++) {
        b.ends[i][k] = end += events[i * Session.BATCH + k].length;
      }
      b.buffers[i] = ByteBuffer.allocateDirect(end);
      for (int k = 0; k < Session.BATCH; k++) {
        b.buffers[i].put(events[i * Session.BATCH + k]);
      }
      b.buffers[i].flip();
      b.arrays[i] = new byte[end];
      b.buffers[i].duplicate().get(b.arrays[i]);
    }
    return b;
  }

  public static void main(String[] arguments) throws IOException {
    byte[] image = Files.readAllBytes(Path.of(arguments[0]));
    System.load(arguments[1]);
    byte[][] events = begin(image);
    Batches b = batched(events);
    try (Engine engine = new Engine();
        Program program = Program.load(image)) {
      engine.use(program);
      try (Session session = engine.newSession()) {
        measure("one by one", events.length, Bench::single, () -> Arrays.stream(events).forEach(session::decide));
        measure(
            "batches of 64, arrays", events.length, Bench::batches,
            () -> {
              for (int i = 0; i < b.ends.length; i++) {
                session.decideBatch(b.arrays[i], b.ends[i], 0);
              }
            });
        measure(
            "batches of 64, buffers", events.length, Bench::batches,
            () -> {
              for (int i = 0; i < b.ends.length; i++) {
                session.decideBatch(b.buffers[i], b.ends[i], 0);
              }
            });
      }
    }
  }
}
