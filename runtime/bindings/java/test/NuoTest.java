// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nuo.Decision;
import nuo.Engine;
import nuo.EngineOptions;
import nuo.Finding;
import nuo.LoadOptions;
import nuo.NuoException;
import nuo.Program;
import nuo.Session;
import nuo.Status;
import nuo.Verdict;

/** NuoTest NUO POLICY: tests of the binding, with the command that builds images and ../push.nuo. */
final class NuoTest {
  static final String NOON = "2025-07-01T12:00:00+08:00";
  static String command;
  static Path policy;
  static Path folder;
  static int images;
  static int passed;
  static int failed;

  // ---- a small harness ----

  interface Body {
    void run() throws Exception;
  }

  static void test(String name, Body body) {
    try {
      body.run();
      passed++;
    } catch (Throwable e) {
      failed++;
      System.out.println("FAILED: " + name);
      e.printStackTrace(System.out);
    }
  }

  static void that(boolean holds, Object shown) {
    if (!holds) {
      throw new AssertionError(shown);
    }
  }

  static void same(Object got, Object wanted) {
    that(wanted.equals(got), "got " + got + ", want " + wanted);
  }

  static NuoException refused(Status status, String part, Body body) throws Exception {
    try {
      body.run();
    } catch (NuoException e) {
      that(e.status() == status && e.getMessage().contains(part), e.status() + ": " + e.getMessage());
      return e;
    }
    throw new AssertionError("not refused: " + status);
  }

  static void illegal(Class<? extends RuntimeException> kind, String part, Body body) throws Exception {
    try {
      body.run();
    } catch (RuntimeException e) {
      that(kind.isInstance(e) && String.valueOf(e.getMessage()).contains(part), e);
      return;
    }
    throw new AssertionError("nothing was thrown: " + part);
  }

  // ---- policies and events ----

  static void nuo(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(arguments));
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    that(process.waitFor() == 0, told);
  }

  /** An image of the policy, with some of its text replaced: old, new, old, new. */
  static byte[] build(String... edits) throws Exception {
    return build(List.of(), edits);
  }

  static byte[] build(List<String> options, String... edits) throws Exception {
    String text = Files.readString(policy);
    for (int i = 0; i < edits.length; i += 2) {
      that(text.contains(edits[i]), edits[i]);
      text = text.replace(edits[i], edits[i + 1]);
    }
    Path source = folder.resolve("push" + images++ + ".nuo");
    Path image = folder.resolve(source.getFileName() + "i");
    Files.writeString(source, text);
    List<String> arguments = new ArrayList<>(List.of("build", "-o", image.toString(), source.toString()));
    arguments.addAll(1, options);
    nuo(arguments.toArray(new String[0]));
    return Files.readAllBytes(image);
  }

  static Engine engine(byte[] image, EngineOptions options) {
    Engine engine = new Engine(options);
    try (Program program = Program.load(image)) {
      engine.use(program);
      return engine;
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] push(String id, String kind, String time, String title) {
    return push(id, kind, time, title, "u1");
  }

  static byte[] push(String id, String kind, String time, String title, String user) {
    return utf8(
        String.format(
            "{\"type\":\"push\",\"id\":\"%s\",\"kind\":\"%s\",\"time\":\"%s\",\"title\":\"%s\",\"user\":{\"id\":\"%s\"}}",
            id, kind, time, title, user));
  }

  static Decision decide(Session session, byte[] event, Verdict verdict) {
    Decision decision = session.decide(event);
    same(decision.verdict(), verdict);
    return decision;
  }

  // ---- loading ----

  static void loadRefuses() throws Exception {
    byte[] image = build();
    refused(Status.BAD_IMAGE, "", () -> Program.load(new byte[0]));
    refused(Status.BAD_IMAGE, "", () -> Program.load(utf8("policy gate")));
    byte[] damaged = image.clone();
    damaged[damaged.length / 2] ^= 1;
    String zh = refused(Status.BAD_IMAGE, "", () -> Program.load(damaged)).messageZh();
    that(!zh.isEmpty(), "no Chinese");
    refused(Status.BAD_ZONE, "Asia/Shanghai", () -> Program.load(image, new LoadOptions().zoneDirectory(folder)));
    illegal(IllegalArgumentException.class, "zero byte", () -> new LoadOptions().grant("a\0b"));
    illegal(NullPointerException.class, "", () -> Program.load(null));
    byte[] calls =
        build(
            "adapter house", "extern function score(text): decimal from \"libscore\" symbol \"score\"\nadapter house",
            "on push\n  forbid when", "on push\n  forbid when score(title) more than 0.5 or");
    refused(Status.NOT_GRANTED, "libscore", () -> Program.load(calls));
    LoadOptions grants = new LoadOptions().grant("libother").grant("libscore=/nowhere/libscore.so");
    refused(Status.NOT_GRANTED, "cannot be opened", () -> Program.load(calls, grants));
  }

  static void programDescribesItself() throws Exception {
    Program program = Program.load(build());
    Program.Info info = program.info();
    same(List.of(info.policy(), info.policyZh(), info.version()), List.of("gate", "网关", "1"));
    that(info.rules() > 0 && info.programDigest().length() == 64, info);
    that(program.hasAdapter("house") && program.hasAdapter("自家格式") && !program.hasAdapter("fcm"), "adapters");
    program.close();
    program.close();
    illegal(IllegalStateException.class, "closed", program::info);
    try (Engine engine = new Engine()) {
      illegal(IllegalStateException.class, "closed", () -> engine.use(program));
      refused(Status.BAD_ARGUMENT, "call use first", engine::newSession);
    }
  }

  static byte[] publicKey(String name) throws IOException {
    return Base64.getDecoder().decode(Files.readString(folder.resolve(name + ".pub")).strip().split(" ")[1]);
  }

  static void trust() throws Exception {
    nuo("keygen", folder.resolve("ours").toString());
    nuo("keygen", folder.resolve("other").toString());
    LoadOptions both = new LoadOptions().trust(List.of(publicKey("other"), publicKey("ours")));
    byte[] unsigned = build();
    refused(Status.NOT_TRUSTED, "sign", () -> Program.load(unsigned, both));
    byte[] signed = build(List.of("--sign", folder.resolve("ours.key").toString(), "--expires", "2099-12-31"));
    Program.load(signed, both).close();
    refused(Status.NOT_TRUSTED, "expired", () -> Program.load(signed, both.now(Instant.parse("2100-01-02T00:00:00Z"))));
    refused(Status.NOT_TRUSTED, "", () -> Program.load(signed, new LoadOptions().trust(List.of(publicKey("other")))));
    refused(Status.NOT_TRUSTED, "", () -> Program.load(signed, new LoadOptions().trust(List.of())));
    illegal(IllegalArgumentException.class, "32 bytes", () -> new LoadOptions().trust(List.of(new byte[31])));
  }

  // ---- deciding ----

  static void decisions() throws Exception {
    try (Engine engine = engine(build(), new EngineOptions());
        Session session = engine.newSession()) {
      Decision d = decide(session, push("p1", "marketing", "2025-07-01T23:30:00+08:00", "今晚必中 \\\"\\ud83d\\ude00"), Verdict.BLOCK);
      same(List.of(d.event(), d.type(), d.verdict().toString()), List.of("p1", "push", "block"));
      that(!d.verdict().deliver() && d.until() == null && d.refused() == null, d);
      same(d.time().toString(), "2025-07-01T23:30+08:00");
      Finding quiet = d.breaches().get(0);
      Finding promises = d.breaches().get(1);
      same(List.of(quiet.rule(), quiet.ruleZh(), quiet.action()), List.of("quiet_hours", "免打扰", Verdict.DEFER));
      same(quiet.until().toString(), "2025-07-02T08:00+08:00");
      same(promises.message(), "\"今晚必中 \"\uD83D\uDE00\" for ***");
      same(promises.severity(), "serious");
      same(promises.evidence().get(0).found(), List.of(new Finding.Hit("必中", 6, 6)));
      same(List.of(d.breaches().size(), d.undetermined().size(), d.excepted().size()), List.of(2, 0, 0));
      same(((Map<?, ?>) d.members().get("policy")).get("version"), "1");
      d = decide(session, push("p2", "marketing", "2025-07-01T23:30:00+08:00", ""), Verdict.DEFER);
      same(d.until().toString(), "2025-07-02T08:00+08:00");
    }
  }

  static void badEventGoesOn() throws Exception {
    try (Engine engine = engine(build(), new EngineOptions());
        Session session = engine.newSession()) {
      decide(session, push("p1", "service", NOON, ""), Verdict.ALLOW);
      NuoException e = refused(Status.BAD_EVENT, "id: ", () -> session.decide(utf8("{\"type\":\"push\",\"id\":7}")));
      that(e.offset() == 20 && e.messageZh().startsWith("id："), e.offset() + e.messageZh());
      refused(Status.BAD_EVENT, "", () -> session.decide(new byte[0]));
      refused(Status.BAD_EVENT, "too late", () -> session.decide(push("p0", "service", "2025-07-01T11:59:59+08:00", "")));
      illegal(NullPointerException.class, "", () -> session.decide(null));
      decide(session, push("p2", "service", NOON, ""), Verdict.ALLOW);
    }
  }

  static String brief(List<Decision> decisions) {
    StringBuilder out = new StringBuilder();
    for (Decision d : decisions) {
      Status status = d.refused() == null ? Status.OK : d.refused().status();
      out.append(d.tag()).append(d.event()).append(' ').append(d.verdict()).append(' ').append(status).append('\n');
    }
    return out.toString();
  }

  static void batch() throws Exception {
    List<byte[]> events =
        List.of(
            push("a", "marketing", NOON, ""), utf8("nonsense"), push("b", "service", NOON, "稳赚"), new byte[0],
            push("c", "service", "2025-07-01T11:00:00+08:00", ""), push("d", "service", NOON, ""));
    String wanted =
        "100a allow OK\n101 block BAD_EVENT\n102b block OK\n103 block BAD_EVENT\n104c block BAD_EVENT\n105d allow OK\n";
    int length = events.stream().mapToInt(e -> e.length).sum();
    ByteBuffer direct = ByteBuffer.allocateDirect(length + 7).position(7);
    int[] ends = new int[events.size()];
    for (int i = 0; i < ends.length; i++) {
      direct.put(events.get(i));
      ends[i] = direct.position() - 7;
    }
    direct.position(7);
    byte[] joined = new byte[length];
    direct.duplicate().get(joined);
    byte[] image = build();
    try (Engine engine = engine(image, new EngineOptions());
        Session session = engine.newSession()) {
      List<Decision> decisions = session.decideBatch(events, 100);
      same(brief(decisions), wanted);
      that(decisions.get(1).json().isEmpty() && decisions.get(0).json().startsWith("{\"event\":\"a\""), decisions);
      refused(Status.BAD_EVENT, "", () -> decisions.get(1).breaches());
      refused(Status.LIMIT, "65 events", () -> session.decideBatch(new byte[0], new int[65], 0));
      same(session.decideBatch(List.of(), 0), List.of());
      illegal(IllegalArgumentException.class, "ends at 1", () -> session.decideBatch(new byte[5], new int[] {2, 1}, 0));
      illegal(IllegalArgumentException.class, "of 5", () -> session.decideBatch(new byte[5], new int[] {2, 6}, 0));
      illegal(IllegalArgumentException.class, "direct", () -> session.decideBatch(ByteBuffer.allocate(1), ends, 0));
      same(brief(session.decideBatch(ByteBuffer.allocateDirect(0), new int[1], 5)), "5 block BAD_EVENT\n");
    }
    try (Engine engine = engine(image, new EngineOptions());
        Session session = engine.newSession()) {
      same(brief(session.decideBatch(joined, ends, 100)), wanted);
    }
    try (Engine engine = engine(image, new EngineOptions());
        Session session = engine.newSession()) {
      same(brief(session.decideBatch(direct, ends, 100)), wanted);
      same(direct.position(), 7);
    }
  }

  static byte[] request(String id, String to) {
    return utf8(
        String.format("{\"body\":{\"to\":\"%s\",\"sent\":1751342400000,\"kind\":\"m\"},\"event\":{\"id\":\"%s\"}}", to, id));
  }

  static void adapters() throws Exception {
    try (Engine engine = engine(build(), new EngineOptions());
        Session session = engine.newSession()) {
      refused(Status.BAD_EVENT, "", () -> session.decide(request("x", "u1")));
      session.adapter("house");
      same(session.decide(request("x", "u1")).event(), "x");
      refused(Status.BAD_EVENT, "2 recipients", () -> session.decide(request("y", "u1,u2")));
      List<Decision> decisions = session.decideBatch(List.of(request("y", "u1,".repeat(99) + "u2"), request("z", "u9")), 1);
      same(List.of(decisions.size(), decisions.get(99).event(), decisions.get(100).tag()), List.of(101, "y#100", 2L));
      same(decisions.get(1).verdict(), Verdict.ALLOW);
      same(decisions.get(2).verdict(), Verdict.BLOCK);
    }
  }

  static String masked(byte[] image, EngineOptions options) {
    try (Engine engine = engine(image, options);
        Session session = engine.newSession()) {
      Decision d = decide(session, push("p", "service", NOON, "必中"), Verdict.BLOCK);
      that(!d.json().contains("u1"), d.json());
      return d.breaches().get(0).message();
    }
  }

  static void masking() throws Exception {
    byte[] image = build();
    String plain = masked(image, new EngineOptions());
    String one = masked(image, new EngineOptions().maskKey(utf8("0123456789abcdef")));
    String again = masked(image, new EngineOptions().maskKey(utf8("0123456789abcdef")));
    String other = masked(image, new EngineOptions().maskKey(utf8("0123456789abcdeg")));
    same(plain, "\"必中\" for ***");
    that(one.equals(again) && !one.equals(other) && !one.equals(plain), List.of(one, again, other));
    refused(Status.BAD_ARGUMENT, "", () -> new Engine(new EngineOptions().maskKey(utf8("short"))));
  }

  // ---- what is remembered ----

  static EngineOptions remembering(String name) {
    return new EngineOptions().stateDirectory(folder.resolve(name)).stateSecret(utf8("0123456789abcdef"));
  }

  static void stateDirectory() throws Exception {
    byte[] image = build();
    EngineOptions options = remembering("state");
    try (Engine engine = engine(image, options);
        Session session = engine.newSession()) {
      same(engine.position().length, 0);
      decide(session, push("1", "marketing", NOON, ""), Verdict.ALLOW);
      decide(session, push("2", "marketing", NOON, ""), Verdict.ALLOW);
      engine.commit(utf8("line 2\0"));
      refused(Status.BAD_ARGUMENT, "", () -> engine.commit(new byte[257]));
      decide(session, push("3", "marketing", NOON, ""), Verdict.ALLOW); // lost: it was not committed
      try (Engine second = new Engine(options)) {
        refused(Status.BAD_STATE, "", second::open);
      }
    }
    try (Engine engine = engine(image, options);
        Session session = engine.newSession()) {
      same(new String(engine.position(), StandardCharsets.UTF_8), "line 2\0");
      that(decide(session, push("1", "marketing", NOON, ""), Verdict.ALLOW).replayed(), "forgotten");
      decide(session, push("3", "marketing", NOON, ""), Verdict.ALLOW);
      decide(session, push("4", "marketing", NOON, ""), Verdict.BLOCK);
      that(engine.forget("u1") > 0, "nothing was forgotten");
      decide(session, push("5", "marketing", NOON, ""), Verdict.ALLOW);
      engine.commit(null);
      same(engine.position().length, 0);
    }
    try (Engine engine = new Engine(options);
        Program changed = Program.load(build("limit 3 per user.id this day", "forbid when title is \"x\""))) {
      refused(Status.STATE_CHANGED, "", () -> engine.use(changed));
      Engine.Change change = engine.changes().get(0);
      same(List.of(change.kind(), change.definition()), List.of(Engine.Change.Kind.DROPPED, Engine.Change.Definition.COUNTER));
    }
  }

  static void deliveredAndAdvance() throws Exception {
    try (Engine engine = engine(build(), new EngineOptions().replay(Duration.ofMinutes(5)));
        Session session = engine.newSession()) {
      decide(session, push("n", "marketing", "2025-07-01T23:30:00+08:00", ""), Verdict.DEFER);
      Instant morning = Instant.parse("2025-07-02T01:30:00Z");
      session.delivered("push", "n", morning);
      refused(Status.BAD_EVENT, "", () -> session.delivered("push", "n", morning));
      decide(session, push("m", "marketing", "2025-07-02T01:30:00Z", ""), Verdict.ALLOW);
      decide(session, push("o", "marketing", "2025-07-02T02:30:00Z", ""), Verdict.ALLOW);
      decide(session, push("p", "marketing", "2025-07-02T03:30:00Z", ""), Verdict.BLOCK);
      decide(session, push("q", "marketing", "2025-07-03T23:30:00+08:00", ""), Verdict.DEFER);
      that(
          session.decide(
                  utf8("{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"q\",\"time\":\"2025-07-04T08:00:00+08:00\"}"))
              == null,
          "a decision of a report");
      decide(session, utf8("{\"type\":\"complaint\",\"id\":\"c\",\"time\":\"2025-07-04T01:00:00Z\",\"user\":{\"id\":\"u1\"}}"), Verdict.ALLOW);
      Instant due = Instant.parse("2025-07-05T01:00:00Z");
      same(session.advance(due), List.of());
      List<Decision> decisions = session.advance(due.plusMillis(1));
      same(decisions.size(), 1);
      Decision d = decisions.get(0);
      that(d.deadline() && d.type().equals("answer_complaints") && d.causedBy().equals("c"), d);
      that(d.json().contains("\"state\":\"missed\""), d.json());
    }
  }

  // ---- threads and life ----

  /** Three of the twelve pushes of each user may be allowed, whichever session and version decides them. */
  static void hotSwapUnderLoad() throws Exception {
    int threads = 4;
    int users = 500;
    Program[] versions = {
      Program.load(build()), Program.load(build("version \"1\"", "version \"2\"", "action block\n  because", "action hold\n  because"))
    };
    List<Decision> all = Collections.synchronizedList(new ArrayList<>());
    List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
    try (Engine engine = engine(build(), new EngineOptions())) {
      List<Thread> deciding =
          IntStream.range(0, threads)
              .mapToObj(
                  t ->
                      new Thread(
                          () -> {
                            try (Session session = engine.newSession()) {
                              for (int u = 0; u < users; u++) {
                                all.addAll(decideUser(session, t + "-" + u, "u" + u));
                              }
                            } catch (Throwable e) {
                              wrong.add(e);
                            }
                          }))
              .toList();
      deciding.forEach(Thread::start);
      for (int i = 1; deciding.stream().anyMatch(Thread::isAlive); i++) {
        engine.use(versions[i % 2]);
        engine.commit(null);
      }
      same(wrong, List.of());
    }
    same(all.size(), threads * users * 4);
    same(all.stream().filter(d -> d.verdict() == Verdict.ALLOW).count(), 3L * users);
    long first = all.stream().filter(d -> version(d).equals("1")).count();
    that(first > 0 && first < all.size(), "the first version decided " + first);
    for (Decision d : all) {
      boolean blocks = d.breaches().stream().anyMatch(f -> f.rule().equals("promises") && f.action() == Verdict.BLOCK);
      that(d.tag() != 1 || blocks == version(d).equals("1"), d.json());
    }
    Arrays.stream(versions).forEach(Program::close);
  }

  static Object version(Decision d) {
    return ((Map<?, ?>) d.members().get("policy")).get("version");
  }

  static List<Decision> decideUser(Session session, String id, String user) {
    List<Decision> decisions =
        new ArrayList<>(
            session.decideBatch(
                List.of(
                    push(id + "-0", "marketing", NOON, "", user), push(id + "-1", "service", NOON, "必中", user),
                    push(id + "-2", "marketing", NOON, "", user)),
                0));
    decisions.add(session.decide(push(id + "-3", "marketing", NOON, "", user)));
    return decisions;
  }

  static void sessionIsForOneThread() throws Exception {
    List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
    try (Engine engine = engine(build(), new EngineOptions());
        Session session = engine.newSession()) {
      List<Thread> threads =
          Stream.of("a", "b")
              .map(
                  name ->
                      new Thread(
                          () -> {
                            for (int i = 0; i < 5000; i++) {
                              try {
                                Decision d = session.decide(push(name + i, "service", NOON, ""));
                                that(d.event().equals(name + i), d);
                              } catch (IllegalStateException e) {
                                that(e.getMessage().contains("another thread"), e);
                              } catch (Throwable e) {
                                wrong.add(e);
                              }
                            }
                          }))
              .toList();
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      same(wrong, List.of());
    }
  }

  static void closing() throws Exception {
    Engine engine = engine(build(), new EngineOptions());
    Session session = engine.newSession();
    illegal(IllegalStateException.class, "sessions of the engine are open: 1", engine::close);
    decide(session, push("p", "service", NOON, ""), Verdict.ALLOW);
    session.close();
    session.close();
    illegal(IllegalStateException.class, "closed", () -> session.decide(new byte[0]));
    engine.close();
    engine.close();
    illegal(IllegalStateException.class, "closed", () -> engine.commit(null));
  }

  static void forget(byte[] image, EngineOptions options) {
    decide(engine(image, options).newSession(), push("p", "service", NOON, ""), Verdict.ALLOW);
  }

  /** What was forgotten is closed when it is collected, in whatever order: then the directory is free. */
  static void cleaner() throws Exception {
    byte[] image = build();
    for (int i = 0; i < 200; i++) {
      forget(image, new EngineOptions());
    }
    forget(image, remembering("forgotten"));
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      System.gc();
      try (Engine engine = new Engine(remembering("forgotten"))) {
        engine.open();
        return;
      } catch (NuoException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(5);
      }
    }
  }

  /** A thousand of each, and mistakes: what leaks shows in the size of the process. */
  static void leaks() throws Exception {
    byte[] image = build();
    EngineOptions options = new EngineOptions().maskKey(utf8("0123456789abcdef"));
    long before = 0;
    for (int i = 0; i < 3000; i++) {
      try (Engine engine = engine(image, options);
          Session session = engine.newSession()) {
        session.adapter("house");
        decide(session, push("p", "service", NOON, ""), Verdict.ALLOW);
        refused(Status.BAD_EVENT, "", () -> session.decide(utf8("{")));
        refused(Status.BAD_IMAGE, "", () -> Program.load(new byte[50000]));
      }
      if (i == 1000) {
        before = resident();
      }
    }
    long grown = resident() - before;
    that(grown < 40 << 20, grown + " bytes more after 2,000 engines");
  }

  static long resident() throws IOException {
    if (!Files.exists(Path.of("/proc/self/statm"))) {
      return 0;
    }
    return 4096 * Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
  }

  // ---- the example ----

  static void gateway() throws Exception {
    Path image = folder.resolve("gateway.nuoi");
    Files.write(image, build());
    Process gateway =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dnuo.library=" + System.getProperty("nuo.library"),
                "-cp", System.getProperty("java.class.path"), "Gateway", image.toString())
            .redirectErrorStream(true)
            .start();
    var in = gateway.outputWriter(StandardCharsets.UTF_8);
    try (var out = gateway.inputReader(StandardCharsets.UTF_8)) {
      same(out.readLine(), "version 1");
      for (String event : List.of(text(push("a", "service", NOON, "")), text(push("b", "service", NOON, "必中")))) {
        in.write(event + "\n");
        in.flush();
        String line = out.readLine();
        that(line.equals("a sent") || line.startsWith("b block {\"event\":\"b\""), line);
      }
      Path next = folder.resolve("next.nuoi");
      Files.write(next, build("version \"1\"", "version \"2\"", "action block\n  because", "action hold\n  because"));
      Files.move(next, image, StandardCopyOption.ATOMIC_MOVE);
      same(out.readLine(), "version 2");
      in.write(text(push("c", "service", NOON, "必中")) + "\n{\n");
      in.flush();
      List<String> lines = Stream.of(out.readLine(), out.readLine()).sorted().toList();
      that(lines.get(0).startsWith("- ") && lines.get(1).startsWith("c hold {"), lines);
      in.close();
      same(gateway.waitFor(), 0);
    } finally {
      gateway.destroy();
    }
  }

  static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  public static void main(String[] arguments) throws Exception {
    command = arguments[0];
    policy = Path.of(arguments[1]);
    folder = Files.createTempDirectory("nuo");
    test("loading refuses what is no image", NuoTest::loadRefuses);
    test("a program describes itself", NuoTest::programDescribesItself);
    test("trust", NuoTest::trust);
    test("decisions", NuoTest::decisions);
    test("a session goes on after a bad event", NuoTest::badEventGoesOn);
    test("batches", NuoTest::batch);
    test("adapters", NuoTest::adapters);
    test("masking", NuoTest::masking);
    test("state directory", NuoTest::stateDirectory);
    test("deliveries and deadlines", NuoTest::deliveredAndAdvance);
    test("hot swap under load", NuoTest::hotSwapUnderLoad);
    test("a session is for one thread", NuoTest::sessionIsForOneThread);
    test("closing", NuoTest::closing);
    test("the cleaner", NuoTest::cleaner);
    test("leaks", NuoTest::leaks);
    test("the example", NuoTest::gateway);
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    }
    System.out.println("RESULT " + passed + " " + failed);
    System.exit(failed == 0 ? 0 : 1);
  }
}
