// Messages that are made of parts, whose text comes in runs.

import { row } from './buttons.js';
import { make } from './dom.js';
import { requestLink } from './link.js';

const LOOKS = { bold: 'strong', italic: 'em', struck: 's', code: 'code' };

const PARTS = {
  header: ({ runs }) => make('h4', {}, drawn(runs)),
  text: ({ runs }) => make('p', {}, drawn(runs)),
  fields: ({ fields }) => make('ul', { class: 'pairs' }, fields.map((runs) => make('li', {}, drawn(runs)))),
  code: ({ runs }) => make('pre', {}, drawn(runs)),
  quote: ({ runs }) => make('blockquote', {}, drawn(runs)),
  small_print: ({ runs }) => make('p', { class: 'small-print' }, drawn(runs)),
  divider: () => make('hr'),
  buttons: ({ buttons }, column, message) => row(buttons, column, message),
};

/** Draws a part of a message. */
export function block(part, column, message) {
  return make('div', { class: 'markdown block' }, PARTS[part.kind](part, column, message));
}

function drawn(runs) {
  return runs.map(({ text, look, link, time }) => {
    const shown = time === null ? requestLink(text, link) : moment(time, text);
    return look in LOOKS ? make(LOOKS[look], {}, shown) : shown;
  });
}

/** A moment in the reader's own time, as such chats show it. */
function moment(time, text) {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return text;
  return make('time', { datetime: at.toISOString() }, at.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' }));
}

const words = (runs) => runs.map(({ text }) => text).join('');

/** A part in one line. */
export function line(part) {
  return part ? words(part.runs ?? part.fields?.flat() ?? []) : '';
}

/** What stands below a label. */
export function fieldOf(parts, label) {
  const texts = parts.flatMap(({ runs, fields }) => fields ?? [runs ?? []]);
  const found = texts.find(([first]) => first?.look === 'bold' && first.text === label);
  return found && words(found.slice(1)).trim();
}
