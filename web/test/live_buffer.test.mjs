// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {COLUMNS, decode, LiveBuffer, ROWS} from '../src/live_buffer.js';

/** The bytes of a message; values: per channel, of columns [min, max]. */
function bytes({kind = COLUMNS, reset = false, stream = 3, serial = 1, first = 0,
    step = 0.5,
    now = 9, newest = 8.5, times = [], values}) {
    const columns = kind === COLUMNS;
    const count = columns ? values[0][0].length : times.length;
    const size = 48 + (columns ? 0 : 8 * count) +
        4 * count * values.length * (columns ? 2 : 1);
    const view = new DataView(new ArrayBuffer(size));
    view.setUint8(0, kind);
    view.setUint8(1, reset ? 1 : 0);
    view.setUint16(2, stream, true);
    view.setUint32(4, serial, true);
    view.setUint32(8, count, true);
    view.setUint16(12, values.length, true);
    view.setUint16(14, 48, true);
    [first, columns ? step : 0, now, newest].forEach((x, at) =>
        view.setFloat64(16 + 8 * at, x, true));
    let at = 48;
    for (const t of columns ? [] : times)
        view.setFloat64((at += 8) - 8, t, true);
    for (const value of values.flat(columns ? 2 : 1))
        view.setFloat32((at += 4) - 4, value, true);
    return view.buffer;
}

const message = (about) => decode(bytes(about));
const part = (curve, key) => [...curve[key].slice(0, curve.n)];

test('the header is read byte by byte', () => {
    const read = message({reset: true, stream: 513, serial: 70000, first: 2.5,
        values: [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]});
    assert.deepEqual({...read, data: [...read.data]},
        {kind: 1, reset: true, stream: 513,
        serial: 70000, count: 2, channels: 2, first: 2.5, step: 0.5, now: 9,
            newest: 8.5,
        times: null, data: [1, 2, 3, 4, 5, 6, 7, 8]});
});

test('a message cut anywhere, too long, or of no known kind is none', () => {
    const whole = bytes({values: [[[1, 2], [3, 4]]]});
    for (let size = 0; size < whole.byteLength; size++)
        assert.equal(decode(whole.slice(0, size)), null);
    const longer = new Uint8Array(whole.byteLength + 4);
    longer.set(new Uint8Array(whole));
    assert.equal(decode(longer.buffer), null);
    new DataView(whole).setUint8(0, 7);
    assert.equal(decode(whole), null);
});

test('columns without a width are none', () => {
    assert.equal(message({step: 0, values: [[[1], [1]]]}), null);
    assert.equal(message({step: NaN, values: [[[1], [1]]]}), null);
});

test('a later message replaces the columns that it covers', () => {
    const buffer = new LiveBuffer();
    buffer.take(message({reset: true, first: 5, values: [[[1, 2, 3], [4, 5, 6]]]}), 1,
        10);
    buffer.take(message({first: 6, values: [[[7, 8], [9, 10]]]}), 1, 10);
    const [curve] = buffer.curves;
    assert.deepEqual(part(curve, 'lo'), [1, 2, 7, 8]);
    assert.deepEqual(part(curve, 'hi'), [4, 5, 9, 10]);
    assert.deepEqual(part(curve, 'x'), [5.25, 5.75, 6.25, 6.75]);
});

test('columns that were left out are a gap', () => {
    const buffer = new LiveBuffer();
    buffer.take(message({reset: true, first: 0, values: [[[1], [1]]]}), 1, 10);
    buffer.take(message({first: 2, values: [[[5], [5]]]}), 1, 10);
    assert.deepEqual(part(buffer.curves[0], 'lo'), [1, NaN, NaN, NaN, 5]);
    assert.deepEqual(part(buffer.curves[0], 'hi'), [1, NaN, NaN, NaN, 5]);
});

test('columns older than those held are left out, the rest of the message counts',
    () => {
    const buffer = new LiveBuffer();
    buffer.take(message({reset: true, first: 2, values: [[[1, 2], [1, 2]]]}), 1, 10);
    buffer.take(message({first: 1, values: [[[7, 8, 9], [7, 8, 9]]]}), 1, 10);
    assert.deepEqual(part(buffer.curves[0], 'lo'), [9, 2]);
    buffer.take(message({first: 0, values: [[[7, 8], [7, 8]]]}), 1, 10);
    assert.deepEqual(part(buffer.curves[0], 'lo'), [9, 2]);
});

test('an answer to an older view is not taken', () => {
    const buffer = new LiveBuffer();
    assert.equal(buffer.take(message({reset: true, serial: 1, values: [[[1], [1]]]}), 2,
        10),
        false);
    assert.equal(buffer.n, 0);
});

test('what was held stays until the first message of the new view', () => {
    const buffer = new LiveBuffer();
    buffer.take(message({reset: true, values: [[[1, 2], [1, 2]]]}), 1, 10);
    assert.equal(buffer.take(message({serial: 2, values: [[[9], [9]]]}), 2, 10), false);
    assert.deepEqual(part(buffer.curves[0], 'lo'), [1, 2]);
    assert.equal(buffer.refused, 1);
    buffer.take(message({reset: true, serial: 2, step: 0.25, first: 3,
        values: [[[9], [9]]]}), 2, 10);
    assert.deepEqual(part(buffer.curves[0], 'lo'), [9]);
    assert.deepEqual(part(buffer.curves[0], 'x'), [3.125]);
});

test('the kind, the width and the channels change only with a reset', () => {
    const buffer = new LiveBuffer();
    const columns = {values: [[[1], [1]]]};
    buffer.take(message({reset: true, ...columns}), 1, 10);
    assert.equal(buffer.take(message({kind: ROWS, times: [1], values: [[2]]}), 1, 10),
        false);
    assert.equal(buffer.take(message({step: 0.25, ...columns}), 1, 10), false);
    assert.equal(buffer.take(message({values: [[[1], [1]], [[1], [1]]]}), 1, 10),
        false);
    assert.equal(buffer.refused, 3);
    assert.ok(buffer.take(message({reset: true, kind: ROWS, times: [1], values: [[2]]}),
        1, 1));
    assert.equal(buffer.curves[0].hi, null);
});

test('rows append, and a row of NaN parts them', () => {
    const buffer = new LiveBuffer();
    buffer.take(message({kind: ROWS, reset: true, times: [1, 2],
        values: [[1, 2], [3, 4]]}),
        1, 10);
    buffer.take(message({kind: ROWS, times: [4, 4], values: [[NaN, 5], [NaN, 6]]}), 1,
        10);
    assert.deepEqual(part(buffer.curves[1], 'lo'), [3, 4, NaN, 6]);
    assert.deepEqual(part(buffer.curves[1], 'x'), [1, 2, 4, 4]);
});

test('a message without rows changes nothing', () => {
    const buffer = new LiveBuffer();
    buffer.take(message({kind: ROWS, reset: true, times: [], values: [[], []]}), 1, 10);
    assert.equal(buffer.n, 0);
    assert.equal(buffer.curves.length, 2);
});

test('columns: the window is always whole, and memory stays bounded', () => {
    const buffer = new LiveBuffer();
    buffer.take(message({reset: true, first: 0, values: [[[0], [0]]]}), 1, 10);
    for (let i = 1; i < 5000; i++)
        buffer.take(message({first: i / 2, values: [[[i, i], [i, i]]]}), 1, 10);
    const [curve] = buffer.curves;
    assert.equal(curve.x[curve.n - 1], 2500.25);
    assert.equal(curve.lo[curve.n - 2], 4999);
    assert.ok(curve.x[0] <= 2490);
    assert.ok(curve.x.length <= 1024);
    for (let i = 1; i < curve.n; i++)
        assert.equal(curve.x[i] - curve.x[i - 1], 0.5);
});

test('rows: the window is always whole, and memory stays bounded', () => {
    const buffer = new LiveBuffer();
    buffer.take(message({kind: ROWS, reset: true, times: [0], values: [[0]]}), 1, 10);
    for (let i = 1; i < 5000; i++)
        buffer.take(message({kind: ROWS, times: [i / 10], values: [[i]]}), 1, 10);
    const [curve] = buffer.curves;
    assert.equal(curve.lo[curve.n - 1], 4999);
    assert.ok(curve.x[0] <= 489.9);
    assert.ok(curve.x.length <= 1024);
});

test('a silence longer than the window does not fill memory', () => {
    const buffer = new LiveBuffer();
    buffer.take(message({reset: true, first: 0, values: [[[1], [1]]]}), 1, 10);
    buffer.take(message({first: 1e9, values: [[[2, 3], [2, 3]]]}), 1, 10);
    assert.deepEqual(part(buffer.curves[0], 'lo').slice(-2), [2, 3]);
    assert.ok(buffer.x.length <= 1024);
});

test('the last number of a channel is behind gaps, and none where there is none',
    () => {
    const buffer = new LiveBuffer();
    buffer.take(message({reset: true, values: [[[1, NaN], [2, NaN]], [[NaN, NaN],
        [NaN, NaN]]]}), 1, 10);
    assert.deepEqual(buffer.last(0), {at: 0.25, lo: 1, hi: 2});
    assert.equal(buffer.last(1), null);
    assert.equal(buffer.last(2), null);
});
