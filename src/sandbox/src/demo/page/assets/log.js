// What the bot has logged.

import { byId, clock, keepingEnd, make } from './dom.js';

/** More than anybody reads. */
const MOST = 500;

/** Begins anew. */
export function clear() {
  byId('log-lines').replaceChildren();
}

/** Adds lines. */
export function add({ lines }) {
  const list = byId('log-lines');
  keepingEnd(list, () => {
    list.append(...lines.map(({ at, level, text }) => make('li', { class: level }, clock(at), make('span', { class: 'level' }, level), text)));
    while (list.children.length > MOST) list.firstElementChild.remove();
  });
}
