# SPDX-License-Identifier: Apache-2.0
"""Run by run.sh, which tells by NUO_BUILD where the library and the command are."""
import ctypes
import datetime
import os
import shutil
import subprocess
import tempfile
import threading
import unittest

import nuo
from nuo import Status, Verdict, _library

BUILD = os.environ["NUO_BUILD"]
EVENT = '{"id":"%s","time":%d,"user":"%s","kind":"advert"}'
POLICY = """
policy push version "%s" zone "UTC" undetermined hold
event push enforceable subject user { id: text time: instant user: text sensitive kind: one of {advert, news} }
event stop observed { id: text time: instant user: text }
event seen observed { id: text time: instant push: text }
fact stopped (user: text) starts on stop for (user)
rule cap on push where kind is advert limit %d per user this day action defer until 09:00 because "{user} had enough"
rule silent on push forbid when stopped(user) action block
duty look on push as p must seen where push is p.id within 1 hours
"""
LIST = """
policy lists version "1" zone "UTC" undetermined hold
event push enforceable { id: text time: instant user: text }
adapter web to push { id from "id" user from "to" time is 2025-07-01T00:00Z }
rule none on push forbid when user is "v" action block
"""
folder = ""


def build(name: str, policy: str, *options: str) -> str:
    source, image = os.path.join(folder, name + ".nuo"), os.path.join(folder, name + ".nuoi")
    with open(source, "w") as file:
        file.write(policy)
    subprocess.run([os.path.join(BUILD, "nuo"), "build", *options, "-o", image, source], check=True, cwd=folder)
    return image


def setUpModule() -> None:
    global folder
    folder = tempfile.mkdtemp()
    build("one", POLICY % ("1", 1))
    build("two", POLICY % ("2", 2))


def tearDownModule() -> None:
    shutil.rmtree(folder)


def program(name: str = "one", **options: object) -> nuo.Program:
    return nuo.Program.load(os.path.join(folder, name + ".nuoi"), **options)


class Programs(unittest.TestCase):
    def refused(self, status: Status, image: bytes, **options: object) -> nuo.NuoError:
        with self.assertRaises(nuo.NuoError) as caught:
            nuo.Program.load(image, **options)
        self.assertEqual(caught.exception.status, status)
        self.assertTrue(caught.exception.message)
        return caught.exception

    def test_says_what_it_is(self) -> None:
        info = program().info
        self.assertEqual((info.policy, info.version, info.rules), ("push", "1", 3))  # a duty is one, too
        self.assertEqual(len(info.program_digest), 64)
        self.assertFalse(program().has_adapter("fcm"))

    def test_refuses_what_is_no_image(self) -> None:
        error = self.refused(Status.BAD_IMAGE, b"not an image")
        self.assertIn("映像", error.message_zh)
        with open(os.path.join(folder, "one.nuoi"), "rb") as file:
            image = bytearray(file.read())
        image[len(image) // 2] ^= 1
        self.refused(Status.BAD_IMAGE, bytes(image))
        with self.assertRaises(FileNotFoundError):
            nuo.Program.load(os.path.join(folder, "nothing.nuoi"))

    def test_takes_no_zeros_in_paths(self) -> None:
        for options in ({"zone_directory": folder + "\0"}, {"grants": ["libtox\0=/x"]}):
            with self.assertRaises(ValueError):
                program(**options)
        with self.assertRaises(ValueError):
            nuo.Engine(state_directory=os.path.join(folder, "state\0"))

    def test_loads_a_function_only_when_granted(self) -> None:
        image = build("native", 'policy n version "1" zone "UTC" undetermined hold\n'
                      'event e enforceable { id: text time: instant t: text }\n'
                      'extern function f(text): number from "libm" symbol "cos"\n'
                      "rule r on e forbid when f(t) is 1 action note\n")
        with open(image, "rb") as file:
            self.assertIn("libm", self.refused(Status.NOT_GRANTED, file.read()).message)
        with self.assertRaises(nuo.NuoError):
            program("native", grants=["libm=/nothing/there.so"])
        program("native", grants=["libm=libm.so.6"])

    def test_trusts_who_signed(self) -> None:
        for name in ("ours", "theirs"):
            subprocess.run([os.path.join(BUILD, "nuo"), "keygen", name], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        keys = {}
        for name in ("ours", "theirs"):
            with open(os.path.join(folder, name + ".pub")) as file:
                keys[name] = file.read()
        image = build("signed", POLICY % ("1", 1), "--sign", "ours.key", "--expires", "2030-01-01")
        with open(image, "rb") as file:
            signed = file.read()
        now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
        nuo.Program.load(signed, trust=[keys["theirs"], keys["ours"]], now=now)
        self.refused(Status.NOT_TRUSTED, signed, trust=[keys["theirs"]], now=now)
        self.refused(Status.NOT_TRUSTED, signed, trust=[], now=now)
        self.refused(Status.NOT_TRUSTED, signed, trust=[keys["ours"]], now=now.replace(year=2031))
        with self.assertRaises(ValueError):
            nuo.Program.load(signed, trust=[b"short"])


class Sessions(unittest.TestCase):
    def setUp(self) -> None:
        self.engine = nuo.Engine()
        self.engine.use(program())
        self.session = self.engine.session()
        self.addCleanup(self.engine.close)

    def test_decides_one(self) -> None:
        decision = self.session.decide({"id": "p1", "time": 0, "user": "u1", "kind": "advert"})
        self.assertEqual((decision.verdict, decision.until, decision.event_id), (Verdict.ALLOW, None, "p1"))
        self.assertTrue(decision.verdict.may_send)
        decision = self.session.decide((EVENT % ("p2", 1000, "u1")).encode())
        self.assertEqual((decision.verdict, decision.until), (Verdict.DEFER, 9 * 3600000))
        self.assertFalse(decision.verdict.may_send)
        finding, = decision.findings
        self.assertEqual((finding.rule, finding.outcome, finding.message), ("cap", "breach", "*** had enough"))
        self.assertEqual(decision.data["policy"]["name"], "push")
        self.assertEqual(decision.duties, [])

    def test_goes_on_behind_a_bad_event(self) -> None:
        with self.assertRaises(nuo.EventRefused) as caught:
            self.session.decide('{"id":"p1","time":0,"user":"u1","kind":"gossip"}')
        self.assertEqual((caught.exception.status, caught.exception.offset), (Status.BAD_EVENT, 39))
        self.assertIn("gossip", caught.exception.message_zh)
        good, bad, late, last = self.session.decide([EVENT % ("p1", 5, "u1"), "{", EVENT % ("p2", 4, "u2"), EVENT % ("p3", 6, "u3")])
        self.assertEqual((good.verdict, bad.verdict, late.verdict), (Verdict.ALLOW, Verdict.BLOCK, Verdict.BLOCK))
        self.assertIsNone(good.refused)
        self.assertEqual((bad.tag, late.tag, last.tag), (2, 3, 4))
        self.assertIn("too late", late.refused.message)
        self.assertIn('"line":2', bad.json)

    def test_goes_on_in_a_list(self) -> None:
        engine = nuo.Engine()
        engine.use(nuo.Program.load(build("list", LIST)))
        with engine.session() as session:
            listed = ",".join('{"id":"%d"%s}' % (i, ',"to":"u"' if i % 3 else "") for i in range(100))
            told = [d.event_id or "?" for d in session.decide(['{"adapter":"web","body":[%s]}' % listed])]
        self.assertEqual(told, [str(i) if i % 3 else "?" for i in range(100)])

    def test_keeps_an_instant_together(self) -> None:
        many = [EVENT % ("p%d" % i, i, "u%d" % i) for i in range(62)]
        many += [EVENT % ("x%d" % i, 100, "v") for i in range(4)]
        many += ['{"type":"stop","id":"s","time":100,"user":"v"}']
        verdicts = [d.verdict for d in self.session.decide(many)]
        self.assertEqual(verdicts, [Verdict.ALLOW] * 63 + [Verdict.BLOCK] * 4)

    def test_decides_an_instant_larger_than_a_batch(self) -> None:
        many = [EVENT % ("p%d" % i, 7, "u%d" % i) for i in range(3 * nuo.BATCH + 1)]
        self.assertEqual([d.event_id for d in self.session.decide(many)], ["p%d" % i for i in range(3 * nuo.BATCH + 1)])

    def test_forgets_a_batch_that_cannot_be_written(self) -> None:
        with self.assertRaises(TypeError):
            self.session.decide([EVENT % ("p1", 0, "u1"), {"id": object()}])
        decision, = self.session.decide([EVENT % ("p2", 0, "u1")])
        self.assertEqual((decision.event_id, decision.verdict), ("p2", Verdict.ALLOW))

    def test_does_not_mix_up_calls(self) -> None:
        def events():
            yield EVENT % ("p1", 0, "u1")
            with self.assertRaises(RuntimeError):
                self.session.decide(EVENT % ("p2", 0, "u1"))
            with self.assertRaises(RuntimeError):
                self.session.decide([EVENT % ("p3", 0, "u1")])
            yield EVENT % ("p4", 1, "u2")

        self.assertEqual([d.event_id for d in self.session.decide(events())], ["p1", "p4"])
        self.assertEqual(self.session.decide(EVENT % ("p5", 2, "u3")).event_id, "p5")

    def test_cuts_nothing_off_numbers(self) -> None:
        with self.assertRaises(ValueError):
            self.session.advance(1 << 64)
        with self.assertRaises(ValueError):
            nuo.Engine(replay_ms=(1 << 64) + 5)

    def test_lets_time_pass(self) -> None:
        self.session.decide(EVENT % ("p1", 0, "u1"))
        self.assertEqual(self.session.advance(3600000), [])
        missed, = self.session.advance(datetime.datetime(1970, 1, 1, 2, tzinfo=datetime.timezone.utc))
        self.assertEqual((missed.deadline, missed.time, missed.caused_by), (True, 3600000, "p1"))
        with self.assertRaises(ValueError):
            self.session.advance(datetime.datetime(1970, 1, 2))

    def test_counts_what_was_delivered(self) -> None:
        self.session.decide([EVENT % ("p1", 0, "u1"), EVENT % ("p2", 1, "u1")])
        self.session.delivered("push", "p2", 2)
        with self.assertRaises(nuo.EventRefused):
            self.session.delivered("push", "p2", 3)

    def test_is_of_one_thread(self) -> None:
        raised = []

        def use() -> None:
            try:
                self.session.decide("{}")
            except RuntimeError as error:
                raised.append(error)

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        self.assertEqual(len(raised), 1)

    def test_is_of_no_use_when_closed(self) -> None:
        with self.session as session:
            pass
        with self.assertRaises(ValueError):
            session.decide("{}")
        other = self.engine.session()
        self.engine.close()
        self.engine.close()
        with self.assertRaises(ValueError):
            other.decide("{}")
        with self.assertRaises(ValueError):
            self.engine.session()

    def test_masks_with_a_key(self) -> None:
        with nuo.Engine(mask_key=b"0123456789abcdef") as engine:
            engine.use(program())
            told = [d.findings[0].message for d in engine.session().decide([EVENT % (i, 0, u) for i, u in
                    (("1", "a"), ("2", "a"), ("3", "a"), ("4", "b"), ("5", "b"))]) if d.findings]
        self.assertEqual(len(told), 3)
        self.assertEqual(told[0], told[1])
        self.assertNotEqual(told[0], told[2])
        self.assertNotIn("***", told[0])
        with self.assertRaises(nuo.NuoError):
            nuo.Engine(mask_key=b"short")


class Engines(unittest.TestCase):
    def test_swaps_while_sessions_decide(self) -> None:
        verdicts = []
        with nuo.Engine() as engine:
            engine.use(program())
            swapped = threading.Event()

            def decide() -> None:
                with engine.session() as session:
                    session.decide(EVENT % ("a", 0, "u"))
                    verdicts.append(session.decide(EVENT % ("b", 1, "u")).verdict)
                    ready.set()
                    swapped.wait()
                    last = session.decide(EVENT % ("c", 2, "u"))
                    verdicts.append((last.verdict, last.data["policy"]["version"]))

            ready = threading.Event()
            thread = threading.Thread(target=decide)
            thread.start()
            ready.wait()
            engine.use(program("two"))
            swapped.set()
            thread.join()
        self.assertEqual(verdicts, [Verdict.DEFER, (Verdict.ALLOW, "2")])

    def test_keeps_the_old_version_when_the_new_one_does_not_fit(self) -> None:
        with nuo.Engine() as engine:
            engine.use(program())
            with self.assertRaises(nuo.NuoError) as caught:
                engine.use(program("one"), program("two"))
            self.assertEqual(caught.exception.status, Status.BAD_ARGUMENT)
            self.assertEqual(engine.session().decide(EVENT % ("a", 0, "u")).verdict, Verdict.ALLOW)
        with self.assertRaises(nuo.NuoError):
            with nuo.Engine() as engine:
                engine.session()

    def test_remembers_in_a_directory(self) -> None:
        state = os.path.join(folder, "state")
        with nuo.Engine(state_directory=state) as engine:
            self.assertEqual([change.kind for change in engine.use(program())], [])
            self.assertEqual(engine.position, b"")
            engine.session().decide(EVENT % ("a", 0, "u"))
            engine.commit(b"line 1")
            engine.session().decide(EVENT % ("lost", 0, "v"))
        with nuo.Engine(state_directory=state) as engine:
            engine.open()
            self.assertEqual(engine.position, b"line 1")
            engine.use(program())
            b, c = engine.session().decide([EVENT % ("b", 1, "u"), EVENT % ("c", 1, "v")])
            self.assertEqual((b.verdict, c.verdict), (Verdict.DEFER, Verdict.ALLOW))
            self.assertGreater(engine.forget("u"), 0)
            self.assertEqual(engine.session().decide(EVENT % ("d", 2, "u")).verdict, Verdict.ALLOW)
            with self.assertRaises(nuo.NuoError) as caught:
                nuo.Engine(state_directory=state).open()
            self.assertEqual(caught.exception.status, Status.BAD_STATE)
            with self.assertRaises(nuo.NuoError):
                engine.commit(b"x" * 257)

    def test_tells_what_another_version_drops(self) -> None:
        state = os.path.join(folder, "changed")
        other = build("other", (POLICY % ("3", 1)).replace("stopped", "muted"))
        with nuo.Engine(state_directory=state) as engine:
            engine.use(program())
            engine.session().decide('{"type":"stop","id":"s","time":0,"user":"u"}')
            engine.commit()
        with nuo.Engine(state_directory=state) as engine:
            with self.assertRaises(nuo.NuoError) as caught:
                engine.use(nuo.Program.load(other))
            self.assertEqual(caught.exception.status, Status.STATE_CHANGED)
        with nuo.Engine(state_directory=state, drop_state=True) as engine:
            changes = engine.use(nuo.Program.load(other))
        self.assertIn(nuo.Change("dropped", "fact", "stopped", "stopped"), changes)
        self.assertIn(nuo.Change("new", "fact", "muted", "muted"), changes)


class Layout(unittest.TestCase):
    """The structures of _library.py are those of nuo.h."""

    def test_is_that_of_the_header(self) -> None:
        compiler = shutil.which(os.environ.get("CC") or "cc")
        if compiler is None:
            self.skipTest("no C compiler")
        kinds = {name.lower(): kind for name, kind in vars(_library).items()
                 if isinstance(kind, type) and issubclass(kind, ctypes.Structure) and kind is not ctypes.Structure}
        kinds = {{"programinfo": "program_info", "engineoptions": "engine_options"}.get(name, name): kind for name, kind in kinds.items()}
        lines, want = [], []
        for name, kind in sorted(kinds.items()):
            lines.append('printf("%%zu\\n", sizeof(nuo_%s));' % name)
            want.append(ctypes.sizeof(kind))
            for field, *_ in kind._fields_:
                lines.append('printf("%%zu\\n", offsetof(nuo_%s, %s));' % (name, field.rstrip("_")))
                want.append(getattr(kind, field).offset)
        lines.append('printf("%zu\\n%zu\\n%d\\n", sizeof(nuo_decision), offsetof(nuo_decision, native_count), NUO_BATCH);')
        want += [_library.DECISION.size, _library.DECISION.size - ctypes.sizeof(ctypes.c_size_t), nuo.BATCH]
        root = os.path.join(os.path.dirname(__file__), "..", "..", "..", "..")
        source = os.path.join(folder, "layout.c")
        with open(source, "w") as file:
            file.write("#include <stdio.h>\n#include <runtime/nuo.h>\nint main(void) {\n%s\n}\n" % "\n".join(lines))
        subprocess.run([compiler, "-I", root, "-o", source[:-2], source], check=True)
        self.assertEqual([int(line) for line in subprocess.check_output([source[:-2]]).split()], want)
        self.assertEqual([status.value for status in Status], list(range(len(Status))))
        self.assertEqual(_library.lib.nuo_status_name(len(Status) - 1).decode(), "bad log")


if __name__ == "__main__":
    unittest.main()
