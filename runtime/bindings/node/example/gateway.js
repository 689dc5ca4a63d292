// SPDX-License-Identifier: Apache-2.0
// gateway.js IMAGE: a gateway in miniature. Pushes come in on standard input, a line of JSON each, and one line
// goes out for each: what to do with it. At SIGHUP, and when the image has been replaced, the next push is decided by
// the new one; when that cannot be used, the old one stays in force. Whoever replaces the image renames a new file to
// its name: so it is never read half.
'use strict';
const fs = require('node:fs');
const readline = require('node:readline');
const { Engine, Program } = require('..');

const [image] = process.argv.slice(2);
const engine = new Engine();
let loaded = null; // which file, and when it was written

function reload() {
  const { ino, mtimeMs } = fs.statSync(image);
  const found = `${ino} ${mtimeMs}`;
  if (found === loaded) return;
  const first = loaded === null;
  loaded = found;
  try {
    const program = Program.load(image);
    engine.use(program);
    console.error(`version ${program.info.version} is in force`);
  } catch (error) {
    if (first) throw error;
    console.error(`the old version stays in force: ${error.message}`);
  }
}

function answer(session, push) {
  let decision;
  try {
    decision = session.decide(push);
  } catch (error) {
    if (error.code !== 'NUO_BAD_EVENT') throw error;
    return `reject: ${error.message}`;
  }
  if (decision.maySend) return ['send', ...decision.amendments.map((change) => change.label || `without ${change.strip}`)].join(' ');
  return `${decision.verdict}: ${decision.findings.map((finding) => finding.message || finding.rule).join('; ')}`;
}

reload();
process.on('SIGHUP', () => { loaded += ', read once more'; reload(); });
const session = engine.session();
readline.createInterface({ input: process.stdin })
  .on('line', (push) => { reload(); console.log(answer(session, push)); })
  .on('close', () => { engine.close(); process.exit(0); });
