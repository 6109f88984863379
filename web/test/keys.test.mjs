// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {find, label, pressed, reachable} from '../src/keys.js';

const nothing = () => {};

test('shift counts only where it makes no other character', () => {
    assert.equal(pressed({key: '?', shiftKey: true}), '?');
    assert.equal(pressed({key: 'J', shiftKey: true}), 'J');
    assert.equal(pressed({key: 'ArrowDown', shiftKey: true}), 'Shift+ArrowDown');
    assert.equal(pressed({key: ' ', shiftKey: true}), 'Shift+ ');
});

test('control and command are the same, and are not the bare key', () => {
    assert.equal(pressed({key: 'c', ctrlKey: true}), 'Ctrl+c');
    assert.equal(pressed({key: 'c', metaKey: true}), 'Ctrl+c');
    assert.equal(pressed({key: 'c', altKey: true}), 'Alt+c');
    const groups = [{title: 'x', bindings: [{keys: ['c'], help: '', run: nothing}]}];
    assert.equal(find(groups, 'Ctrl+c'), undefined);
});

test('what was bound last wins', () => {
    const first = {keys: ['l'], help: 'live', run: nothing};
    const last = {keys: ['l'], help: 'jump to live', run: nothing};
    const groups = [{title: 'all', bindings: [first]},
        {title: 'here', bindings: [last]}];
    assert.equal(find(groups, 'l'), last);
    assert.equal(find([groups[0]], 'l'), first);
    assert.equal(find([], 'l'), undefined);
});

test('keys that another part took over are not listed', () => {
    const groups = [
        {title: 'all', bindings: [{keys: ['l'], help: 'live', run: nothing}]},
        {title: 'runs', bindings: [
            {keys: ['j', 'ArrowDown'], help: 'next', run: nothing}]},
        {title: 'here', bindings: [{keys: ['l', 'j'], help: 'x', run: nothing}]},
    ];
    const listed = reachable(groups);
    assert.deepEqual(listed.map((group) => group.title), ['runs', 'here']);
    assert.deepEqual(listed[0].bindings[0].keys, ['ArrowDown']);
    assert.deepEqual(listed[1].bindings[0].keys, ['l', 'j']);
});

test('keys are labelled as they are printed', () => {
    assert.equal(label('Shift+ArrowDown'), 'Shift + ↓');
    assert.equal(label(' '), 'Space');
    assert.equal(label('+'), '+');
    assert.equal(label('Escape'), 'Esc');
});
