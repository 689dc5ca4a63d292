// SPDX-License-Identifier: Apache-2.0
/**
 * Nuo: decides events against a compiled policy.
 *
 * Threads: objects stay in the worker that made them. An engine is shared by its `id`: another worker attaches to it,
 * and makes a session of its own; they decide at the same time, while any of them calls `use`, `commit` or `forget`.
 *
 * Errors: what fails throws an Error with a `code`: NUO_BAD_IMAGE, NUO_BAD_EVENT, … as the statuses of nuo.h are called,
 * NUO_CLOSED for what has been closed, ERR_INVALID_ARG_TYPE for arguments of another type.
 */
/// <reference types="node" />

export interface NuoError extends Error {
  code: string;
  /** The message in Chinese, where an event, a state, an image or a version of a policy is refused; else empty. */
  messageZh: string;
  /** Byte in the image or the event, where that makes sense; else 0. */
  offset: number;
}

/** A Date, or milliseconds since 1970. */
export type Instant = Date | number;
/** JSON as text or bytes, or what becomes JSON. */
export type Event = string | Uint8Array | { readonly [field: string]: unknown };
export type Verdict = 'allow' | 'note' | 'amend' | 'defer' | 'hold' | 'block';

/** How many events the library decides at once. */
export const BATCH: 64;

export interface LoadOptions {
  /** Where time zones are, instead of /usr/share/zoneinfo. */
  zoneDirectory?: string;
  /** Native libraries that the program may call: "libtox" or "libtox=/usr/lib/libtox.so.2". */
  grants?: readonly string[];
  /** Public keys, one of which has to have signed the image: 32 bytes each, or lines of .pub files. Without it no
   * signature is asked for. */
  trust?: Iterable<Uint8Array | string>;
  /** The time for signatures that expire; now, if not given. */
  now?: Instant;
}

export interface ProgramInfo {
  readonly policy: string;
  readonly policyZh: string;
  readonly title: string;
  readonly version: string;
  readonly programDigest: string;
  readonly sourceDigest: string;
  /** Milliseconds since 1970. */
  readonly inForceFrom: number;
  readonly inForceUntil: number;
  readonly rules: number;
  readonly events: number;
  readonly clauses: number;
  /** Instructions for the most expensive type of event, an upper bound. */
  readonly cost: number;
  /** Memory that a session needs for it. */
  readonly laneBytes: number;
}

/** An image, loaded and proved safe. Never changes. */
export class Program {
  private constructor();
  /** From a file, or from bytes. */
  static load(image: string | URL | Uint8Array, options?: LoadOptions): Program;
  readonly info: ProgramInfo;
  /** Whether it reads a vendor's format of that name, in either language. */
  hasAdapter(name: string): boolean;
}

export interface EngineOptions {
  /** 16 to 64 bytes: sensitive values then show as a keyed hash instead of "***". */
  maskKey?: Uint8Array;
  /** Where what is remembered lasts, see `commit`. */
  stateDirectory?: string;
  /** 16 bytes, instead of a secret of the directory's own. */
  stateSecret?: Uint8Array;
  /** Erase what no version of the policy has any more. */
  dropState?: boolean;
  /** For how long an event that comes again gets its decision again; 0: an hour. */
  replayMs?: number;
}

/** What another version of the policy means for what is remembered. */
export interface Change {
  kind: 'new' | 'dropped' | 'changed' | 'widened';
  definition: 'fact' | 'counter' | 'duty';
  name: string;
  nameZh: string;
}

/** Which versions of one policy are in force, and what it remembers. */
export class Engine {
  constructor(options?: EngineOptions);
  /** The engine of another worker. It lives until all have closed it. */
  static attach(id: number): Engine;
  readonly id: number;
  /** Puts versions of one policy in force, also while sessions decide: each goes over before its next batch. */
  use(...programs: Program[]): Change[];
  /** A session for this worker. */
  session(): Session;
  /** Reads and checks the state directory, which `use` does as well. */
  open(): void;
  /** Writes what has changed to the state directory, with your place in your input (at most 256 bytes). */
  commit(position?: Uint8Array | string): void;
  /** The place of the last commit; empty before the first one. */
  readonly position: Buffer;
  /** Erases what is remembered of one subject; gives how many records went. */
  forget(subject: string | number): number;
  /** Closes the sessions that this object made, too. What was not committed is lost when the last one closes. */
  close(): void;
}

export interface Evidence {
  fact: string;
  value?: unknown;
  missing?: true;
  found?: { entry: string; offset: number; length: number }[];
}

/** A rule that has something to say about an event, as in the JSON of the decision. */
export interface Finding {
  rule: string;
  rule_zh?: string;
  clause?: string;
  title?: string;
  severity?: string;
  cites?: string[];
  action?: Verdict;
  until?: string;
  label?: string;
  strip?: string;
  /** The other clauses under which it is the same breach; each says what it asks for by itself. */
  also?: Finding[];
  message?: string;
  evidence?: Evidence[];
  because_unknown?: { reason: string; name?: string }[];
  exceptions?: string[];
}

/** What was decided of one event; it stays. Members are read from it when they are asked for. */
export class Decision {
  private constructor();
  readonly verdict: Verdict;
  /** Whether it may go out now: allowed, noted, or after its `amendments`. */
  readonly maySend: boolean;
  readonly eventId: string;
  readonly eventType: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Of a deferral, else null. */
  readonly until: number | null;
  /** The number of the event in the list that was handed in, from 1; else 0. */
  readonly tag: number;
  readonly force: 'in force' | 'not yet in force' | 'repealed';
  /** No event, but a deadline that has passed. */
  readonly deadline: boolean;
  readonly late: boolean;
  readonly replayed: boolean;
  /** Of what followed from an event, or from one that began a duty: that event's identity; else empty. */
  readonly causedBy: string;
  /** Not null: the event was refused; the verdict is "block", so that nobody sends it unawares. */
  readonly refused: NuoError | null;
  /** The decision as a line; of a refused event {"refused":…}, as `nuo serve` says it. */
  readonly json: string;
  /** That line, read. */
  readonly data: { readonly [member: string]: unknown };
  readonly breaches: Finding[];
  readonly undetermined: Finding[];
  readonly excepted: Finding[];
  /** What the verdict comes of: breaches and what is undetermined. */
  readonly findings: Finding[];
  readonly amendments: { rule: string; label?: string; strip?: string }[];
  readonly duties: { duty: string; state: string; event: string; step?: string; due?: string }[];
  toJSON(): { readonly [member: string]: unknown };
}

/** Decides events, in the worker that made it. Freed by `close`, or when it is collected. */
export class Session {
  private constructor();
  /** One event: its own decision; throws when it is refused (NUO_BAD_EVENT), and the session goes on. */
  decide(event: Event): Decision;
  /** Many: all decisions, also of deadlines that have passed and of what follows from an event. A refused event has a
   * decision that says so in its place, and the others go on. */
  decide(events: Iterable<Event>): Decision[];
  /** An event that was held or deferred has been sent after all: it counts from then on. */
  delivered(eventType: string, eventId: string, time: Instant): void;
  /** Lets time pass without an event: the decisions of deadlines before it. */
  advance(time: Instant): Decision[];
  close(): void;
}
