// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';

import {known} from '../src/language.js';

test('a language that there is stays', () => {
    for (const language of ['en-GB', 'de', 'zh-Hant-TW', 'sr-Latn-RS'])
        assert.equal(known(language), language);
});

test('what is the name of no language is English', () => {
    for (const language of ['C', 'en-US@posix', '', 'de_DE.UTF-8'])
        assert.equal(known(language), 'en');
});
