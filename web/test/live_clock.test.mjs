// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {ServerClock} from '../src/live_clock.js';

test('before the first message nobody knows the time', () => {
    assert.ok(Number.isNaN(new ServerClock().at(1)));
});

test('between messages it runs with the local clock', () => {
    const clock = new ServerClock();
    clock.hear(100, 5);
    assert.equal(clock.at(5), 100);
    assert.equal(clock.at(5.75), 100.75);
});

test('a message that was delayed changes nothing', () => {
    const clock = new ServerClock();
    clock.hear(100, 5);
    clock.at(5);
    clock.hear(100.5, 5.7);
    assert.ok(Math.abs(clock.at(6) - 101) < 1e-9);
});

test('a faster message is crept up to', () => {
    const clock = new ServerClock();
    clock.hear(100, 5);
    clock.at(5);
    clock.hear(101.1, 6);
    const soon = clock.at(6.1);
    assert.ok(soon > 101.1 && soon < 101.2 + 1e-9);
    for (let t = 6.1; t < 12; t += 0.1)
        clock.at(t);
    assert.ok(Math.abs(clock.at(12) - 107.1) < 1e-9);
});

test('it never runs backwards, whatever the messages say', () => {
    const clock = new ServerClock();
    let last = -Infinity;
    for (let i = 0; i < 600; i++) {
        const local = i / 30;
        clock.hear(local + (i < 300 ? 50 : 20) - ((i * 7) % 11) / 50, local);
        const now = clock.at(local);
        assert.ok(now >= last);
        last = now;
    }
});

test('another server is another clock', () => {
    const clock = new ServerClock();
    clock.hear(100, 5);
    clock.at(5);
    clock.forget();
    clock.hear(1, 6);
    assert.equal(clock.at(6), 1);
});
