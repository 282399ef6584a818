// Buttons in the chat, the form that may come of one, and buttons that are not the bot's.

import { perform } from './api.js';
import { byId, make } from './dom.js';

/** Learns who is there. */
export function setUp(scene) {
  const people = scene.people.map((name) => make('option', { value: name }, `as ${name}`));
  byId('acts').replaceChildren(...people);
}

/** Who acts before a message: whose column it is in, or in the channel whoever the page is at the moment. */
export function spotOf({ place, owner }, message) {
  return { who: owner || byId('acts').value, place, message: message.id };
}

/** A row of buttons of a message. */
export function row(buttons, column, message) {
  if (!buttons.length) return '';
  const outcome = make('p', { class: 'outcome', role: 'status' });
  const drawn = buttons.map(({ id, label, style }) => {
    const button = make('button', { type: 'button', class: style, 'data-button': label }, label);
    button.addEventListener('click', () => press(button, outcome, id, spotOf(column, message)));
    return button;
  });
  return make('div', { class: 'buttons' }, drawn, outcome);
}

async function press(button, outcome, id, at) {
  let form = null;
  const words = (answer) => {
    form = answer.form;
    return '';
  };
  await perform(button, outcome, '/api/presses', { at, button: id }, words);
  if (form) open(at.who, form);
}

const dialog = byId('form');

function open(who, { id, title, about, label, submit }) {
  byId('form-title').textContent = `${title}, as ${who}`;
  byId('form-about').textContent = about;
  byId('form-label').textContent = label;
  byId('form-outcome').textContent = '';
  byId('form-submit').textContent = submit;
  const field = byId('form-reason');
  field.value = '';
  dialog.onsubmit = async (event) => {
    event.preventDefault();
    let wrong = null;
    const words = (answer) => {
      wrong = answer.wrong;
      return wrong ?? '';
    };
    const sent = await perform(byId('form-submit'), byId('form-outcome'), '/api/forms', { who, form: id, reason: field.value }, words);
    byId('form-outcome').classList.toggle('failed', !sent || wrong !== null);
    if (sent && wrong === null) dialog.close();
  };
  dialog.showModal();
}

for (const button of document.querySelectorAll('[data-forge]')) {
  const said = () => 'It stands in the channel, and claims to approve. Press it as ivan.';
  button.addEventListener('click', () => {
    perform(button, byId('forge-outcome'), '/api/forgeries', { kind: button.dataset.forge }, said);
  });
}

byId('form-cancel').addEventListener('click', () => dialog.close());
