// SPDX-License-Identifier: GPL-3.0-or-later
// Elements without a framework. All text is set as text, never as markup.

/** @typedef {Node|string|number|null|undefined|false} Leaf */
/** @typedef {Leaf|(Leaf|Leaf[])[]} Child */
/**
 * class, text, on {event: listener}, dataset {name: value}, style {property: value};
 * anything else is a property where the element has it, and an attribute otherwise.
 * null, undefined and false leave it out.
 * @typedef {{class?: string, text?: string|number, on?: Record<string, (ev: any) =>
 *     void>, dataset?: Record<string, string|number>, style?: Record<string, string>,
 *     [name: string]: any}} Props
 */

/**
 * @param {Element} el
 * @param {Child[]} children
 */
function append(el, children) {
    for (const child of /** @type {any[]} */ (children).flat(2))
        if (child !== null && child !== undefined && child !== false)
            el.append(child instanceof Node ? child : String(child));
}

/**
 * @param {HTMLElement} el
 * @param {string} name
 * @param {any} value
 */
function setProp(el, name, value) {
    if (value === null || value === undefined || value === false)
        return;
    if (name === 'class')
        el.className = value;
    else if (name === 'text')
        el.textContent = String(value);
    else if (name === 'on')
        for (const [type, listener] of Object.entries(value))
            el.addEventListener(type, /** @type {EventListener} */ (listener));
    else if (name === 'dataset')
        Object.assign(el.dataset, value);
    else if (name === 'style')
        for (const [property, text] of Object.entries(value))
            el.style.setProperty(property, /** @type {string} */ (text));
    else if (name in el && typeof value !== 'string' && !name.includes('-'))
        /** @type {any} */ (el)[name] = value;
    else if (name === 'value')
        /** @type {any} */ (el).value = value;
    else
        el.setAttribute(name, value === true ? '' : String(value));
}

/**
 * An element: h('button', {class: 'quiet', on: {click}}, 'Save').
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props|null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
    const el = document.createElement(tag);
    append(el, children);
    for (const [name, value] of Object.entries(props || {}))
        setProp(el, name, value);
    return el;
}

/**
 * An SVG element. Attributes are set as they are named in SVG; text and on as in h().
 * @param {string} tag
 * @param {Record<string, any>|null} [attrs]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, attrs, ...children) {
    const el = document.createElementNS('http://www.w3.org/2000/svg', tag);
    append(el, children);
    for (const [name, value] of Object.entries(attrs || {}))
        if (name === 'text')
            el.textContent = String(value);
        else if (name === 'on')
            for (const [type, listener] of Object.entries(value))
                el.addEventListener(type, /** @type {EventListener} */ (listener));
        else if (value !== null && value !== undefined && value !== false)
            el.setAttribute(name, String(value));
    return el;
}

/**
 * Children in place of what there was.
 * @param {Element} el
 * @param {...Child} children
 */
export function replace(el, ...children) {
    el.replaceChildren();
    append(el, children);
}
