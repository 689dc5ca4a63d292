// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What was decided about an event.
 *
 * @param tag the number of the event in a batch
 * @param until for DEFER when the event may be sent; else null
 * @param causedBy of what followed from an event: the identity of that; else empty
 * @param deadline not an event, but a deadline that has passed; the type is the duty's name
 * @param refused not null: it was not decided, and its verdict is BLOCK
 * @param json one line, without a line end; empty when it was refused
 */
public record Decision(
    Verdict verdict,
    String event,
    String type,
    long tag,
    OffsetDateTime time,
    OffsetDateTime until,
    String causedBy,
    boolean deadline,
    boolean late,
    boolean replayed,
    Force force,
    NuoException refused,
    String json) {

  /** The JSON, read: maps, lists, String, Long, BigDecimal, Boolean. */
  public Map<String, Object> members() {
    if (refused != null) {
      throw refused;
    }
    return Json.object(json);
  }

  public List<Finding> breaches() {
    return findings("breaches");
  }

  public List<Finding> undetermined() {
    return findings("undetermined");
  }

  /** Breaches that an exception excused. */
  public List<Finding> excepted() {
    return findings("excepted");
  }

  private List<Finding> findings(String member) {
    return Finding.all(Json.list(members(), member));
  }

  // As nuo_packed_head in packed.h has it.
  private static final int TAG = 0;
  private static final int TIME = 8;
  private static final int UNTIL = 16;
  private static final int OFFSET = 24;
  private static final int ZONES = 32;
  private static final int LENGTHS = 40;
  private static final int SIZE = 64;
  private static final int VERDICT = 68;
  private static final int FORCE = 69;
  private static final int FLAGS = 70;
  private static final int REFUSED = 71;
  private static final int HEAD = 72;

  /** The decisions that C packed. */
  static List<Decision> unpack(byte[] packed) {
    List<Decision> decisions = new ArrayList<>();
    ByteBuffer heads = ByteBuffer.wrap(packed).order(ByteOrder.nativeOrder());
    for (int at = 0; at < packed.length; at += heads.getInt(at + SIZE)) {
      decisions.add(unpack(packed, heads, at));
    }
    return decisions;
  }

  private static Decision unpack(byte[] packed, ByteBuffer heads, int at) {
    Texts texts = new Texts(packed, heads, at);
    Verdict verdict = Verdict.of(packed[at + VERDICT]);
    String event = texts.next();
    String type = texts.next();
    String causedBy = texts.next();
    String json = texts.next();
    int refused = packed[at + REFUSED];
    int flags = packed[at + FLAGS];
    return new Decision(
        verdict,
        event,
        type,
        heads.getLong(at + TAG),
        moment(heads, at, TIME, 0),
        verdict == Verdict.DEFER ? moment(heads, at, UNTIL, 4) : null,
        causedBy,
        (flags & 1) != 0,
        (flags & 2) != 0,
        (flags & 4) != 0,
        Force.of(packed[at + FORCE]),
        refused == 0 ? null : new NuoException(refused, heads.getLong(at + OFFSET), texts.bytes(), texts.bytes()),
        json);
  }

  private static OffsetDateTime moment(ByteBuffer heads, int at, int time, int zone) {
    ZoneOffset offset = ZoneOffset.ofTotalSeconds(heads.getInt(at + ZONES + zone));
    return OffsetDateTime.ofInstant(Instant.ofEpochMilli(heads.getLong(at + time)), offset);
  }

  /** The texts behind a head, one after the other. */
  private static final class Texts {
    private final byte[] packed;
    private final ByteBuffer heads;
    private int length;
    private int at;

    Texts(byte[] packed, ByteBuffer heads, int head) {
      this.packed = packed;
      this.heads = heads;
      length = head + LENGTHS;
      at = head + HEAD;
    }

    private int step() {
      int len = heads.getInt(length);
      length += 4;
      at += len;
      return len;
    }

    String next() {
      int len = step();
      return len == 0 ? "" : new String(packed, at - len, len, StandardCharsets.UTF_8);
    }

    byte[] bytes() {
      int len = step();
      return Arrays.copyOfRange(packed, at - len, at);
    }
  }
}
