// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {csv} from '../src/table.js';

const columns = [{key: 'name', label: 'run'}, {key: 'x', label: 'mean', unit: 'µs'}];

test('a table without rows is its heading', () => {
    assert.equal(csv({columns, rows: []}), 'run,mean (µs)\r\n');
});

test('numbers are unrounded and what is not known is empty', () => {
    const rows = [{name: 'a', x: 0.1 + 0.2}, {name: 'b', x: null}, {name: 'c', x: NaN}];
    assert.equal(csv({columns, rows}).split('\r\n').slice(1).join('|'),
        'a,0.30000000000000004|b,|c,|');
});

test('texts that begin like a formula are texts, numbers stay numbers', () => {
    const rows = ['=1+1', '+x', '-x', '@x', '\tx', '\rx', 'a=b', '−5']
        .map((name) => ({name, x: -1}));
    assert.equal(csv({columns, rows}), 'run,mean (µs)\r\n' + ["'=1+1", "'+x", "'-x",
        "'@x", "'\tx", `"'\rx"`, 'a=b', '−5'].map((cell) => `${cell},-1\r\n`).join(''));
});

test('commas, quotes and line ends are quoted', () => {
    const rows = [{name: 'a "b", c', x: 1}, {name: 'd\ne', x: 2}];
    assert.equal(csv({columns, rows}),
        'run,mean (µs)\r\n"a ""b"", c",1\r\n"d\ne",2\r\n');
});
