// The chat: a column for each place, with messages as the chat's own client would show them.

import { line, reactions } from './answers.js';
import { block, fieldOf, line as inOneLine } from './blocks.js';
import { row } from './buttons.js';
import { byId, clock, keepingEnd, make, sync } from './dom.js';
import { requestLink } from './link.js';
import { markdown } from './markdown.js';

/** Draws the columns, empty. */
export function setUp(scene) {
  byId('chat-title').textContent = `${scene.product}, as people see it`;
  byId('columns').replaceChildren(...scene.columns.map((column) => place(column, scene.requester)));
}

function place({ place, name, owner }, requester) {
  const title = `column-${place}`;
  const about = owner ? `what ${owner} reads` : 'the reviewers’ channel';
  const list = make('ol', { class: 'messages scroll', id: `messages-${place}`, tabindex: '0', 'aria-labelledby': title });
  if (!owner) list.whenEmpty = `Nothing yet. Every request of ${requester}’s is announced here.`;
  else if (owner === requester) list.whenEmpty = `Nothing yet. The bot tells ${owner} what becomes of each request.`;
  else list.whenEmpty = `Nothing yet. Requests that suggest ${owner} as reviewer come here.`;
  return make('section', { class: 'column', 'aria-labelledby': title }, make('h3', { id: title }, name, make('small', {}, about)), list);
}

/** Draws what stands in a place. Returns the messages that are new or have changed, unless all are. */
export function show(column, { messages }) {
  const list = byId(`messages-${column.place}`);
  const first = !list.shown;
  const news = [];
  const remember = (element, message) => {
    draw(element, message, column);
    if (first) return;
    news.push(message);
    element.classList.remove('news');
    void element.offsetWidth; // The animation begins anew only after a layout.
    element.classList.add('news');
  };
  keepingEnd(list, () => {
    list.querySelector('.empty')?.remove();
    sync(list, messages, (message) => message.id, () => make('li', { class: 'message' }), remember);
    if (!messages.length) list.append(make('li', { class: 'empty' }, list.whenEmpty));
  });
  list.shown = true;
  return news;
}

function draw(element, message, column) {
  const focused = element.contains(document.activeElement) && document.activeElement.dataset.button;
  element.classList.toggle('aside', Boolean(message.only_for));
  const draft = element.querySelector(':scope > .answers input');
  const writing = draft === document.activeElement;
  const open = message.cards.some(({ buttons }) => message.from_bot && buttons.length);
  const edited = message.edited ? make('span', { class: 'edited' }, '(edited)') : null;
  element.replaceChildren(
    make('div', { class: 'byline' }, avatar(message.author), make('b', {}, message.author), message.from_bot ? make('span', { class: 'bot' }, 'BOT') : '', clock(message.at), edited),
    message.only_for ? make('p', { class: 'only' }, `Only ${message.only_for} sees this`) : '',
    markdown(message.text),
    ...message.cards.map((each) => card(each, column, message)),
    ...message.blocks.map((part) => block(part, column, message)),
    reactions(message.reactions),
    open ? line(column, message) : '',
  );
  if (message.replies.length) {
    element.append(make('ol', { class: 'thread', 'aria-label': 'Thread' }, message.replies.map((each) => reply(each, column))));
  }
  const field = element.querySelector(':scope > .answers input');
  if (field && draft) {
    field.value = draft.value;
    if (writing) field.focus();
  }
  // Whoever pressed by keyboard stays where they were.
  if (focused) element.querySelector(`[data-button="${CSS.escape(focused)}"]`)?.focus();
}

/** A picture that says no more than the name beside it. */
function avatar(name) {
  return make('span', { class: 'avatar', 'aria-hidden': 'true' }, name.slice(0, 1).toUpperCase());
}

function reply(message, column) {
  const element = make('li', { class: 'message' });
  draw(element, message, column);
  return element;
}

function card({ color, title, title_link, text, fields, buttons, footer }, column, message) {
  const element = make('div', { class: 'card' });
  if (/^#[0-9a-f]{6}$/i.test(color)) element.style.setProperty('--bar', color);
  if (title) element.append(make('h4', {}, requestLink(title, title_link)));
  if (text) element.append(markdown(text));
  if (fields.length) element.append(make('dl', { class: 'fields' }, fields.map(field)));
  element.append(row(buttons, column, message));
  if (footer) element.append(make('footer', {}, footer));
  return element;
}

function field({ title, value, short }) {
  return make('div', { class: short ? 'short' : '' }, make('dt', {}, title), make('dd', {}, markdown(value)));
}

/** A message in one line, for those who listen. */
export function inWords({ text, cards, blocks }) {
  const status = cards.flatMap(({ fields }) => fields).find(({ title }) => title === 'Status')?.value ?? fieldOf(blocks, 'Status');
  const words = text || inOneLine(blocks[0]);
  return status ? `${words} — ${status}` : words;
}
