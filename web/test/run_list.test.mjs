// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as list from '../src/run_list.js';

const run = (id, more = {}) => ({id, name: `run-${id}`, tags: [], state: 'complete',
    started_ns: id * 1e9, duration_s: id, samples: 10 * id, origin: 'device', ...more});
const ids = (runs) => runs.map(({id}) => id);

test('every word must stand somewhere, whatever its case', () => {
    const runs = [run(1, {name: 'Lamp', host: '10.0.0.7'}),
        run(2, {tags: ['lamp', 'x']}), run(3, {name: null, firmware: '2.1'})];
    assert.deepEqual(ids(list.filter(runs, 'LAMP', [])), [1, 2]);
    assert.deepEqual(ids(list.filter(runs, ' lamp  10.0 ', [])), [1]);
    assert.deepEqual(ids(list.filter(runs, '2.1', [])), [3]);
    assert.deepEqual(ids(list.filter(runs, '', [])), [1, 2, 3]);
    assert.deepEqual(list.filter([], 'x', []), []);
});

test('a run must have every tag that is asked for', () => {
    const runs = [run(1, {tags: ['a']}), run(2, {tags: ['a', 'b']}), run(3)];
    assert.deepEqual(ids(list.filter(runs, '', ['a'])), [1, 2]);
    assert.deepEqual(ids(list.filter(runs, '', ['a', 'b'])), [2]);
});

test('the newest come first unless another order is asked for', () => {
    const runs = [run(1), run(3), run(2)];
    assert.deepEqual(ids(list.sort(runs)), [3, 2, 1]);
    assert.deepEqual(ids(list.sort(runs, 'samples')), [1, 2, 3]);
    assert.deepEqual(ids(list.sort(runs, 'nonsense')), [3, 2, 1]);
    assert.deepEqual(ids(runs), [1, 3, 2]);
});

test('names are sorted as people count, and equals newest first', () => {
    const runs = [run(1, {name: 'r10'}), run(2, {name: 'r9'}), run(3, {name: 'r9'})];
    assert.deepEqual(ids(list.sort(runs, 'name')), [3, 2, 1]);
    assert.deepEqual(ids(list.sort(runs, '-name')), [1, 3, 2]);
});

test('what is not known comes last in both directions', () => {
    const runs = [run(1, {duration_s: null}), run(2), run(3)];
    assert.deepEqual(ids(list.sort(runs, 'duration')), [2, 3, 1]);
    assert.deepEqual(ids(list.sort(runs, '-duration')), [3, 2, 1]);
});

test('tags are counted, the most frequent first', () => {
    const runs = [run(1, {tags: ['b', 'a']}), run(2, {tags: ['a']}),
        run(3, {tags: ['c']})];
    assert.deepEqual(list.tagCounts(runs), [['a', 2], ['b', 1], ['c', 1]]);
});

const texts = (delivered, more) =>
    list.health(run(1, {delivered, ...more})).map(({text}) => text);

test('a run that says nothing of its health has no badge', () => {
    assert.deepEqual(texts(null), []);
    assert.deepEqual(texts({}), []);
});

test('a run of which nothing is missing is whole', () => {
    assert.deepEqual(texts({received: 10, gaps: 0, missing: 0, accounted: true,
        sources: [{boots: 1}]}), ['whole']);
    assert.deepEqual(texts({lost: 0, missing: 0, samples_in: 9, streams: [{gaps: 0}],
        ledger: {balanced: true}}, {origin: 'benchmark'}), ['whole']);
});

test('gaps, losses and reboots each have a badge', () => {
    assert.deepEqual(texts({received: 90, gaps: 3, missing: 10,
        sources: [{boots: 2}, {boots: 1}]}), ['10 % lost', '3 gaps', '1 reboot']);
    assert.deepEqual(texts({lost: 1, samples_in: 1e6, streams: [{gaps: 1}]},
        {origin: 'benchmark'}), ['< 0.01 % lost', '1 gap']);
});

test('what is not accounted for is said', () => {
    assert.deepEqual(texts({gaps: 0, accounted: false}), ['not balanced']);
    assert.deepEqual(texts({lost: 0, ledger: {balanced: false}}, {origin: 'benchmark'}),
        ['not balanced']);
});

test('what is older is A, in whatever order runs were chosen', () => {
    assert.deepEqual(list.divisions([run(9), run(4)])
        .map(({a, b}) => [a, b]), [[[4], [9]]]);
    const [halves] = list.divisions([run(8), run(7), run(2), run(5)]);
    assert.deepEqual([halves.a, halves.b], [[2, 5], [7, 8]]);
    const [tags] = list.divisions([run(3, {tags: ['new']}), run(2, {tags: ['old']}),
        run(1, {tags: ['old']})]);
    assert.equal(tags.text, 'old, then new');
});

test('a tag that says which was before is A, whichever began first', () => {
    const of = (...runs) => list.divisions(runs).map(({a, b}) => [a, b])[0];
    assert.deepEqual(of(run(1, {tags: ['after']}), run(2, {tags: ['before']})),
        [[2], [1]]);
    assert.deepEqual(of(run(1), run(2, {tags: ['baseline']})), [[2], [1]]);
    assert.deepEqual(of(run(1, {tags: ['fw1']}), run(2, {tags: ['fw2']})), [[1], [2]]);
});

test('more runs can be divided by tags, and in halves', () => {
    const chosen = [run(1, {tags: ['old', 'all']}), run(2, {tags: ['new', 'all']}),
        run(3, {tags: ['old', 'all']})];
    assert.deepEqual(list.divisions(chosen).map(({a, b}) => [a, b]),
        [[[1, 3], [2]], [[1, 2], [3]]]);
    assert.equal(list.divisions(chosen)[0].text, 'old, then new');
});

test('a tag that only some runs have divides them', () => {
    const chosen = [run(1), run(2, {tags: ['fix']}), run(3)];
    const [first] = list.divisions(chosen);
    assert.deepEqual([first.a, first.b], [[1, 3], [2]]);
    assert.equal(first.text, 'without fix, then with fix');
});

test('a stretch of the list has both of its ends, in either direction', () => {
    assert.deepEqual(list.between([5, 4, 3, 2], 4, 2), [4, 3, 2]);
    assert.deepEqual(list.between([5, 4, 3, 2], 2, 4), [4, 3, 2]);
    assert.deepEqual(list.between([5, 4], null, 4), [4]);
    assert.deepEqual(list.between([5, 4], 99, 4), [4]);
    assert.deepEqual(list.between([], null, 4), []);
});

test('numbers of runs are read once each, and nothing else', () => {
    assert.deepEqual(list.idsOf('3,1,3,x,-1,0,2.5'), [3, 1]);
    assert.deepEqual(list.idsOf(undefined), []);
});
