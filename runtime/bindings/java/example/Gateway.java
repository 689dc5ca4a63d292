// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import nuo.Decision;
import nuo.Engine;
import nuo.NuoException;
import nuo.Program;
import nuo.Session;
import nuo.Verdict;

/**
 * A push gateway: two threads decide the requests that come as lines of standard input, and send what may be sent.
 * Another image in the same file is put in force without a pause: Gateway push.nuoi &lt;requests.jsonl
 */
final class Gateway {
  static void load(Engine engine, Path path) throws IOException {
    try (Program program = Program.load(Files.readAllBytes(path))) { // the engine keeps it
      engine.use(program);
      System.err.println("version " + program.info().version());
    }
  }

  /** An image that does not load changes nothing: the old one stays in force. Replace the file by renaming. */
  static void reload(Engine engine, Path path, FileTime last) {
    while (true) {
      try {
        Thread.sleep(100);
        FileTime now = Files.getLastModifiedTime(path);
        if (!now.equals(last)) {
          last = now;
          load(engine, path);
        }
      } catch (IOException | NuoException e) {
        System.err.println(e.getMessage());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  static String decide(Session session, String request) {
    try {
      Decision decision = session.decide(request.getBytes(StandardCharsets.UTF_8));
      if (decision.verdict().deliver()) {
        return decision.event() + " sent";
      }
      boolean waits = decision.verdict() == Verdict.DEFER;
      return decision.event() + (waits ? " waits until " + decision.until() : " " + decision.verdict() + " " + decision.json());
    } catch (NuoException e) { // refused: nobody knows what it is
      return "- " + e.getMessage();
    }
  }

  static void work(Engine engine, BufferedReader requests) {
    try (Session session = engine.newSession()) { // one for each thread
      for (String request = requests.readLine(); request != null; request = requests.readLine()) {
        OUT.println(decide(session, request));
      }
    } catch (IOException e) {
      System.err.println(e.getMessage());
    }
  }

  public static void main(String[] arguments) throws Exception {
    Path path = Path.of(arguments[0]);
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Engine engine = new Engine()) {
      FileTime loaded = Files.getLastModifiedTime(path);
      load(engine, path);
      Thread reloads = new Thread(() -> reload(engine, path, loaded));
      Thread other = new Thread(() -> work(engine, requests));
      reloads.start();
      other.start();
      work(engine, requests);
      other.join();
      reloads.interrupt();
      reloads.join();
    }
  }
}
