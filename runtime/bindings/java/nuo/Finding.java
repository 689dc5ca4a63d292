// SPDX-License-Identifier: Apache-2.0
package nuo;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;

/**
 * A rule that is breached, undetermined or excepted. What there is nothing of is null, or an empty list.
 *
 * @param ruleZh null when it is the same
 * @param pack the policy in which the rule stands, when another one uses that
 * @param until for an action DEFER
 * @param also the other clauses under which it is the same breach; each says what it asks for by itself
 */
public record Finding(
    String rule,
    String ruleZh,
    String pack,
    String packZh,
    String clause,
    String title,
    String severity,
    List<String> cites,
    Verdict action,
    boolean deferralNotPossible,
    OffsetDateTime until,
    String label,
    String strip,
    List<Finding> also,
    String message,
    List<String> exceptions,
    List<Fact> evidence,
    List<Reason> becauseUnknown) {

  /** A value that decided: String, Long, BigDecimal, Boolean, a list or map of those; null when missing. */
  public record Fact(String fact, boolean missing, Object value, List<Hit> found) {}

  /** Where a lexicon or a text was found, in bytes of the value. */
  public record Hit(String entry, int offset, int length) {}

  /** Why a rule is undetermined. */
  public record Reason(String reason, String name) {}

  static List<Finding> all(List<?> findings) {
    return findings.stream().map(f -> of(Json.map(f))).toList();
  }

  private static Finding of(Map<String, Object> m) {
    String until = text(m, "until");
    return new Finding(
        text(m, "rule"),
        text(m, "rule_zh"),
        text(m, "pack"),
        text(m, "pack_zh"),
        text(m, "clause"),
        text(m, "title"),
        text(m, "severity"),
        texts(m, "cites"),
        Verdict.named(text(m, "action")),
        m.containsKey("deferral_not_possible"),
        until == null ? null : OffsetDateTime.parse(until),
        text(m, "label"),
        text(m, "strip"),
        all(Json.list(m, "also")),
        text(m, "message"),
        texts(m, "exceptions"),
        Json.list(m, "evidence").stream().map(f -> fact(Json.map(f))).toList(),
        Json.list(m, "because_unknown").stream().map(r -> reason(Json.map(r))).toList());
  }

  private static Fact fact(Map<String, Object> m) {
    List<Hit> found = Json.list(m, "found").stream().map(h -> hit(Json.map(h))).toList();
    return new Fact(text(m, "fact"), m.containsKey("missing"), m.get("value"), found);
  }

  private static Hit hit(Map<String, Object> m) {
    return new Hit(text(m, "entry"), ((Long) m.get("offset")).intValue(), ((Long) m.get("length")).intValue());
  }

  private static Reason reason(Map<String, Object> m) {
    return new Reason(text(m, "reason"), text(m, "name"));
  }

  private static String text(Map<String, Object> m, String name) {
    return (String) m.get(name);
  }

  private static List<String> texts(Map<String, Object> m, String name) {
    return Json.list(m, name).stream().map(String.class::cast).toList();
  }
}
