// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {numberText, restful, roomy, ticks, timeText} from '../src/ticks.js';

test('ticks stand at multiples', () => {
    assert.deepEqual(ticks(-0.3, 0.31, 0.1, 0).map((x) => Number(x.toFixed(9))),
        [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3].map((x) => x || 0));
    assert.deepEqual(ticks(1, 2, 10, 0), []);
});

test('ticks of moments stand at whole clock times', () => {
    const origin = 1763850001.25;
    for (const x of ticks(0, 60, 10, origin))
        assert.equal(Math.round((origin + x) * 1000) % 10000, 0);
    assert.equal(timeText(8.75, 10, 'unix', origin).slice(-3), ':10');
});

test('durations read as people say them', () => {
    const text = (x, step) => timeText(x, step, 'seconds', 0);
    assert.equal(text(1.5, 0.5), '1.5');
    assert.equal(text(119, 1), '119');
    assert.equal(text(120, 1), '2:00');
    assert.equal(text(59.9999, 60), '1:00');
    assert.equal(text(3599.99999, 10), '60:00');
    assert.equal(text(3661, 1), '01:01:01');
    assert.equal(text(-2.5, 0.5), '−2.5');
    assert.equal(text(185.25, 0.05), '3:05.25');
});

test('numbers of an axis have the digits of its steps', () => {
    assert.equal(numberText(0.30000000000000004, 0.1), '0.3');
    assert.equal(numberText(-1e-17, 0.1), '0');
    assert.equal(numberText(-2, 1), '−2');
    assert.equal(numberText(0.75, 0.25), '0.75');
    assert.equal(numberText(7.5, 2.5), '7.5');
    assert.equal(numberText(12000, 1000), '12\u202f000');
});

test('a range has room, also around one value and around nothing', () => {
    assert.deepEqual(roomy(0, 100), [-6, 106]);
    assert.deepEqual(roomy(5, 5), [4.5, 5.5]);
    assert.deepEqual(roomy(0, 0), [-1, 1]);
    assert.deepEqual(roomy(Infinity, -Infinity), [0, 1]);
});

test('an axis rests while what it shows fills it', () => {
    const shown = restful(null, 0, 10);
    assert.ok(shown[0] < 0 && shown[1] > 10);
    assert.equal(restful(shown, 0, 10.1), shown);
    assert.equal(restful(shown, 3, 10), shown);
    assert.notEqual(restful(shown, 0, 12), shown);
    assert.notEqual(restful(shown, 4, 5), shown);
    assert.equal(restful(shown, Infinity, -Infinity), shown);
});
