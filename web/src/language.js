// SPDX-License-Identifier: GPL-3.0-or-later
// uPlot asks for the browser's language as it is loaded, and fails where that is the
// name of none: "C" or "en-US@posix", of a device on which nobody has chosen one.
// main.js imports this before any page, and pages bring uPlot.

/**
 * The language, or one that every browser knows.
 * @param {string} language
 * @returns {string}
 */
export function known(language) {
    try {
        return Intl.getCanonicalLocales(language)[0] || 'en';
    } catch {
        return 'en';
    }
}

if (typeof navigator !== 'undefined' && known(navigator.language) === 'en')
    Object.defineProperty(navigator, 'language', {value: 'en', configurable: true});
