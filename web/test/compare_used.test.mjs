// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';

import {sidesTable} from '../src/compare_tables.js';
import {usedOfRun, usedText} from '../src/compare_used.js';
import {settings} from '../src/forest_layout.js';

const comparison = JSON.parse(readFileSync(
    new URL('../../tests/golden/compare.json', import.meta.url), 'utf8'));

/** Two runs, of which the second of B has a stretch that is left out. */
const metric = (name, excluded) => ({name, details: ['A: 1 run, n 9 of 9 samples',
    'A: n_eff 9 (tau 1)',
    `B: 2 runs, n ${18 - excluded} of 18 samples (left out: ${excluded} excluded)`],
runs: {a: [{n: 9, left_out: {}}], b: [{n: 9, left_out: {excluded: 0}},
    {n: 9 - excluded, left_out: {broken: 0, excluded}}]}});

test('what was used of a side is said once where all metrics agree', () => {
    const both = {metrics: [metric('x', 4), metric('y', 4)]};
    assert.equal(usedText(both, 'a'), 'n 9 of 9 samples');
    assert.equal(usedText(both, 'b'), 'n 14 of 18 samples (left out: 4 excluded)');
    assert.deepEqual(usedOfRun(both, 'b', 0), {used: 9, left_out: ''});
    assert.deepEqual(usedOfRun(both, 'b', 1), {used: 5, left_out: '4 excluded'});
});

test('metrics that differ are named', () => {
    const both = {metrics: [metric('x', 4), metric('y', 5)]};
    assert.equal(usedText(both, 'b'), 'x: n 14 of 18 samples (left out: 4 excluded); ' +
        'y: n 13 of 18 samples (left out: 5 excluded)');
    assert.deepEqual(usedOfRun(both, 'b', 1),
        {used: 'x: 5; y: 4', left_out: 'x: 4 excluded; y: 5 excluded'});
});

test('the settings in the picture and the table of the runs say it', () => {
    const one = comparison.metrics[0];
    const only = {...comparison, metrics: [one]};
    assert.match(settings(only, ''), /A .*n 3000 of 3050 samples \(left out: 45 /);
    const {rows, columns} = sidesTable(only);
    assert.equal(rows[0].used, one.runs.a[0].n);
    assert.match(rows[0].left_out, /^\d+ repeated, 1 at the beginning$/);
    assert.ok(columns.some(({key}) => key === 'left_out'));
});
