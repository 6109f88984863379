// SPDX-License-Identifier: GPL-3.0-or-later
// The connection of the live page. It comes back by itself, and says when it will try.

/**
 * connecting: for the first time; after that it is lost until it is open again.
 * refused: the server does not want this browser, why says the reason.
 * @typedef {{is: 'connecting'|'open'|'lost'|'refused', why: string,
 *     retryAt: number}} Link
 */
/**
 * @typedef {{text: (message: any) => void, binary: (bytes: ArrayBuffer) => void,
 *     link: (link: Link) => void}} Listener
 */

const FIRST_S = 0.5;
const LAST_S = 5;
const HANDSHAKE_S = 10;

/** @type {Record<number, string>} */
const REFUSALS = {
    1008: 'The server does not allow it.',
    1013: 'As many browsers as the server takes are connected.',
};

/**
 * Seconds to wait before the try after @failures that failed.
 * @param {number} failures
 */
export function backoff(failures) {
    return Math.min(LAST_S, FIRST_S * 2 ** Math.max(0, failures - 1));
}

/** The address beside that of the page. @param {string} base */
export function liveUrl(base) {
    const url = new URL('api/live', base);
    url.search = url.hash = '';
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.href;
}

/**
 * @param {Listener} listener
 * @returns {{send: (message: unknown) => boolean, close: () => void,
 *     retry: () => void}}
 */
export function connect(listener) {
    /** @type {WebSocket|null} */
    let socket = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let timer;
    let failures = 0;
    let closed = false;

    function open() {
        clearTimeout(timer);
        const opening = new WebSocket(liveUrl(document.baseURI));
        const limit = setTimeout(() => opening.close(), HANDSHAKE_S * 1000);
        socket = opening;
        opening.binaryType = 'arraybuffer';
        opening.onopen = () => {
            clearTimeout(limit);
            listener.link({is: 'open', why: '', retryAt: 0});
        };
        opening.onmessage = (ev) => hear(ev.data);
        opening.onclose = (ev) => {
            clearTimeout(limit);
            if (socket === opening && !closed)
                wait(ev);
        };
        if (!failures)
            listener.link({is: 'connecting', why: '', retryAt: 0});
    }

    /** @param {string|ArrayBuffer} data */
    function hear(data) {
        failures = 0;
        if (typeof data !== 'string')
            return listener.binary(data);
        try {
            listener.text(JSON.parse(data));
        } catch (error) {
            if (!(error instanceof SyntaxError))
                throw error;
        }
    }

    /** @param {CloseEvent} ev */
    function wait(ev) {
        failures++;
        const why = REFUSALS[ev.code] ||
            (ev.code === 1001 ? 'The server has ended.' : '');
        const delay = REFUSALS[ev.code] ? LAST_S : backoff(failures);
        socket = null;
        timer = setTimeout(open, delay * 1000);
        listener.link({is: REFUSALS[ev.code] ? 'refused' : 'lost', why,
            retryAt: performance.now() / 1000 + delay});
    }

    open();
    return {
        send(message) {
            if (socket?.readyState !== WebSocket.OPEN)
                return false;
            socket.send(JSON.stringify(message));
            return true;
        },
        close() {
            closed = true;
            clearTimeout(timer);
            socket?.close(1000);
        },
        retry() {
            if (!socket && !closed)
                open();
        },
    };
}
