# SPDX-License-Identifier: Apache-2.0
"""Nuo: decides events against a compiled policy.

    program = nuo.Program.load("push.nuoi")        # made by `nuo build -o push.nuoi push.nuo.md`
    with nuo.Engine() as engine:
        engine.use(program)
        with engine.session() as session:
            print(session.decide({"id": "p1", "time": 1751328000000}).verdict)

Threads: a session is used in the thread that made it. Sessions of one engine may decide at the same time, each in
its thread (the interpreter's lock is released while the library decides), while another thread calls `use`,
`commit` or `forget`: the engine makes these wait for each other.
"""
from __future__ import annotations

import ctypes as c
import datetime
import enum
import json
import os
import threading
import time as clock
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union, overload

from ._library import BATCH, DECISION, Change as _Change, EngineOptions, Error, Input, Options, ProgramInfo, Text, Trust
from ._library import lib, text

__all__ = [
    "Change", "Decision", "Engine", "EventRefused", "Finding", "NuoError", "Program", "ProgramInformation",
    "Session", "Status", "Verdict", "BATCH",
]

Event = Union[str, bytes, Dict[str, Any]]
Instant = Union[int, datetime.datetime]  # milliseconds since 1970, or a time with its zone
_byref = c.byref


class Status(enum.IntEnum):
    """Why a call failed; nuo.h says more about each."""

    OK = 0
    NO_MEMORY = 1
    BAD_ARGUMENT = 2
    BAD_IMAGE = 3
    BAD_EVENT = 4
    NOT_GRANTED = 5
    BAD_ZONE = 6
    LIMIT = 7
    BAD_STATE = 8
    STATE_CHANGED = 9
    IO = 10
    NOT_TRUSTED = 11
    BAD_LOG = 12


class Verdict(enum.IntEnum):
    """The greatest action of all findings of an event."""

    ALLOW = 0
    NOTE = 1
    AMEND = 2
    DEFER = 3
    HOLD = 4
    BLOCK = 5

    @property
    def may_send(self) -> bool:
        """Whether the event may go out now; of AMEND after what Decision.amendments asks for."""
        return self <= Verdict.AMEND


_VERDICTS = tuple(Verdict)
_REFUSALS = (Status.BAD_EVENT, Status.LIMIT)


class NuoError(Exception):
    """A call of the library failed."""

    def __init__(self, status: int, message: str = "", message_zh: str = "", offset: int = 0) -> None:
        self.status = Status(status)
        self.message = message or lib.nuo_status_name(status).decode()
        self.message_zh = message_zh
        self.offset = offset  # byte in the image or the event
        super().__init__(self.message)


class EventRefused(NuoError):
    """This event is none that the policy knows, or too late; the session goes on."""


def _refused(error: Error) -> EventRefused:
    return EventRefused(error.status, error.message.decode(), error.message_zh.decode(), error.offset)


def _check(status: int, error: Optional[Error] = None) -> None:
    if status == 0:
        return
    if error is None or error.status != status:
        raise NuoError(status)
    if status in _REFUSALS:
        raise _refused(error)
    raise NuoError(status, error.message.decode(), error.message_zh.decode(), error.offset)


def _whole(number: int, name: str) -> int:
    """ctypes would cut off what has no room in 64 bits."""
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError(f"{name} has more than 64 bits")
    return number


def _milliseconds(time: Instant) -> int:
    if isinstance(time, int):
        return _whole(time, "a time")
    if time.tzinfo is None:
        raise ValueError("a datetime without a zone says no instant: give it a tzinfo")
    return (time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def _terminated(value: Union[str, "os.PathLike[str]"], name: str) -> bytes:
    """What the library reads up to its first zero."""
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise ValueError(f"{name} has a zero in it")
    return encoded


# ---- programs ----


@dataclass(frozen=True)
class ProgramInformation:
    policy: str
    policy_zh: str
    title: str
    version: str
    program_digest: str
    source_digest: str
    in_force_from: int  # milliseconds since 1970
    in_force_until: int
    rules: int
    events: int
    clauses: int
    cost: int  # instructions for the most expensive type of event, an upper bound
    lane_bytes: int  # memory that a session needs for it


def _keys(trust: Iterable[Union[bytes, str]]) -> bytes:
    import base64

    keys = [key if isinstance(key, bytes) else base64.b64decode(key.split()[-1]) for key in trust]
    if any(len(key) != 32 for key in keys):
        raise ValueError("a public key has 32 bytes; as text it is a line of a .pub file of `nuo keygen`")
    return b"".join(keys)


class Program:
    """An image, loaded and proved safe. Never changes; any number of engines and threads may use it."""

    def __init__(self, pointer: int) -> None:
        self._pointer = pointer
        described = ProgramInfo()
        lib.nuo_program_describe(pointer, _byref(described))
        d = described
        self.info = ProgramInformation(
            d.policy.value(), d.policy_zh.value(), d.title.value(), d.version.value(), d.program_digest.decode(),
            d.source_digest.decode(), d.from_, d.until, d.rules, d.events, d.clauses, d.cost, d.lane_bytes)

    @classmethod
    def load(
        cls,
        image: Union[str, "os.PathLike[str]", bytes],
        *,
        zone_directory: Optional[str] = None,
        grants: Sequence[str] = (),
        trust: Optional[Iterable[Union[bytes, str]]] = None,
        now: Optional[Instant] = None,
    ) -> "Program":
        """Loads an image from a file, or from bytes.

        grants: native libraries that it may call, "libtox" or "libtox=/usr/lib/libtox.so.2".
        trust:  public keys, one of which has to have signed it (32 bytes each, or lines of .pub files); without it
                no signature is asked for. now: the time for signatures that expire, else the computer's.
        """
        if not isinstance(image, bytes):
            with open(image, "rb") as file:
                image = file.read()
        options = Options(zone_directory=_terminated(zone_directory, "zone_directory") if zone_directory else None)
        if grants:
            options.native_grants = (c.c_char_p * (len(grants) + 1))(*[_terminated(grant, "a grant") for grant in grants], None)
        if trust is not None:
            keys = _keys(trust)
            at = _milliseconds(now) if now is not None else int(clock.time() * 1000)
            options.trust = c.pointer(Trust(keys, len(keys) // 32, at))
        pointer, error = c.c_void_p(), Error()
        _check(lib.nuo_program_load(image, len(image), _byref(options), _byref(pointer), _byref(error)), error)
        return cls(pointer.value or 0)

    def has_adapter(self, name: str) -> bool:
        """Whether it reads a vendor's format of that name, in either language."""
        encoded = name.encode()
        return bool(lib.nuo_program_has_adapter(self._pointer, text(encoded)))

    def __del__(self) -> None:
        if getattr(self, "_pointer", 0):
            lib.nuo_program_free(self._pointer)
            self._pointer = 0


# ---- engines ----


@dataclass(frozen=True)
class Change:
    """What another version of the policy means for what is remembered."""

    kind: str  # "new", "dropped", "changed", "widened"
    definition: str  # "fact", "counter", "duty"
    name: str
    name_zh: str


_CHANGES = ("new", "dropped", "changed", "widened")
_DEFINITIONS = ("fact", "counter", "duty")


class Engine:
    """Which versions of one policy are in force, and what it remembers."""

    def __init__(
        self,
        *,
        mask_key: Optional[bytes] = None,
        state_directory: Union[str, "os.PathLike[str]", None] = None,
        state_secret: Optional[bytes] = None,
        drop_state: bool = False,
        replay_ms: int = 0,
    ) -> None:
        """mask_key: 16 to 64 bytes; sensitive values then show as a keyed hash instead of "***".
        state_directory: where what is remembered lasts, see `commit`; state_secret: 16 bytes, instead of one of its own.
        drop_state: erase what no version of the policy has any more. replay_ms: for how long an event that comes
        again gets its decision again; 0: an hour.
        """
        if state_secret is not None and len(state_secret) != 16:
            raise ValueError("state_secret has 16 bytes")
        options = EngineOptions(
            mask_key=mask_key, mask_key_size=len(mask_key or b""), state_secret=state_secret,
            state_directory=_terminated(state_directory, "state_directory") if state_directory is not None else None,
            drop_state=drop_state, replay_ms=_whole(replay_ms, "replay_ms"))
        pointer = c.c_void_p()
        self._pointer = 0
        self._sessions: Dict[int, None] = {}  # those that are open, by their pointers
        self._lock = threading.RLock()
        _check(lib.nuo_engine_new(_byref(options), _byref(pointer)))
        self._pointer = pointer.value or 0

    def _handle(self) -> int:
        if not self._pointer:
            raise ValueError("the engine is closed")
        return self._pointer

    def use(self, *programs: Program) -> List[Change]:
        """Puts versions of one policy in force, from any thread, also while sessions decide: each goes over before
        its next batch. Gives what that means for what a state directory remembers."""
        array = (c.c_void_p * len(programs))(*[program._pointer for program in programs])
        error, count = Error(), c.c_size_t()
        with self._lock:
            _check(lib.nuo_engine_use(self._handle(), array, len(programs), _byref(error)), error)
            changes = lib.nuo_engine_changes(self._handle(), _byref(count))
            return [
                Change(_CHANGES[change.kind], _DEFINITIONS[change.definition], change.name.value(), change.name_zh.value())
                for change in changes[: count.value]
            ]

    def session(self) -> "Session":
        """A session for this thread."""
        return Session(self)

    def open(self) -> None:
        """Reads and checks the state directory, which `use` does as well."""
        error = Error()
        with self._lock:
            _check(lib.nuo_engine_open(self._handle(), _byref(error)), error)

    def commit(self, position: bytes = b"") -> None:
        """Writes what has changed to the state directory, with your place in your input (at most 256 bytes)."""
        error = Error()
        with self._lock:
            _check(lib.nuo_engine_commit(self._handle(), position, len(position), _byref(error)), error)

    @property
    def position(self) -> bytes:
        """The place of the last commit; empty before the first one."""
        with self._lock:
            at = lib.nuo_engine_position(self._handle())
            return c.string_at(at.text, at.len) if at.len else b""

    def forget(self, subject: str) -> int:
        """Erases what is remembered of one subject; gives how many records went."""
        encoded = subject.encode()
        error, records = Error(), c.c_size_t()
        with self._lock:
            _check(lib.nuo_engine_forget(self._handle(), text(encoded), _byref(records), _byref(error)), error)
        return records.value

    def close(self) -> None:
        """Frees the engine and its sessions, none of which may be deciding. What was not committed is lost."""
        with self._lock:
            while self._sessions:
                lib.nuo_session_free(self._sessions.popitem()[0])
            if self._pointer:
                lib.nuo_engine_free(self._pointer)
            self._pointer = 0

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_pointer", 0):
            self.close()


# ---- decisions ----

_Head = Tuple[int, int, int, int, bool, bool, bool]  # time, tag, verdict, until, deadline, late, replayed


@dataclass(frozen=True)
class Finding:
    """A rule that has something to say about an event."""

    outcome: str  # "breach", "undetermined", "excepted"
    rule: str
    rule_zh: str
    clause: str
    title: str
    severity: str
    action: str
    message: str
    data: Dict[str, Any]  # the finding as in the JSON: evidence, because_unknown, exceptions, cites, …


def _finding(outcome: str, data: Dict[str, Any]) -> Finding:
    def word(name: str) -> str:
        return str(data.get(name, ""))

    return Finding(outcome, word("rule"), str(data.get("rule_zh", word("rule"))), word("clause"), word("title"),
                   word("severity"), word("action"), word("message"), data)


class Decision:
    """What was decided of one event; a copy, which stays. Members are read from it when they are asked for."""

    __slots__ = ("_head", "_id", "_type", "_cause", "_json", "_data", "refused")

    def __init__(self, head: _Head, identity: bytes, kind: bytes, cause: bytes, line: bytes,
                 refused: Optional[EventRefused] = None) -> None:
        self._head, self._id, self._type, self._cause, self._json = head, identity, kind, cause, line
        self._data: Optional[Dict[str, Any]] = None
        # Not None: the event was refused, and the verdict is BLOCK, so that nobody sends it unawares.
        self.refused = refused

    @property
    def verdict(self) -> Verdict:
        return _VERDICTS[self._head[2]]

    @property
    def event_id(self) -> str:
        return self._id.decode()

    @property
    def event_type(self) -> str:
        return self._type.decode()

    @property
    def time(self) -> int:
        """Milliseconds since 1970."""
        return self._head[0]

    @property
    def tag(self) -> int:
        """The number of the event among those that were handed in, from 1; 0 of a single one."""
        return self._head[1]

    @property
    def until(self) -> Optional[int]:
        """Of a deferral, milliseconds since 1970."""
        return self._head[3] if self._head[2] == Verdict.DEFER else None

    @property
    def caused_by(self) -> str:
        """Of what followed from an event, or from one that began a duty: that event's identity; else empty."""
        return self._cause.decode()

    @property
    def deadline(self) -> bool:
        """No event, but a deadline that has passed."""
        return self._head[4]

    @property
    def late(self) -> bool:
        return self._head[5]

    @property
    def replayed(self) -> bool:
        return self._head[6]

    @property
    def json(self) -> str:
        """The whole decision as a line; of a refused event {"refused":…}, as `nuo serve` says it."""
        return self._json.decode()

    @property
    def data(self) -> Dict[str, Any]:
        """The JSON, read."""
        if self._data is None:
            self._data = json.loads(self.json)
        return self._data

    def _findings(self, member: str, outcome: str) -> List[Finding]:
        return [_finding(outcome, data) for data in self.data.get(member, ())]

    @property
    def breaches(self) -> List[Finding]:
        return self._findings("breaches", "breach")

    @property
    def undetermined(self) -> List[Finding]:
        return self._findings("undetermined", "undetermined")

    @property
    def excepted(self) -> List[Finding]:
        return self._findings("excepted", "excepted")

    @property
    def findings(self) -> List[Finding]:
        """What the verdict comes of: breaches and what is undetermined."""
        return self.breaches + self.undetermined

    @property
    def amendments(self) -> List[Dict[str, str]]:
        """Labels to add and fields to strip before it is sent."""
        return list(self.data.get("amendments", ()))

    @property
    def duties(self) -> List[Dict[str, Any]]:
        return list(self.data.get("duties", ()))

    def __repr__(self) -> str:
        return f"<Decision {self.event_type} {self.event_id!r}: {self.verdict.name.lower()}>"


def _refusal(tag: int, refused: EventRefused) -> Decision:
    told = {"refused": refused.message, "refused_zh": refused.message_zh, "line": tag, "offset": refused.offset}
    line = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return Decision((0, tag, Verdict.BLOCK, 0, False, False, False), b"", b"", b"", line, refused)


def _encoded(event: Event) -> bytes:
    if isinstance(event, bytes):
        return event
    return (event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)).encode()


# ---- sessions ----


class Session:
    """Decides events, in the thread that made it."""

    def __init__(self, engine: Engine) -> None:
        pointer = c.c_void_p()
        self._pointer = 0
        with engine._lock:
            _check(lib.nuo_session_new(engine._handle(), _byref(pointer)))
            self._pointer = pointer.value or 0
            engine._sessions[self._pointer] = None
        self._engine = engine
        self._thread = threading.get_ident()
        self._busy = False  # while events are taken from whoever gives them
        self._error, self._input, self._recipients = Error(), Input(), c.c_uint32()
        self._list, self._count, self._json = c.c_void_p(), c.c_size_t(), Text()
        self._error_ref, self._input_ref, self._recipients_ref = _byref(self._error), _byref(self._input), _byref(self._recipients)
        self._list_ref, self._count_ref, self._json_ref = _byref(self._list), _byref(self._count), _byref(self._json)

    def _handle(self) -> int:
        if self._pointer not in self._engine._sessions:
            raise ValueError("the session is closed")
        if threading.get_ident() != self._thread:
            raise RuntimeError("a session is used in the thread that made it: make one a thread")
        return self._pointer

    def _copies(self, at: int, count: int) -> List[Decision]:
        """The decisions of the library that lie there."""
        if count == 0:
            return []
        text_at, pointer, line, line_ref = c.string_at, self._pointer, self._json, self._json_ref
        decisions = []
        for (id_at, id_len, type_at, type_len, time, tag, _, verdict, until, *_, cause_at, cause_len, deadline, _, late,
             replayed, _, refused, _, _) in DECISION.iter_unpack(text_at(at, DECISION.size * count)):
            if refused:
                decisions.append(_refusal(tag, _refused(Error.from_address(refused))))
            else:
                _check(lib.nuo_session_decision_json(pointer, at, line_ref))
                decisions.append(Decision(
                    (time, tag, verdict, until, deadline, late, replayed), text_at(id_at, id_len), text_at(type_at, type_len),
                    text_at(cause_at, cause_len) if cause_len else b"", text_at(line.text, line.len)))
            at += DECISION.size
        return decisions

    def _decide_pending(self) -> List[Decision]:
        decisions: List[Decision] = []
        while lib.nuo_session_pending(self._pointer):
            status = lib.nuo_session_decide(self._pointer, self._list_ref, self._count_ref)
            decisions += self._copies(self._list.value or 0, self._count.value)
            _check(status)
        return decisions

    @overload
    def decide(self, events: Event) -> Decision: ...  # type: ignore[misc]

    @overload
    def decide(self, events: Iterable[Event]) -> List[Decision]: ...

    def decide(self, events: Union[Event, Iterable[Event]]) -> Union[Decision, List[Decision]]:
        """Decides an event, or many.

        One event (JSON as text or bytes, or a dict): its own decision. EventRefused when it is refused. What else came
        of it, deadlines that have passed before and what follows, a list of one event gives.
        Many: all decisions, also of deadlines that have passed and of what follows from an event. A refused event
        has a decision that says so in its place (`refused`), and the others go on. They are handed over 64 at a time;
        of an instant with more events than that the order is the library's, see nuo_session_last. When an event cannot be
        written as JSON, its batch is not decided.
        """
        self._handle()
        if self._busy:
            raise RuntimeError("the session is at work on the events that this call comes from: make another one")
        if isinstance(events, (str, bytes, dict)):
            return self._one(events)
        self._busy = True
        try:
            return self._many(events)
        except BaseException:
            lib.nuo_session_take_back(self._pointer, BATCH)  # their texts go
            raise
        finally:
            self._busy = False

    def _one(self, event: Event) -> Decision:
        encoded = _encoded(event)
        status = lib.nuo_session_eval_json(self._pointer, encoded, len(encoded), self._list_ref, self._error_ref)
        _check(status, self._error)
        if not self._list.value:
            raise ValueError("what was delivered counts from now on, and has no decision: report it by `delivered`")
        return self._copies(self._list.value, 1)[0]

    def _many(self, events: Iterable[Event]) -> List[Decision]:
        decisions: List[Decision] = []
        # Text, recipient and tag of those in the library's batch, which reads the texts until they are decided.
        waiting: List[Tuple[bytes, int, int]] = []
        for tag, event in enumerate(events, 1):
            encoded, recipient, recipients = _encoded(event), 0, 1
            while recipient < recipients:
                if len(waiting) == BATCH:
                    decisions += self._make_room(waiting)
                status = self._add(encoded, recipient, tag)
                if status in _REFUSALS:
                    refusal = _refusal(tag, _refused(self._error))
                    decisions += self._decide_pending()
                    decisions.append(refusal)
                    waiting.clear()
                else:
                    _check(status, self._error)
                    waiting.append((encoded, recipient, tag))
                recipients = self._recipients.value  # of a list others may come behind one that is refused
                recipient += 1
        return decisions + self._decide_pending()

    def _add(self, encoded: bytes, recipient: int, tag: int) -> int:
        given = self._input
        given.json, given.len, given.recipient, given.tag = encoded, len(encoded), recipient, tag
        return int(lib.nuo_session_add(self._pointer, _byref(given), self._recipients_ref, self._error_ref))

    def _make_room(self, waiting: List[Tuple[bytes, int, int]]) -> List[Decision]:
        """Decides a full batch but for the events of its last instant, where their order with others may matter."""
        time = c.c_int64()
        turn = lib.nuo_session_last(self._pointer, _byref(time))
        instant, open_, matters = time.value, 0, False
        while turn != 0 and time.value == instant and open_ < len(waiting):
            matters |= turn == 2
            open_ += 1
            lib.nuo_session_take_back(self._pointer, 1)
            turn = lib.nuo_session_last(self._pointer, _byref(time))
        before, last = waiting[: len(waiting) - open_], waiting[len(waiting) - open_:]
        if matters and before:
            decisions = self._decide_pending()  # the texts of the batch are in `before` so long
            waiting[:] = self._add_again(last, decisions)
            return decisions
        refused: List[Decision] = []
        waiting[:] = before + self._add_again(last, refused)
        decisions = self._decide_pending() + refused
        waiting.clear()
        return decisions

    def _add_again(self, events: Sequence[Tuple[bytes, int, int]], decisions: List[Decision]) -> List[Tuple[bytes, int, int]]:
        """Those that are in the batch then. Another version of the policy may refuse what the last one took."""
        taken = []
        for encoded, recipient, tag in events:
            status = self._add(encoded, recipient, tag)
            if status in _REFUSALS:
                decisions.append(_refusal(tag, _refused(self._error)))
                continue
            _check(status, self._error)
            taken.append((encoded, recipient, tag))
        return taken

    def delivered(self, event_type: str, event_id: str, time: Instant) -> None:
        """An event that was held or deferred has been sent after all: it counts from then on."""
        kind, identity = event_type.encode(), event_id.encode()
        _check(lib.nuo_session_delivered(self._handle(), text(kind), text(identity), _milliseconds(time), self._error_ref),
               self._error)

    def advance(self, time: Instant) -> List[Decision]:
        """Lets time pass without an event: the decisions of deadlines before it."""
        decisions: List[Decision] = []
        pointer, at = self._handle(), _milliseconds(time)
        while True:
            status = lib.nuo_session_advance(pointer, at, self._list_ref, self._count_ref)
            _check(status)
            if self._count.value == 0:
                return decisions
            decisions += self._copies(self._list.value or 0, self._count.value)

    def close(self) -> None:
        with self._engine._lock:
            if self._pointer in self._engine._sessions:
                del self._engine._sessions[self._pointer]
                lib.nuo_session_free(self._pointer)
            self._pointer = 0

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_pointer", 0):
            self.close()
