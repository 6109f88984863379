// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {throttled} from '../src/throttle.js';

/** Timers that fire when they are told to. */
function clock(t) {
    let waiting = [];
    const {setTimeout: set, clearTimeout: clear} = globalThis;
    globalThis.setTimeout = (fn) => waiting.push(fn) && fn;
    globalThis.clearTimeout = (fn) => waiting = waiting.filter((one) => one !== fn);
    t.after(() => Object.assign(globalThis, {setTimeout: set, clearTimeout: clear}));
    return () => waiting.splice(0).forEach((fn) => fn());
}

test('what is asked for while it rests is done when the rest is over', (t) => {
    const pass = clock(t);
    const seen = [];
    let state = 'empty';
    const {ask} = throttled(() => seen.push(state), 2000);
    ask();
    state = 'half';
    ask();
    state = 'full';
    ask();
    assert.deepEqual(seen, ['empty']);
    pass();
    assert.deepEqual(seen, ['empty', 'full']);
    pass();
    assert.deepEqual(seen, ['empty', 'full']);
    ask();
    assert.equal(seen.length, 3);
});

test('nothing comes after it was stopped', (t) => {
    const pass = clock(t);
    let runs = 0;
    const {ask, stop} = throttled(() => runs++, 2000);
    ask();
    ask();
    stop();
    pass();
    assert.equal(runs, 1);
});
