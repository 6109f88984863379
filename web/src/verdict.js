// SPDX-License-Identifier: GPL-3.0-or-later
// Verdicts are told by a sign and a word; the colour only repeats it. Words of figures
// come from the server, which is the command's own report.

/** @type {Record<string, [string, string]>} sign, class */
const KINDS = {
    better: ['✓', 'better'],
    worse: ['✗', 'worse'],
    different: ['≠', 'different'],
    equivalent: ['≈', 'same'],
    'not shown': ['?', 'unknown'],
};

/** @param {string|null|undefined} verdict */
export function sign(verdict) {
    return KINDS[verdict || '']?.[0] || '∅';
}

/** Its class in the style sheet. @param {string|null|undefined} verdict */
export function kind(verdict) {
    return KINDS[verdict || '']?.[1] || 'none';
}

/** A minus sign before figures, as the HTML report writes it. @param {string} text */
export function figures(text) {
    return text.replace(/(^|[ (])-(?=\d)/g, '$1−');
}

/**
 * "+2.05 % (+1.96 to +2.14)": the unit once.
 * @param {{difference: string, interval: string}} said
 */
export function withInterval(said) {
    const unit = /^[^ ]+( .+)$/.exec(said.difference)?.[1] || '';
    const interval = unit && said.interval.endsWith(unit)
        ? said.interval.slice(0, -unit.length) : said.interval;
    return figures(said.interval === '–' ? said.difference
        : `${said.difference} (${interval})`);
}

/**
 * Why a statistic has no test, without its name in front.
 * @param {string} why "p99: n too small (needs 368 effective, has 155)"
 */
export function reason(why) {
    return why.replace(/^[^:]*: /, '');
}
