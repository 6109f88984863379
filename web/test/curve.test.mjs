// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {extend, lastValue, lowerBound, middle, nearest, newStroke, trace}
    from '../src/curve.js';

const same = {scale: 1, shift: 0};
const runOf = (n, fn) => ({x: Float64Array.from({length: n}, (_, i) => i / 100),
    lo: Float64Array.from({length: n}, (_, i) => fn(i))});

function traced(curve, columns = 100, from = 0, to = curve.x.length) {
    const out = newStroke(0);
    trace(curve, from, to, same, same, columns, 1, out);
    return out;
}
const list = (out, key) => [...out[key].slice(0, out.n)];

test('the first point at or behind a place', () => {
    const curve = {x: [1, 2, 2, 3], lo: [0, 0, 0, 0]};
    assert.deepEqual([0, 1, 2, 2.5, 3, 4].map((x) => lowerBound(curve, x)),
        [0, 0, 1, 3, 3, 4]);
    assert.equal(lowerBound({x: [1, 2, 3], lo: [], n: 2}, 9), 2);
});

test('the nearest point', () => {
    const curve = {x: [1, 2, 4], lo: [0, 0, 0]};
    assert.deepEqual([-5, 1.4, 1.6, 3.5, 9].map((x) => nearest(curve, x)),
        [0, 0, 1, 2, 2]);
    assert.equal(nearest({x: [], lo: []}, 1), -1);
});

test('few points are drawn as they are', () => {
    const out = traced({x: [1, 2, 3], lo: [5, 6, 7]});
    assert.deepEqual(list(out, 'x'), [1, 2, 3]);
    assert.deepEqual(list(out, 'lo'), [5, 6, 7]);
    assert.deepEqual(list(out, 'apart'), [1, 0, 0]);
    assert.equal(out.band, false);
});

test('NaN and a gap part the line', () => {
    const out = traced({x: [1, 2, 3, 4], lo: [5, NaN, 7, 8], gap: [0, 0, 0, 1]});
    assert.deepEqual(list(out, 'x'), [1, 3, 4]);
    assert.deepEqual(list(out, 'apart'), [1, 1, 1]);
});

test('a spike of one sample among many is part of its column', () => {
    const out = traced(runOf(10000, (i) => i === 5432 ? 99 : i === 5433 ? -99 : 1));
    assert.equal(out.n, 100);
    assert.equal(out.hi[54], 99);
    assert.equal(out.lo[54], -99);
    assert.equal(out.hi[53], 1);
    assert.equal(out.band, true);
    assert.deepEqual(list(out, 'x').slice(0, 2), [0.5, 1.5]);
});

test('a gap wider than a column parts columns, a narrower one does not', () => {
    const wide = traced(runOf(10000, (i) => i >= 3050 && i < 3350 ? NaN : 1));
    assert.equal(wide.n, 98);
    assert.deepEqual(list(wide, 'apart').flatMap((apart, at) => apart ? [wide.x[at]]
        : []),
        [0.5, 33.5]);
    const narrow = traced(runOf(10000, (i) => i >= 3010 && i < 3060 ? NaN : 1));
    assert.deepEqual(list(narrow, 'apart').reduce((sum, apart) => sum + apart), 1);
});

test('minima and maxima are merged as what they are', () => {
    const curve = {x: Float64Array.from({length: 1000}, (_, i) => i / 100),
        lo: new Float64Array(1000).fill(2), hi: new Float64Array(1000).fill(3)};
    curve.hi[555] = 9;
    const out = traced(curve, 10);
    assert.deepEqual(list(out, 'hi'), [3, 3, 3, 3, 3, 9, 3, 3, 3, 3]);
    assert.deepEqual(list(out, 'lo'), Array(10).fill(2));
});

test('the last value in sight is not one behind it, nor a gap', () => {
    const curve = {x: [1, 2, 3, 4], lo: [1, 2, NaN, 4], hi: [3, 4, NaN, 6]};
    assert.equal(lastValue(curve, [0, 9]), 3);
    assert.equal(middle(curve, 3), 5);
    assert.equal(lastValue(curve, [0, 3.5]), 1);
    assert.equal(lastValue(curve, [2.5, 3.5]), -1);
    assert.equal(lastValue(curve, [5, 9]), -1);
    assert.equal(lastValue({x: [], lo: []}, [0, 1]), -1);
});

test('ranges pass over what is no number', () => {
    const range = [Infinity, -Infinity];
    extend({x: [1, 2, 3], lo: [NaN, 2, -1], hi: [NaN, 5, 0]}, 0, 3, range);
    assert.deepEqual(range, [-1, 5]);
});
