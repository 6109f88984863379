// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {alignOf, anchors, curveOf, defaultMetric, hasMetrics, metricsOf, offsets,
    rowsOf, shared} from '../src/align.js';

const note = (from_s, text) => ({id: 1, stream: null, from_s, to_s: from_s + 1, text,
    author: null, exclude: false});

test('runs are aligned at their start where the address says nothing sensible', () => {
    assert.deepEqual([undefined, 'x', 'annotation', 'device'].map(alignOf),
        ['start', 'start', 'annotation', 'device']);
});

test('the annotation that all runs have is where they are aligned', () => {
    const of = [[note(9, 'music'), note(2, 'door')], [note(5, 'music')]];
    assert.deepEqual(anchors(of).map((one) => one.text), ['music', 'music']);
    assert.deepEqual(offsets('annotation', of), [9, 5]);
    assert.deepEqual(offsets('start', of), [0, 0]);
});

test('without a common annotation it is the first of each, and no place without any',
    () => {
    assert.deepEqual(offsets('annotation',
        [[note(9, 'a'), note(2, 'b')], [note(5, 'c')], []]),
        [2, 5, null]);
    assert.deepEqual(offsets('annotation', []), []);
});

test('a run without annotations does not part the others from theirs', () => {
    const of = [[], [note(1, 'warm'), note(2, 'door')], [note(8, 'door'),
        note(6, 'door'), note(0.5, 'fan')]];
    assert.deepEqual(offsets('annotation', of), [null, 2, 6]);
});

const bins = {run: 7, stream: {id: 1, name: 's'}, clock: 'arrival', begin: 1, end: 9,
    rows: 9,
    reduced: true, t: [1, 4, 7], t_last: [3, 6, 9], n: [3, 3, 3], gaps: [1],
    channels: [{name: 'x', unit: 'µs', min: [1, null, 3], max: [4, null, 6]}]};

test('a bin stands between its first and its last row, and a gap before it parts it',
    () => {
    const curve = curveOf(bins, 0, 1);
    assert.deepEqual([...curve.x], [1, 4, 7]);
    assert.deepEqual([...curve.lo], [1, NaN, 3]);
    assert.deepEqual([...curve.hi], [4, NaN, 6]);
    assert.deepEqual([...curve.gap], [0, 1, 0]);
});

test('rows that are not reduced are values at their times', () => {
    const rows = {...bins, reduced: false, t_last: undefined, n: undefined, gaps: [],
        channels: [{name: 'x', unit: '', value: [5, 6, null]}]};
    const curve = curveOf(rows, 0, 0);
    assert.equal(curve.hi, null);
    assert.deepEqual([...curve.lo], [5, 6, NaN]);
    assert.deepEqual(rowsOf(rows, 0, 0, 'a')[1],
        {run: 7, name: 'a', metric: 'x', from: 4,
        to: 4, rows: 1, min: 6, max: 6});
});

test('the table has what the server said', () => {
    assert.deepEqual(rowsOf(bins, 0, 1, 'a')[0],
        {run: 7, name: 'a', metric: 'x', from: 0,
        to: 2, rows: 3, min: 1, max: 4});
});

test('metrics are offered once, usual ones first, and one of them is chosen', () => {
    const metrics = metricsOf([
        {channels: [{name: 't', unit: 's'}, {name: 'fps', unit: '', usual: true}]},
        {channels: [{name: 'fps', unit: 'Hz', usual: true}, {name: 'ax', unit: 'g'}]}]);
    assert.deepEqual(metrics.map(({name, unit}) => name + unit),
        ['fpsHz', 'ts', 'axg']);
    assert.equal(defaultMetric(metrics), 'fps');
    assert.equal(defaultMetric([...metrics, {name: 'frame_ms', usual: true}]),
        'frame_ms');
    assert.equal(defaultMetric([]), '');
});

test('the metric that is shown first is one that the runs share, where there is one',
    () => {
        const run = (...names) => ({streams: [{name: 's',
            channels: names.map((name) => ({name, unit: '', usual: true}))}]});
        const first = (...runs) => defaultMetric(
            shared(metricsOf(runs.flatMap(({streams}) => streams)), runs));
        assert.equal(first(run('frame_ms', 'x'), run('x', 'avg_total_us')), 'x');
        assert.equal(first(run('frame_ms'), run('avg_total_us')), 'frame_ms');
    });

test('a run has metrics where one stream has all of them', () => {
    const streams = [{name: 'a', channels: [{name: 'x'}, {name: 'y'}]},
        {name: 'b', channels: [{name: 'z'}]}];
    assert.equal(hasMetrics(streams, null, ['x', 'y']), true);
    assert.equal(hasMetrics(streams, null, ['x', 'z']), false);
    assert.equal(hasMetrics(streams, 'b', ['x']), false);
    assert.equal(hasMetrics([], null, ['x']), false);
});
