// SPDX-License-Identifier: Apache-2.0
// Nuo for Node: index.d.ts says what everything is. The addon gives decisions as bytes (packed.h of the Go
// binding), which are read when they are asked for.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const { isExternal } = require('node:util/types');
const native = require(process.env.NUO_NODE || './build/nuo.node');

const BATCH = 64;
const VERDICTS = ['allow', 'note', 'amend', 'defer', 'hold', 'block'];
const FORCES = ['in force', 'not yet in force', 'repealed'];
const CHANGES = ['new', 'dropped', 'changed', 'widened'];
const DEFINITIONS = ['fact', 'counter', 'duty'];
const REFUSED_CODES = { 4: 'NUO_BAD_EVENT', 7: 'NUO_LIMIT' };
const DEADLINE = 1, LATE = 2, REPLAYED = 4;

// The head of a packed decision: where its members lie.
const TAG = 0, TIME = 8, UNTIL = 16, OFFSET = 24;
const ID = 0, TYPE = 1, CAUSED_BY = 2, JSON_TEXT = 3, MESSAGE = 4, MESSAGE_ZH = 5, LENGTHS = 40;
const SIZE = 64, VERDICT = 68, FORCE = 69, FLAGS = 70, REFUSED = 71, HEAD = 72;

const little = os.endianness() === 'LE';
const uint32 = (bytes, at) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
const int64 = (bytes, at) => Number(little ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at));

function argument(holds, message) {
  if (!holds) throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

function asBuffer(value, name) {
  argument(value instanceof Uint8Array, `${name} has to be a Buffer or Uint8Array`);
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function milliseconds(time) {
  const number = time instanceof Date ? time.getTime() : time;
  argument(Number.isSafeInteger(number), 'a time is a Date or whole milliseconds since 1970');
  return number;
}

// Text that the library reads up to its first zero.
function terminated(text, name) {
  argument(typeof text === 'string' && !text.includes('\0'), `${name} has to be a string without zeros`);
  return text;
}

// ---- programs ----

const publicKey = (key) => {
  const bytes = typeof key === 'string' ? Buffer.from(key.trim().split(/\s+/).pop(), 'base64') : asBuffer(key, 'a key');
  argument(bytes.length === 32, 'a public key has 32 bytes; as text it is a line of a .pub file of `nuo keygen`');
  return bytes;
};

let programExternal;

class Program {
  #native;

  constructor(external) {
    argument(isExternal(external), 'a program is made by Program.load');
    this.#native = external;
    this.info = Object.freeze(native.describe(external));
  }

  static load(image, { zoneDirectory, grants = [], trust, now = Date.now() } = {}) {
    const bytes = typeof image === 'string' || image instanceof URL ? fs.readFileSync(image) : asBuffer(image, 'an image');
    const list = Buffer.from(grants.map((grant) => terminated(grant, 'a grant') + '\0').join(''));
    const keys = trust === undefined ? null : Buffer.concat(Array.from(trust, publicKey));
    const zones = zoneDirectory === undefined ? null : terminated(zoneDirectory, 'zoneDirectory');
    return new Program(native.load(bytes, zones, list, keys, milliseconds(now)));
  }

  hasAdapter(name) {
    return native.hasAdapter(this.#native, String(name));
  }

  static {
    programExternal = (program) => {
      argument(program instanceof Program, 'programs have to be made by Program.load');
      return program.#native;
    };
  }
}

// ---- engines ----

let engineExternal;

class Engine {
  #native;

  constructor({ maskKey, stateSecret, stateDirectory, dropState = false, replayMs = 0 } = {}, external) {
    argument(stateSecret === undefined || stateSecret.length === 16, 'stateSecret has 16 bytes');
    argument(external === undefined || isExternal(external), 'an engine has one argument, its options');
    this.#native = external || native.engineNew(
      maskKey === undefined ? null : asBuffer(maskKey, 'maskKey'),
      stateSecret === undefined ? null : asBuffer(stateSecret, 'stateSecret'),
      stateDirectory === undefined ? null : terminated(stateDirectory, 'stateDirectory'),
      Boolean(dropState), milliseconds(replayMs));
  }

  static attach(id) {
    argument(Number.isSafeInteger(id), 'an engine is attached by its id');
    return new Engine({}, native.engineAttach(id));
  }

  static {
    engineExternal = (engine) => engine.#native;
  }

  get id() {
    return native.engineId(this.#native);
  }

  use(...programs) {
    return native.engineUse(this.#native, programs.map(programExternal)).map((change) => ({
      ...change, kind: CHANGES[change.kind], definition: DEFINITIONS[change.definition],
    }));
  }

  session() {
    return new Session(this);
  }

  open() {
    native.engineOpen(this.#native);
  }

  commit(position = Buffer.alloc(0)) {
    native.engineCommit(this.#native, typeof position === 'string' ? Buffer.from(position) : asBuffer(position, 'a position'));
  }

  get position() {
    return native.enginePosition(this.#native);
  }

  forget(subject) {
    return native.engineForget(this.#native, String(subject));
  }

  close() {
    native.engineClose(this.#native);
  }
}

// ---- decisions ----

class Decision {
  #bytes;
  #at;
  #data;

  constructor(bytes, at) {
    this.#bytes = bytes;
    this.#at = at;
  }

  #text(which) {
    let from = this.#at + HEAD;
    for (let i = 0; i < which; i++) from += uint32(this.#bytes, this.#at + LENGTHS + 4 * i);
    return this.#bytes.toString('utf8', from, from + uint32(this.#bytes, this.#at + LENGTHS + 4 * which));
  }

  #flag(bit) {
    return (this.#bytes[this.#at + FLAGS] & bit) !== 0;
  }

  get verdict() { return VERDICTS[this.#bytes[this.#at + VERDICT]]; }
  get maySend() { return this.#bytes[this.#at + VERDICT] <= 2; }
  get eventId() { return this.#text(ID); }
  get eventType() { return this.#text(TYPE); }
  get causedBy() { return this.#text(CAUSED_BY); }
  get time() { return int64(this.#bytes, this.#at + TIME); }
  get tag() { return int64(this.#bytes, this.#at + TAG); }
  get until() { return this.verdict === 'defer' ? int64(this.#bytes, this.#at + UNTIL) : null; }
  get force() { return FORCES[this.#bytes[this.#at + FORCE]]; }
  get deadline() { return this.#flag(DEADLINE); }
  get late() { return this.#flag(LATE); }
  get replayed() { return this.#flag(REPLAYED); }

  get refused() {
    const status = this.#bytes[this.#at + REFUSED];
    if (status === 0) return null;
    return Object.assign(new Error(this.#text(MESSAGE)), {
      code: REFUSED_CODES[status], messageZh: this.#text(MESSAGE_ZH), offset: int64(this.#bytes, this.#at + OFFSET),
    });
  }

  get json() {
    const refused = this.refused;
    if (refused === null) return this.#text(JSON_TEXT);
    return JSON.stringify({ refused: refused.message, refused_zh: refused.messageZh, line: this.tag, offset: refused.offset });
  }

  get data() {
    if (this.#data === undefined) this.#data = JSON.parse(this.json);
    return this.#data;
  }

  get breaches() { return this.data.breaches || []; }
  get undetermined() { return this.data.undetermined || []; }
  get excepted() { return this.data.excepted || []; }
  get findings() { return [...this.breaches, ...this.undetermined]; }
  get amendments() { return this.data.amendments || []; }
  get duties() { return this.data.duties || []; }
  toJSON() { return this.data; }
}

function unpack(bytes) {
  const decisions = [];
  for (let at = 0; at < bytes.length; at += uint32(bytes, at + SIZE)) decisions.push(new Decision(bytes, at));
  return decisions;
}

// ---- sessions ----

const isEvent = (event) => typeof event === 'string' || event instanceof Uint8Array;

function encode(event) {
  if (typeof event === 'string') return event;
  if (event instanceof Uint8Array) return asBuffer(event, 'an event');
  const text = event !== null && typeof event === 'object' ? JSON.stringify(event) : undefined;
  argument(text !== undefined, 'an event is JSON as text or bytes, or an object');
  return text;
}

class Session {
  #native;
  #engine; // stays as long as its session
  #room = Buffer.allocUnsafeSlow(1 << 16); // for the bytes of texts

  constructor(engine) {
    argument(engine instanceof Engine, 'a session is made by engine.session()');
    this.#native = native.sessionNew(engineExternal(engine));
    this.#engine = engine;
  }

  decide(events) {
    if (isEvent(events) || events === null || typeof events !== 'object' || events[Symbol.iterator] === undefined) {
      return this.#one(encode(events));
    }
    return this.#many(Array.from(events, encode));
  }

  #one(event) {
    const bytes = typeof event === 'string'
      ? native.sessionEval(this.#native, this.#roomFor(3 * event.length), this.#room.write(event))
      : native.sessionEval(this.#native, event, event.length);
    argument(bytes.length > 0, 'what was delivered counts from now on, and has no decision: report it by `delivered`');
    return new Decision(bytes, 0);
  }

  #many(events) {
    let most = 0; // a unit of a string becomes three bytes at most
    for (const event of events) most += typeof event === 'string' ? 3 * event.length : event.length;
    const room = this.#roomFor(most), ends = new Int32Array(events.length);
    for (let i = 0, at = 0; i < events.length; i++) {
      const event = events[i];
      if (typeof event === 'string') at += room.write(event, at);
      else room.set(event, at), at += event.length;
      ends[i] = at;
    }
    return unpack(native.sessionDecide(this.#native, room, ends, 1));
  }

  #roomFor(size) {
    argument(size < 2 ** 31, 'these are too many events for one call: hand in fewer');
    if (size > this.#room.length) this.#room = Buffer.allocUnsafeSlow(size);
    return this.#room;
  }

  delivered(eventType, eventId, time) {
    native.sessionDelivered(this.#native, String(eventType), String(eventId), milliseconds(time));
  }

  advance(time) {
    return unpack(native.sessionAdvance(this.#native, milliseconds(time)));
  }

  close() {
    native.sessionClose(this.#native);
  }
}

if (Symbol.dispose !== undefined) {
  for (const kind of [Engine, Session]) kind.prototype[Symbol.dispose] = kind.prototype.close;
}

module.exports = { BATCH, Decision, Engine, Program, Session };
