// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import nuo.Decision;
import nuo.Engine;
import nuo.NuoException;
import nuo.Program;
import nuo.Session;

/**
 * Conformance IMAGES CASES: decides the cases of tests/conformance (its README.md says how) and compares each line; the
 * last line is "RESULT passed failed".
 */
final class Conformance {
  static void start(Engine engine, Path images, String name) throws IOException {
    List<Program> programs = new ArrayList<>();
    for (String ending : List.of(".nuoi", ".with.nuoi")) {
      Path image = images.resolve(name + ending);
      if (Files.exists(image)) {
        programs.add(Program.load(Files.readAllBytes(image)));
      }
    }
    engine.use(programs.toArray(new Program[0]));
    programs.forEach(Program::close);
  }

  static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  static String line(Decision d) {
    NuoException e = d.refused();
    if (e == null) {
      return d.json() + "\n";
    }
    String refused = "{\"refused\":\"" + escaped(e.getMessage()) + "\",\"refused_zh\":\"" + escaped(e.messageZh()) + "\"";
    return refused + ",\"line\":" + d.tag() + ",\"offset\":" + e.offset() + "}\n";
  }

  static String run(Path images, Path cases, String name) throws IOException {
    try (Engine engine = new Engine()) {
      start(engine, images, name);
      try (Session session = engine.newSession()) {
        List<byte[]> events = new ArrayList<>();
        String text = Files.readString(cases.resolve(name + ".events.jsonl"));
        for (String event : text.split("\n")) {
          events.add(event.getBytes(StandardCharsets.UTF_8));
        }
        List<Decision> decisions = new ArrayList<>(session.decideBatch(events, 1));
        Path until = cases.resolve(name + ".until");
        if (Files.exists(until)) {
          decisions.addAll(session.advance(Instant.ofEpochMilli(Long.parseLong(Files.readString(until).split(" ")[0]))));
        }
        StringBuilder out = new StringBuilder();
        decisions.forEach(d -> out.append(line(d)));
        return out.toString();
      }
    }
  }

  public static void main(String[] arguments) throws IOException {
    Path images = Path.of(arguments[0]);
    Path cases = Path.of(arguments[1]);
    String ending = ".events.jsonl";
    List<String> names;
    try (Stream<Path> files = Files.list(cases)) {
      names = files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(ending)).sorted().toList();
    }
    int failed = 0;
    for (String file : names) {
      String name = file.substring(0, file.length() - ending.length());
      String expected = Files.readString(cases.resolve(name + ".decisions.jsonl"));
      String decided = run(images, cases, name);
      if (!expected.equals(decided)) {
        failed++;
        System.out.print(name + "\n  expected\n" + expected + "  decided\n" + decided);
      }
    }
    System.out.println("RESULT " + (names.size() - failed) + " " + failed);
    System.exit(failed == 0 && !names.isEmpty() ? 0 : 1);
  }
}
