// SPDX-License-Identifier: GPL-3.0-or-later
// Annotations of a run: a range, a text, and whether comparisons leave the range out.

/**
 * stream null: of the whole run. Times are seconds since the run's start.
 * @typedef {{id: number, stream: number|null, from_s: number, to_s: number, text: string,
 *     author: string|null, exclude: boolean}} Annotation
 */

/**
 * Opens the dialog for a new one.
 * @param {{run: number, streams: {id: number, name: string}[], stream?: number|null,
 *     from?: number, to?: number, exclude?: boolean, changed: () => void}} about
 */
export function editAnnotation(about) {
    void about;
}

/**
 * What there is, with a button to delete each where that is allowed.
 * @param {{run: number, annotations: Annotation[], writable: boolean,
 *     changed: () => void, show?: (annotation: Annotation) => void}} about
 * @returns {HTMLElement}
 */
export function annotationList(about) {
    void about;
    return document.createElement('ul');
}
