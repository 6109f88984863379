// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {follow, liveWord} from '../src/live_word.js';

const health = (uptime_s, samples, more) => ({uptime_s,
    live: {clients: 0, streams: 3, samples, lost: 0, loss_known: true,
        balanced: true, ended: false,
        ...more}});

/** What is said after each of these answers. */
function said(...answers) {
    let growth = null;
    return answers.map((each) => {
        growth = follow(growth, each);
        return liveWord(each, growth)?.text;
    });
}

test('Live is said only while samples come', () => {
    assert.deepEqual(said(health(10, 50), health(11, 60), health(16, 60),
        health(21, 70), health(26, 70)),
    ['3 streams', 'Live, 3 streams', 'Silent, 3 streams', 'Live, 3 streams',
        'Silent, 3 streams']);
    assert.deepEqual(said(health(10, 50), health(11, 50), health(16, 50)),
        ['3 streams', '3 streams', 'Silent, 3 streams']);
});

test('without streams it waits, and what has ended is not silent', () => {
    assert.deepEqual(said(health(1, 0, {streams: 0}), health(9, 0, {streams: 0})),
        ['Waiting', 'Waiting']);
    const ended = {ended: true, streams: 1};
    assert.deepEqual(said(health(1, 5, ended), health(9, 5, ended)),
        ['Ended, 1 stream', 'Ended, 1 stream']);
    assert.deepEqual(said({live: null}), [undefined]);
});

test('another server, or a page that has rested, is not compared', () => {
    assert.deepEqual(said(health(10, 50), health(11, 60), health(600, 60)).at(-1),
        '3 streams');
    assert.deepEqual(said(health(10, 50), health(11, 60), health(2, 60)).at(-1),
        '3 streams');
});
