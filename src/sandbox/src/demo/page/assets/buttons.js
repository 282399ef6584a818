// Buttons in the chat, and the form that may come of one.

import { perform } from './api.js';
import { byId, make } from './dom.js';

/** Learns who is there. */
export function setUp(scene) {
  const people = scene.people.map((name) => make('option', { value: name }, `as ${name}`));
  byId('acts').replaceChildren(...people);
}

/** Who acts in a place: whose it is, or in the channel whoever the page is at the moment. */
const actor = (spot) => spot.owner || byId('acts').value;

/** A row of buttons of a message, which is in a place that may have an owner. */
export function row(buttons, spot) {
  if (!buttons.length) return '';
  const outcome = make('p', { class: 'outcome', role: 'status' });
  const drawn = buttons.map(({ id, label, style }) => {
    const button = make('button', { type: 'button', class: style, 'data-button': label }, label);
    button.addEventListener('click', () => press(button, outcome, id, spot));
    return button;
  });
  return make('div', { class: 'buttons' }, drawn, outcome);
}

async function press(button, outcome, id, { place, message, owner }) {
  const who = actor({ owner });
  let form = null;
  const words = (answer) => {
    form = answer.form;
    return '';
  };
  await perform(button, outcome, '/api/presses', { who, place, message, button: id }, words);
  if (form) open(who, form);
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

byId('form-cancel').addEventListener('click', () => dialog.close());
