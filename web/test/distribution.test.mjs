// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {ecdfPath, histogramPath, percentilePath, rangeOf, shareAt, sparsePath, valueAt,
    violinPath, withValues} from '../src/distribution.js';
import {line} from '../src/path.js';
import {linear, nines} from '../src/scale.js';
import {effectiveText, tooSmall} from '../src/cell.js';
import {percentileTable} from '../src/percentile_table.js';

const ecdf = {x: [1, 2, 4, 8], p: [0.25, 0.5, 0.75, 1]};
const x = linear(0, 10, 0, 100);
const y = linear(0, 1, 100, 0);

test('null lifts the pen', () => {
    assert.equal(line([[0, 0], [1, 1], null, [2, 2]]), 'M0 0L1 1M2 2');
    assert.equal(line([]), '');
});

test('shares and values are those of the order statistics', () => {
    assert.equal(shareAt(ecdf, 0.9), 0);
    assert.equal(shareAt(ecdf, 1), 0.25);
    assert.equal(shareAt(ecdf, 3.9), 0.5);
    assert.equal(shareAt(ecdf, 99), 1);
    assert.equal(valueAt(ecdf, 0.5), 2);
    assert.equal(valueAt(ecdf, 0.51), 4);
    assert.equal(valueAt(ecdf, 1), 8);
    assert.equal(valueAt(ecdf, 0), 1);
});

test('the distribution function jumps at each value and ends at one', () => {
    assert.equal(ecdfPath({x: [5], p: [1]}, x, y), 'M0 100L50 100L50 0L100 0');
    assert.equal(ecdfPath({x: [], p: []}, x, y), 'M0 100L100 100');
});

test('a histogram is as high as the share in its bin', () => {
    assert.equal(histogramPath([0, 5, 10], [1, 3], 4, x, y),
        'M0 100L0 75L50 75L50 25L100 25L100 100');
    assert.equal(histogramPath([0, 10], [0], 0, x, y), 'M0 100L0 100L100 100L100 100');
});

test('a violin is its own mirror image, and no taller than its room', () => {
    const path = violinPath({x: [0, 5, 10], y: [0, 2, 0]}, x, 50, 20, 2);
    assert.equal(path, 'M0 50L50 30L100 50L100 50L50 70L0 50Z');
    assert.equal(violinPath({x: [], y: []}, x, 50, 20, 2), '');
    assert.ok(!violinPath({x: [-1, 1], y: [1, 1]}, {...x, to: Math.log10}, 0, 1, 1)
        .includes('NaN'));
});

test('percentiles end where one value of n is left, and never flatter', () => {
    const to = linear(0, 2, 0, 200);
    const path = percentilePath(ecdf, 4, to, linear(0, 10, 100, 0));
    assert.ok(path.startsWith('M0 90L'));
    const last = Number(/([\d.]+) [\d.]+$/.exec(path)[1]);
    assert.ok(Math.abs(last - 100 * nines(0.75)) < 0.1);
    assert.ok(path.endsWith(' 20')); // the maximum
    assert.ok(!/NaN|Infinity/.test(path));
});

test('of few percentiles the line goes from the minimum to the maximum', () => {
    const run = {min: 0, max: 10, n: 100, percentiles: {p: [50, 90], x: [2, 5]}};
    assert.equal(sparsePath(run, linear(0, 2, 0, 200), linear(0, 10, 100, 0)),
        'M0 100L30.1 80L100 50L200 0');
});

test('runs without values have no part in the range', () => {
    const all = {runs: [{n: 0, min: null, max: null}, {n: 2, min: 3, max: 4},
        {n: 1, min: -1, max: -1}]};
    assert.equal(withValues(all).length, 2);
    assert.deepEqual(rangeOf(all), [-1, 4]);
});

test('a percentile that too few values carry is marked in the table', () => {
    const run = (id, enough) => ({id, name: 'r', n: 4, min: 1, max: 8, mean: 3.75, ecdf,
        counts: [], density: null, outliers: 0,
        percentiles: {p: [50, 95], x: [3, 7.4], ...(enough ? {enough} : {})}});
    const of = (...runs) => percentileTable({metric: 'm', unit: '', averaged: false,
        edges: [], runs});
    const {columns, rows} = of(run(1, [true, false]), run(2, [true, true]));
    assert.deepEqual(rows.map((row) => row.too_small), ['p95', '']);
    assert.deepEqual(rows.map((row) => row.p95), [7.4, 7.4]);
    const said = columns.find(({key}) => key === 'p95')?.show;
    assert.equal(said?.(7.4, rows[1]), '7.4000');
    assert.equal(rows[0].effective, 4);
    assert.ok(columns.some(({key}) => key === 'too_small'));
    assert.ok(!of(run(1)).columns.some(({key}) => key === 'too_small'));
});

test('an effective size is rounded down wherever it stands', () => {
    assert.equal(effectiveText(231.9), '231');
    assert.equal(effectiveText(9.876), '9.88');
    assert.equal(effectiveText(null), '–');
    assert.equal(tooSmall(367.2, 231.9), 'n too small (needs 368, has 231)');
});
