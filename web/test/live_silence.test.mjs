// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {periodOf, silences} from '../src/live_silence.js';

const stream = {id: 1, requested_hz: 200, delivered_hz: 0, rows: 2001, oldest_s: 0,
    newest_s: 10, newest_age_s: 0};
const ages = (now, ...streams) =>
    [...silences({now_s: 100, streams}, new Map(), now)];

test('a stream is silent after two seconds, though every rate is 0', () => {
    assert.deepEqual(ages(100, stream), []);
    assert.deepEqual(ages(102, stream), []);
    assert.deepEqual(ages(103, stream), [[1, 3]]);
    const unknown = {...stream, requested_hz: null, rows: 1, oldest_s: 10};
    assert.equal(periodOf(unknown), 0);
    assert.deepEqual(ages(1e6, {...unknown, requested_hz: 0, newest_age_s: 15}),
        [[1, 1e6 - 85]]);
});

test('one that stopped is silent while another goes on', () => {
    assert.deepEqual(ages(100.5, stream, {...stream, id: 2, newest_age_s: 8}),
        [[2, 8.5]]);
});

test('a slow stream is not silent between two rows', () => {
    const slow = {...stream, requested_hz: null, rows: 3}; // each 5 s
    assert.equal(periodOf(slow), 5);
    assert.deepEqual(ages(115, slow), []);
    assert.deepEqual(ages(116, slow), [[1, 16]]);
    assert.deepEqual(ages(110, {...slow, requested_hz: 0.25}), []);
});

test('a row that is drawn already counts before the server has said so', () => {
    const drawn = new Map([[1, {newest: 104.9}]]);
    const health = {now_s: 100, streams: [stream]};
    assert.equal(silences(health, drawn, 105).size, 0);
    const empty = new Map([[1, {newest: NaN}]]);
    assert.deepEqual([...silences(health, empty, 105)], [[1, 5]]);
});

test('nothing is said of what is not known', () => {
    assert.equal(silences(null, new Map(), 5).size, 0);
    assert.deepEqual(ages(200, {...stream, newest_age_s: null}), []);
});
