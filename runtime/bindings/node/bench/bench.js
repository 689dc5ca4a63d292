// SPDX-License-Identifier: Apache-2.0
// bench.js IMAGE BASELINE: the cost of a call, single and in batches, as a ratio to C. The two take turns in 61 rounds;
// told are the median ratio, the span from the 10th to the 90th percentile, and both in the least disturbed tenth of the
// rounds. Each decision is asked for its verdict and its JSON. BASELINE is baseline_node.c as an addon.
'use strict';
const fs = require('node:fs');
const { BATCH, Engine, Program } = require('..');

const EVENTS = 1024, ROUNDS = 61;
const image = fs.readFileSync(process.argv[2]);
const baseline = require(process.argv[3]);

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[Math.floor(ROUNDS / 10)], sorted[Math.floor(ROUNDS / 2)], sorted[ROUNDS - 1 - Math.floor(ROUNDS / 10)]];
}

let asked = 0;
const ask = (decision) => { asked += decision.verdict.length + decision.json.length; };

function measure(name, inC, inNode) {
  const base = [], ours = [];
  for (let i = 0; i < 5; i++) inNode();
  for (let i = 0; i < ROUNDS; i++) {
    base.push(inC() / EVENTS);
    const start = process.hrtime.bigint();
    inNode();
    ours.push(Number(process.hrtime.bigint() - start) / EVENTS);
  }
  const [low, median, high] = spread(ours.map((mine, i) => mine / base[i])).map((ratio) => ratio.toFixed(2));
  const [least] = spread(ours), [its] = spread(base);
  console.log(`Node ${process.versions.node}, ${name.padEnd(23)} to C ${median} (${low} - ${high}); ` +
    `undisturbed ${least.toFixed(0)} ns an event, C ${its.toFixed(0)}, ${(least / its).toFixed(2)}`);
}

baseline.begin(image);
const events = Array.from({ length: EVENTS }, (_, i) => baseline.event(i));
const texts = events.map((event) => event.toString());
const inBatches = (list) => Array.from({ length: EVENTS / BATCH }, (_, i) => list.slice(i * BATCH, (i + 1) * BATCH));
const engine = new Engine();
engine.use(Program.load(image));
const session = engine.session();
for (const [kind, list] of [['buffers', events], ['strings', texts]]) {
  const lists = inBatches(list);
  measure(`${kind}, one by one`, baseline.single, () => list.forEach((event) => ask(session.decide(event))));
  measure(`${kind}, batches of 64`, baseline.batches, () => lists.forEach((batch) => session.decide(batch).forEach(ask)));
}
engine.close();
if (asked === 0) throw new Error('nothing was decided');
