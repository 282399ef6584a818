// What the bot has logged.

import { byId, clock, keepingEnd, make } from './dom.js';

/** More than anybody reads. */
const MOST = 500;

/** Begins anew. */
export function clear() {
  byId('log-lines').replaceChildren();
}

/** A line of the audit trail in words. */
function decision(line) {
  const { chat, chat_user_name: name, chat_user_id: id, teleport_user: user, mapped_by: how, action, input, request, result, detail, reason } = JSON.parse(line);
  const who = user ? `${user} (${name ?? id} in ${chat}, by ${how})` : `${name ?? id} in ${chat}`;
  return [`${who}: ${action ?? 'decide'} ${request} by ${input}: ${result}`, detail, reason && `“${reason}”`].filter(Boolean).join(' — ');
}

/** Adds lines. */
export function add({ lines }) {
  const list = byId('log-lines');
  keepingEnd(list, () => {
    list.append(...lines.map(({ at, level, text }) => make('li', { class: level }, clock(at), make('span', { class: 'level' }, level), level === 'AUDIT' ? decision(text) : text)));
    while (list.children.length > MOST) list.firstElementChild.remove();
  });
}
