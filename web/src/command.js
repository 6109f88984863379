// SPDX-License-Identifier: GPL-3.0-or-later
// The command that gives the same answer as the page.

/** As a shell reads it back. @param {string} text */
export function quote(text) {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * @typedef {{a: string, b: string, alpha?: string, limit?: string, metrics?: string,
 *     seed?: string}} Settings
 */

/** What the command takes without being told. */
const USUAL = /** @type {Record<string, string>} */ ({alpha: '0.05', limit: '1'});

/**
 * "viz compare tag:before tag:after --seed 7".
 * @param {Settings} settings
 * @param {string} [db] the store's name, where it is not the usual one
 */
export function compareCommand(settings, db) {
    const words = ['viz', 'compare'];
    for (const name of /** @type {const} */ (['alpha', 'limit', 'metrics', 'seed'])) {
        const value = settings[name];
        if (value && value !== USUAL[name])
            words.push(`--${name}`, value);
    }
    if (db)
        words.push('--db', db);
    const sides = [settings.a, settings.b];
    if (sides.some((side) => side.startsWith('-')))
        words.push('--');
    return [...words, ...sides].map(quote).join(' ');
}
