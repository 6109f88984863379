// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {backoff, liveUrl} from '../src/live_socket.js';
import {badgeOf, groupsOf, hiddenOf, laneMark, lanesOf, shownText, titlesOf,
    toggled, windowOf}
    from '../src/live_state.js';

const open = {is: 'open', why: '', retryAt: 0};
const live = {link: open, streams: 1, ended: false, paused: false, behind_s: 0,
    late_s: 0.01,
    age_s: 0.1, silent: [], now_s: 50};
const word = (facts) => badgeOf({...live, ...facts}).word;

test('LIVE is said only while rows come', () => {
    assert.equal(word({}), 'LIVE');
    assert.equal(badgeOf({...live, streams: 2, silent: [15, 12.7]}).text,
        'STALE 12\u202fs');
    const some = badgeOf({...live, streams: 8, silent: [3, 4, 5]});
    assert.deepEqual([some.word, some.text, some.kind],
        ['LIVE', 'LIVE, 3 of 8 silent', 'warn']);
    assert.equal(word({age_s: NaN}), 'WAITING');
    assert.equal(word({streams: 0}), 'WAITING');
});

test('of a stream with many lanes the first are shown, of one with few all', () => {
    const stream = (id, lanes) => ({id, name: `s${id}`, source: '', format: '',
        requested_hz: null, channels: Array.from({length: lanes},
            (_, n) => ({name: `c${n}`, unit: `u${n}`}))});
    const groups = (...streams) => groupsOf(lanesOf(streams, false))
        .map(({from, rest, to}) => [from, rest, to]);
    assert.deepEqual(groups(), []);
    assert.deepEqual(groups(stream(1, 6)), [[0, 6, 6]]);
    assert.deepEqual(groups(stream(1, 7)), [[0, 3, 7]]);
    assert.deepEqual(groups(stream(1, 20), stream(2, 1), stream(3, 20)),
        [[0, 3, 20], [20, 21, 21], [21, 24, 41]]);
    assert.deepEqual(groups(...[1, 2, 3, 4, 5, 6, 7].map((id) => stream(id, 9)))
        .map(([from, rest]) => rest - from), [1, 1, 1, 1, 1, 1, 1]);
});

test('a lane says how long its streams have been silent, and how many', () => {
    const silent = new Map([[1, 8.9], [2, 3.2]]);
    assert.equal(laneMark([0, 0], silent), '');
    assert.equal(laneMark([1, 1], silent), 'STALE 8\u202fs');
    assert.equal(laneMark([0, 1, 2, 2], silent), 'STALE 3\u202fs, 2 of 3');
});

test('what is wrong with the connection comes first', () => {
    assert.equal(word({link: null}), 'CONNECTING');
    const lost = {is: 'lost', why: '', retryAt: 53.9};
    assert.equal(badgeOf({...live, paused: true, link: lost}).text,
        'DISCONNECTED, trying again in 4 s');
    assert.equal(badgeOf({...live, link: lost, told: true}).text, 'DISCONNECTED');
    assert.equal(word({link: {...lost, is: 'refused'}}), 'REFUSED');
});

test('paused, ended and behind say so', () => {
    assert.equal(badgeOf({...live, paused: true, behind_s: 75}).text,
        'PAUSED, 1\u202fmin 15\u202fs behind');
    assert.equal(word({ended: true, age_s: 100}), 'ENDED');
    assert.equal(word({late_s: 0.8}), 'BEHIND');
});

test('tries come further apart, up to five seconds', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 50].map(backoff), [0.5, 1, 2, 4, 5, 5]);
});

test('the live address is beside the page, encrypted where the page is', () => {
    assert.equal(liveUrl('http://host:8050/?page=live#x'), 'ws://host:8050/api/live');
    assert.equal(liveUrl('https://host/viz/?a=1'), 'wss://host/viz/api/live');
});

test('windows are 1 to 120 s, and 10 s where the address says nothing sensible', () => {
    assert.deepEqual(['1', '120', '2.5', '', undefined, '0', '121', 'x'].map(windowOf),
        [1, 120, 2.5, 10, 10, 10, 10, 10]);
});

const streams = [
    {id: 0, name: 'S1', channels: [{name: 'ax', unit: 'g'}, {name: 'rx', unit: '°/s'},
        {name: 'ay', unit: 'g'}]},
    {id: 2, name: 'S2', channels: [{name: 'ax', unit: 'g'}]},
];
const names = (lanes) => lanes.map((lane) =>
    `${lane.title}[${lane.unit}] ${lane.members.map((member) => member.name)}`);

test('where one stream is told by its source, all are', () => {
    const one = (id, name, source) => ({id, name, source, channels: []});
    const titles = (...all) => [...titlesOf(all).values()];
    assert.deepEqual(titles(one(0, 'S1', 'udp://:1'), one(1, 'S2', 'udp://:1'),
        one(2, 'stm', 'ws://host/ws')), ['S1', 'S2', 'stm']);
    assert.deepEqual(titles(one(0, 'S1 · :1', 'udp://:1'), one(1, 'S2', 'udp://:1'),
        one(2, 'S1 · :2', 'udp://:2'), one(3, 'synth', 'synth:'),
        one(4, 'stm', 'ws://host:80/ws')),
    ['S1 · :1', 'S2 · :1', 'S1 · :2', 'synth', 'stm · host:80']);
});

test('a lane for each unit of each stream', () => {
    assert.deepEqual(names(lanesOf(streams, false)),
        ['S1[g] ax,ay', 'S1[°/s] rx', 'S2[g] ax']);
    assert.deepEqual(lanesOf([], false), []);
});

test('a lane with more curves than can be told apart is split evenly', () => {
    const channels = Array.from({length: 8}, (_, i) => ({name: `c${i}`, unit: 'V'}));
    const many = [{id: 0, name: 'S', channels}];
    assert.deepEqual(lanesOf(many, false).map((lane) => lane.members.length), [4, 4]);
    assert.deepEqual(lanesOf(many, true).map((lane) => lane.members.length), [8]);
});

test('overlaid, a lane for each unit of all streams', () => {
    assert.deepEqual(names(lanesOf(streams, true)),
        ['[g] S1/ax,S1/ay,S2/ax', '[°/s] S1/rx']);
});

test('the address names the channels that are shown', () => {
    const lanes = lanesOf(streams, false);
    const hidden = hiddenOf(lanes, 'S1/ax,S2/ax');
    assert.deepEqual([...hidden].sort(), ['S1/ay', 'S1/rx']);
    assert.equal(shownText(lanes, hidden), 'S1/ax,S2/ax');
    assert.equal(hiddenOf(lanes, undefined).size, 0);
    assert.equal(hiddenOf(lanes, 'gone').size, 0);
    assert.equal(shownText(lanes, new Set()), null);
});

test('one channel alone, and all of them again', () => {
    const keys = ['a', 'b', 'c'];
    const alone = toggled(keys, new Set(), 'b', true);
    assert.deepEqual([...alone], ['a', 'c']);
    assert.equal(toggled(keys, alone, 'b', true).size, 0);
    assert.deepEqual([...toggled(keys, alone, 'a', false)], ['c']);
    assert.equal(toggled(keys, alone, 'b', false).size, 0);
});
