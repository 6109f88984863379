// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';

import {compareCommand, quote} from '../src/command.js';

test('what a shell would change is quoted, and the shell reads it back', () => {
    assert.equal(quote('tag:before'), 'tag:before');
    assert.equal(quote('1,2,3'), '1,2,3');
    assert.equal(quote(''), "''");
    for (const text of ['', 'a b', "it's", '$HOME', '`id`', 'a;b', '*', '~', '"', '\\',
        '!x',
        'tag:größe', '#x', 'a\nb'])
        assert.equal(execFileSync('/bin/sh',
            ['-c', `printf %s ${quote(text)}`]).toString(),
            text);
});

test('the command has what is not the usual', () => {
    assert.equal(compareCommand({a: 'tag:before', b: 'tag:after', seed: '7'}),
        'viz compare --seed 7 tag:before tag:after');
    assert.equal(compareCommand({a: '1', b: '2', alpha: '0.05', limit: '1'}),
        'viz compare 1 2');
    assert.equal(compareCommand({a: '1', b: '2', alpha: '0.01', limit: '1,ax=0.05',
        metrics: 'all'}, 'my runs.db'),
        "viz compare --alpha 0.01 --limit 1,ax=0.05 --metrics all --db 'my runs.db' " +
            "1 2");
});

test('a run whose name begins with a dash is no option', () => {
    assert.equal(compareCommand({a: '-x', b: '2'}), 'viz compare -- -x 2');
});
