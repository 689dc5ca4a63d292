// SPDX-License-Identifier: Apache-2.0
// Run by run.sh, which tells by NUO_BUILD where the command is, and lets the test collect garbage.
'use strict';
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { BATCH, Engine, Program } = require('..');

const event = (id, time, user = 'u') => JSON.stringify({ id, time, user, kind: 'advert' });
const policy = (version, most) => `
policy push version "${version}" zone "UTC" undetermined hold
event push enforceable subject user { id: text time: instant user: text sensitive kind: one of {advert, news} }
event stop observed { id: text time: instant user: text }
event seen observed { id: text time: instant push: text }
fact stopped (user: text) starts on stop for (user)
rule cap on push where kind is advert limit ${most} per user this day action defer until 09:00 because "{user} had enough"
rule silent on push forbid when stopped(user) action block
duty look on push as p must seen where push is p.id within 1 hours
`;

// The other end of the test of workers: a session of its own on the engine of the main thread.
if (!isMainThread) {
  const engine = Engine.attach(workerData);
  const session = engine.session();
  parentPort.on('message', ([id, time]) => {
    const decision = session.decide(event(id, time));
    parentPort.postMessage([decision.verdict, decision.data.policy.version]);
  });
  parentPort.postMessage('ready');
  return;
}

let folder;
const at = (name) => path.join(folder, name);
const nuo = (...words) => execFileSync(path.join(process.env.NUO_BUILD, 'nuo'), words, { cwd: folder });

function build(name, text, ...options) {
  fs.writeFileSync(at(name + '.nuo'), text);
  nuo('build', ...options, '-o', at(name + '.nuoi'), at(name + '.nuo'));
  return at(name + '.nuoi');
}

function open(options, name = 'one.nuoi') {
  const engine = new Engine(options);
  engine.use(Program.load(at(name)));
  return { engine, session: engine.session() };
}

const verdicts = (decisions) => decisions.map((decision) => decision.verdict);

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nuo'));
  build('one', policy('1', 1));
  build('two', policy('2', 2));
});
after(() => fs.rmSync(folder, { recursive: true }));

test('a program says what it is', () => {
  const { info } = Program.load(at('one.nuoi'));
  assert.deepEqual([info.policy, info.version, info.rules, info.programDigest.length], ['push', '1', 3, 64]);
  assert.equal(Program.load(at('one.nuoi')).hasAdapter('fcm'), false);
});

test('what is no image is refused', () => {
  assert.throws(() => Program.load(Buffer.from('not an image')), (error) => error.code === 'NUO_BAD_IMAGE' && error.messageZh.includes('映像'));
  const image = fs.readFileSync(at('one.nuoi'));
  image[image.length >> 1] ^= 1;
  assert.throws(() => Program.load(image), { code: 'NUO_BAD_IMAGE' });
  assert.throws(() => Program.load(at('nothing.nuoi')), { code: 'ENOENT' });
  assert.throws(() => Program.load(17), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('programs and engines come of the library alone', () => {
  for (const made of [{}, null, undefined]) assert.throws(() => new Program(made), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new Engine({}, {}), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('a native function has to be granted', () => {
  const image = build('native', `policy n version "1" zone "UTC" undetermined hold
    event e enforceable { id: text time: instant t: text }
    extern function f(text): number from "libm" symbol "cos"
    rule r on e forbid when f(t) is 1 action note`);
  assert.throws(() => Program.load(image), { code: 'NUO_NOT_GRANTED' });
  assert.throws(() => Program.load(image, { grants: ['libm=/nothing/there.so'] }), { code: 'NUO_NOT_GRANTED' });
  Program.load(image, { grants: ['libother', 'libm=libm.so.6'] });
});

test('only who is trusted is loaded', () => {
  for (const name of ['ours', 'theirs']) nuo('keygen', name);
  const [ours, theirs] = ['ours.pub', 'theirs.pub'].map((name) => fs.readFileSync(at(name), 'utf8'));
  const image = build('signed', policy('1', 1), '--sign', 'ours.key', '--expires', '2030-01-01');
  const now = new Date('2026-01-01T00:00:00Z');
  Program.load(image, { trust: [theirs, Buffer.from(ours.trim().split(' ')[1], 'base64')], now });
  assert.throws(() => Program.load(image, { trust: [theirs], now }), { code: 'NUO_NOT_TRUSTED' });
  assert.throws(() => Program.load(image, { trust: [], now }), { code: 'NUO_NOT_TRUSTED' });
  assert.throws(() => Program.load(image, { trust: [ours], now: new Date('2031-01-01T00:00:00Z') }), { code: 'NUO_NOT_TRUSTED' });
  assert.throws(() => Program.load(image, { trust: [Buffer.alloc(3)] }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('one event has one decision', () => {
  const { engine, session } = open();
  const first = session.decide({ id: 'p1', time: 0, user: 'u', kind: 'advert' });
  assert.deepEqual([first.verdict, first.maySend, first.until, first.eventId, first.eventType], ['allow', true, null, 'p1', 'push']);
  const second = session.decide(Buffer.from(event('p2', 1000)));
  assert.deepEqual([second.verdict, second.maySend, second.until, second.time], ['defer', false, 9 * 3600000, 1000]);
  assert.deepEqual(second.findings.map((finding) => [finding.rule, finding.message]), [['cap', '*** had enough']]);
  assert.equal(second.data.policy.name, 'push');
  assert.equal(JSON.stringify(second), second.json);
  engine.close();
});

test('behind a bad event others go on', () => {
  const { engine, session } = open();
  assert.throws(() => session.decide('{"id":"p1","time":0,"user":"u1","kind":"gossip"}'),
    (error) => error.code === 'NUO_BAD_EVENT' && error.offset === 39 && error.messageZh.includes('gossip'));
  const decisions = session.decide([event('p1', 5), '{', event('p2', 4, 'v'), event('p3', 6, 'w')]);
  assert.deepEqual(verdicts(decisions), ['allow', 'block', 'block', 'allow']);
  assert.deepEqual(decisions.map((decision) => decision.tag), [1, 2, 3, 4]);
  assert.equal(decisions[0].refused, null);
  assert.match(decisions[2].refused.message, /too late/);
  assert.match(decisions[1].json, /"line":2/);
  assert.throws(() => session.decide([event('p4', 7), 17]), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.deepEqual(session.decide([event('p5', 8)]).map((decision) => decision.eventId), ['p5']);
  assert.deepEqual(session.decide([]), []);
  engine.close();
});

test('an instant stays together over batches', () => {
  const { engine, session } = open();
  const many = Array.from({ length: 62 }, (_, i) => event('p' + i, i, 'u' + i));
  for (let i = 0; i < 4; i++) many.push(event('x' + i, 100, 'v'));
  many.push('{"type":"stop","id":"s","time":100,"user":"v"}');
  assert.deepEqual(verdicts(session.decide(many)), [...Array(63).fill('allow'), ...Array(4).fill('block')]);
  const large = Array.from({ length: 3 * BATCH + 1 }, (_, i) => event('y' + i, 200, 'w' + i));
  assert.deepEqual(session.decide(large).map((decision) => decision.eventId), large.map((_, i) => 'y' + i));
  engine.close();
});

test('time passes without events', () => {
  const { engine, session } = open();
  session.decide(event('p1', 0));
  assert.deepEqual(session.advance(3600000), []);
  const [missed] = session.advance(new Date(7200000));
  assert.deepEqual([missed.deadline, missed.time, missed.causedBy], [true, 3600000, 'p1']);
  assert.throws(() => session.advance(NaN), { code: 'ERR_INVALID_ARG_TYPE' });
  engine.close();
});

test('what was delivered counts', () => {
  const { engine, session } = open();
  session.decide([event('p1', 0), event('p2', 1)]);
  session.delivered('push', 'p2', 2);
  assert.throws(() => session.delivered('push', 'p2', 3), { code: 'NUO_BAD_EVENT' });
  engine.close();
});

test('what is closed is of no use', () => {
  const { engine, session } = open();
  const other = engine.session();
  session.close();
  session.close();
  assert.throws(() => session.decide('{}'), { code: 'NUO_CLOSED' });
  engine.close();
  engine.close();
  assert.throws(() => other.decide(['{}']), { code: 'NUO_CLOSED' });
  assert.throws(() => engine.session(), { code: 'NUO_CLOSED' });
  assert.throws(() => engine.commit(), { code: 'NUO_CLOSED' });
});

test('what is forgotten is freed', async () => {
  const engine = new Engine();
  engine.use(Program.load(at('one.nuoi')));
  let time = 0;
  const round = async () => {
    for (let i = 0; i < 300; i++) engine.session().decide(event('p' + i, time++));
    for (let i = 0; i < 50; i++) open();
    await new Promise(setImmediate);
    global.gc();
    await new Promise(setImmediate);
  };
  for (let i = 0; i < 3; i++) await round();
  const start = process.memoryUsage().rss;
  for (let i = 0; i < 8; i++) await round();
  assert.ok(process.memoryUsage().rss - start < 64 << 20, 'the process has grown by ' + (process.memoryUsage().rss - start));
  engine.close();
});

test('sensitive values are masked by a key', () => {
  const { engine, session } = open({ maskKey: Buffer.from('0123456789abcdef') });
  const told = session.decide(['a', 'a', 'a', 'b', 'b'].map((user, i) => event('p' + i, 0, user)))
    .flatMap((decision) => decision.findings.map((finding) => finding.message));
  assert.equal(told.length, 3);
  assert.equal(told[0], told[1]);
  assert.notEqual(told[0], told[2]);
  assert.doesNotMatch(told[0], /\*\*\*/);
  assert.throws(() => new Engine({ maskKey: Buffer.from('short') }), { code: 'NUO_BAD_ARGUMENT' });
  engine.close();
});

test('workers share an engine, and go over to another version', async () => {
  const engine = new Engine();
  engine.use(Program.load(at('one.nuoi')));
  const worker = new Worker(__filename, { workerData: engine.id });
  const answer = () => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  assert.equal(await answer(), 'ready');
  const ask = (...question) => {
    const answered = answer();
    worker.postMessage(question);
    return answered;
  };
  engine.session().decide(event('a', 0));
  assert.deepEqual(await ask('b', 1), ['defer', '1']);
  engine.use(Program.load(at('two.nuoi')));
  assert.deepEqual(await ask('c', 2), ['allow', '2']);
  assert.throws(() => engine.use(Program.load(at('one.nuoi')), Program.load(at('two.nuoi'))), { code: 'NUO_BAD_ARGUMENT' });
  const { id } = engine;
  engine.close();
  assert.deepEqual(await ask('d', 3), ['defer', '2']);
  await worker.terminate();
  assert.throws(() => Engine.attach(id), { code: 'NUO_CLOSED' });
});

test('what is remembered lasts in a directory', () => {
  const stateDirectory = at('state');
  let { engine, session } = open({ stateDirectory });
  assert.equal(engine.position.length, 0);
  session.decide(event('a', 0));
  engine.commit('line 1');
  session.decide(event('lost', 0, 'v'));
  engine.close();
  ({ engine, session } = open({ stateDirectory }));
  assert.equal(engine.position.toString(), 'line 1');
  assert.deepEqual(verdicts(session.decide([event('b', 1), event('c', 1, 'v')])), ['defer', 'allow']);
  assert.ok(engine.forget('u') > 0);
  assert.equal(session.decide(event('d', 2)).verdict, 'allow');
  assert.throws(() => new Engine({ stateDirectory }).open(), { code: 'NUO_BAD_STATE' });
  assert.throws(() => engine.commit(Buffer.alloc(257)), { code: 'NUO_BAD_ARGUMENT' });
  engine.close();
});

test('what another version drops is told', () => {
  const stateDirectory = at('changed');
  build('other', policy('3', 1).replaceAll('stopped', 'muted'));
  let { engine, session } = open({ stateDirectory });
  session.decide('{"type":"stop","id":"s","time":0,"user":"u"}');
  engine.commit();
  engine.close();
  engine = new Engine({ stateDirectory });
  assert.throws(() => engine.use(Program.load(at('other.nuoi'))), { code: 'NUO_STATE_CHANGED' });
  engine.close();
  engine = new Engine({ stateDirectory, dropState: true });
  const changes = engine.use(Program.load(at('other.nuoi')));
  assert.ok(changes.some((change) => change.kind === 'dropped' && change.definition === 'fact' && change.name === 'stopped'));
  engine.close();
});
