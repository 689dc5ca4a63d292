// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The functions in nuo_jni.c. Texts go as UTF-8, pointers as numbers; each but the frees throws NuoException. */
final class Native {
  static final Cleaner CLEANER = Cleaner.create();

  static {
    String path = System.getProperty("nuo.library");
    if (path != null) {
      System.load(path);
    } else {
      System.loadLibrary("nuojni");
    }
  }

  private Native() {}

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /** What C reads up to a zero, and takes null for the default. */
  static byte[] terminated(String text) {
    if (text == null) {
      return null;
    }
    if (text.indexOf(0) >= 0) {
      throw new IllegalArgumentException("a zero byte in \"" + text + "\"");
    }
    return utf8(text + '\0');
  }

  static native long programLoad(byte[] image, byte[] zones, byte[] grants, byte[] keys, long now);

  static native void programFree(long program);

  static native byte[][] programTexts(long program);

  static native long[] programNumbers(long program);

  static native boolean programHasAdapter(long program, byte[] name);

  static native long engineNew(byte[] maskKey, byte[] secret, byte[] directory, boolean dropState, long replay);

  static native void engineFree(long engine);

  static native void engineUse(long engine, long[] programs);

  static native void engineOpen(long engine);

  static native void engineCommit(long engine, byte[] position);

  static native byte[] enginePosition(long engine);

  static native long engineForget(long engine, byte[] subject);

  /** Three texts a change: kind and definition as two bytes, the name, the Chinese name. */
  static native byte[][] engineChanges(long engine);

  static native long sessionNew(long engine);

  static native void sessionFree(long session);

  static native void sessionAdapter(long session, byte[] name);

  /** The decisions, packed. */
  static native byte[] sessionEval(long session, byte[] event);

  /** The events lie in one or the other. */
  static native byte[] sessionDecide(long session, byte[] events, ByteBuffer direct, int[] ends, long first);

  static native void sessionDelivered(long session, byte[] type, byte[] id, long time);

  static native byte[] sessionAdvance(long session, long time);
}
