# SPDX-License-Identifier: Apache-2.0
"""nuo.h in ctypes: where the library is, its structures and the shapes of its functions. For __init__.py.

NUO_LIBRARY names the library's file; without it the system is asked for libnuo.so.0.
"""
from __future__ import annotations

import ctypes as c
import os
import struct
import sys

BATCH = 64
POSITION_MAX = 256


class Text(c.Structure):
    _fields_ = [("text", c.c_void_p), ("len", c.c_size_t)]

    def value(self) -> str:
        return c.string_at(self.text, self.len).decode() if self.len else ""


class Error(c.Structure):
    _fields_ = [
        ("status", c.c_int),
        ("offset", c.c_uint64),
        ("message", c.c_char * 240),
        ("message_zh", c.c_char * 240),
    ]


class Trust(c.Structure):
    _fields_ = [("keys", c.c_char_p), ("key_count", c.c_size_t), ("now", c.c_int64)]


class Options(c.Structure):
    _fields_ = [
        ("allocator", c.c_void_p),
        ("zone_directory", c.c_char_p),
        ("native_grants", c.POINTER(c.c_char_p)),
        ("trust", c.POINTER(Trust)),
        ("natives", c.c_void_p),
    ]


class ProgramInfo(c.Structure):
    _fields_ = [
        ("policy", Text),
        ("policy_zh", Text),
        ("title", Text),
        ("version", Text),
        ("program_digest", c.c_char * 65),
        ("source_digest", c.c_char * 65),
        ("from_", c.c_int64),
        ("until", c.c_int64),
        ("rules", c.c_uint32),
        ("events", c.c_uint32),
        ("clauses", c.c_uint32),
        ("cost", c.c_uint32),
        ("lane_bytes", c.c_uint32),
    ]


class EngineOptions(c.Structure):
    _fields_ = [
        ("allocator", c.c_void_p),
        ("mask_key", c.c_char_p),
        ("mask_key_size", c.c_size_t),
        ("state_secret", c.c_char_p),
        ("state_directory", c.c_char_p),
        ("drop_state", c.c_bool),
        ("replay_ms", c.c_int64),
    ]


class Change(c.Structure):
    _fields_ = [("kind", c.c_int), ("definition", c.c_int), ("name", Text), ("name_zh", Text)]


class Input(c.Structure):
    _fields_ = [
        ("json", c.c_char_p),
        ("len", c.c_size_t),
        ("adapter", Text),
        ("recipient", c.c_uint32),
        ("tag", c.c_uint64),
    ]


# nuo_decision, read many at once: event_id, event_type · time, tag · utc_offset, verdict, until, until_offset,
# force · five lists of findings, duties and raised events · caused_by · deadline, program, late, replayed ·
# incomplete, refused · notes on native functions.
DECISION = struct.Struct("@PNPN qQ iiqii PNPNPNPNPN PN ?P?? PP PN 0P".replace(" ", ""))

_POINTER = c.c_void_p
_OUT = c.POINTER(c.c_void_p)
_ERROR = c.POINTER(Error)
_FUNCTIONS = {
    "nuo_status_name": (c.c_char_p, c.c_int),
    "nuo_program_load": (c.c_int, c.c_char_p, c.c_size_t, c.POINTER(Options), _OUT, _ERROR),
    "nuo_program_free": (None, _POINTER),
    "nuo_program_describe": (None, _POINTER, c.POINTER(ProgramInfo)),
    "nuo_program_has_adapter": (c.c_bool, _POINTER, Text),
    "nuo_engine_new": (c.c_int, c.POINTER(EngineOptions), _OUT),
    "nuo_engine_free": (None, _POINTER),
    "nuo_engine_use": (c.c_int, _POINTER, _OUT, c.c_size_t, _ERROR),
    "nuo_engine_open": (c.c_int, _POINTER, _ERROR),
    "nuo_engine_commit": (c.c_int, _POINTER, c.c_char_p, c.c_size_t, _ERROR),
    "nuo_engine_position": (Text, _POINTER),
    "nuo_engine_forget": (c.c_int, _POINTER, Text, c.POINTER(c.c_size_t), _ERROR),
    "nuo_engine_changes": (c.POINTER(Change), _POINTER, c.POINTER(c.c_size_t)),
    "nuo_session_new": (c.c_int, _POINTER, _OUT),
    "nuo_session_free": (None, _POINTER),
    "nuo_session_eval_json": (c.c_int, _POINTER, c.c_char_p, c.c_size_t, _OUT, _ERROR),
    "nuo_session_decisions": (None, _POINTER, _OUT, c.POINTER(c.c_size_t)),
    "nuo_session_add": (c.c_int, _POINTER, c.POINTER(Input), c.POINTER(c.c_uint32), _ERROR),
    "nuo_session_pending": (c.c_size_t, _POINTER),
    "nuo_session_last": (c.c_int, _POINTER, c.POINTER(c.c_int64)),
    "nuo_session_take_back": (None, _POINTER, c.c_size_t),
    "nuo_session_decide": (c.c_int, _POINTER, _OUT, c.POINTER(c.c_size_t)),
    "nuo_session_delivered": (c.c_int, _POINTER, Text, Text, c.c_int64, _ERROR),
    "nuo_session_advance": (c.c_int, _POINTER, c.c_int64, _OUT, c.POINTER(c.c_size_t)),
    "nuo_session_decision_json": (c.c_int, _POINTER, _POINTER, c.POINTER(Text)),
}


def _open() -> c.CDLL:
    name = os.environ.get("NUO_LIBRARY")
    if not name:
        name = "libnuo.0.dylib" if sys.platform == "darwin" else "libnuo.so.0"
    library = c.CDLL(name)
    for function, (result, *arguments) in _FUNCTIONS.items():
        entry = getattr(library, function)
        entry.restype = result
        entry.argtypes = arguments
    return library


lib = _open()


def text(value: bytes) -> Text:
    """The bytes as a nuo_text; they have to be kept as long as it is used."""
    return Text(c.cast(c.c_char_p(value), c.c_void_p), len(value))
