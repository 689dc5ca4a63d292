// SPDX-License-Identifier: Apache-2.0
// conformance.js IMAGES CASES: decides the cases of tests/conformance and compares each line.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { Engine, Program } = require('..');

const [images, cases] = process.argv.slice(2);
const read = (name, ending) => fs.readFileSync(path.join(cases, name + ending), 'utf8');

function decide(name) {
  const versions = ['.nuoi', '.with.nuoi'].map((ending) => path.join(images, name + ending)).filter(fs.existsSync);
  const engine = new Engine();
  engine.use(...versions.map((version) => Program.load(version)));
  const session = engine.session();
  const decisions = session.decide(read(name, '.events.jsonl').split('\n').slice(0, -1));
  if (fs.existsSync(path.join(cases, name + '.until'))) decisions.push(...session.advance(parseInt(read(name, '.until'), 10)));
  const lines = decisions.map((decision) => decision.json + '\n').join('');
  engine.close();
  return lines;
}

let passed = 0, failed = 0;
for (const file of fs.readdirSync(cases).filter((entry) => entry.endsWith('.events.jsonl')).sort()) {
  const name = file.slice(0, -'.events.jsonl'.length);
  const want = read(name, '.decisions.jsonl'), got = decide(name);
  if (want === got) {
    passed++;
    continue;
  }
  failed++;
  const a = want.split('\n'), b = got.split('\n'), line = a.findIndex((text, i) => text !== b[i]);
  console.log(`${name}: line ${line + 1}\n  expected ${a[line]}\n  decided  ${b[line]}`);
}
console.log(`RESULT ${passed} ${failed}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
