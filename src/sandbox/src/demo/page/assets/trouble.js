// Switches for trouble.

import { perform } from './api.js';
import { byId } from './dom.js';

const DONE = {
  chat_down: (on) => (on ? 'The chat refuses connections. Ask for something meanwhile.' : 'The chat is back.'),
  chat_slow: (on) => (on ? 'Every call to the chat takes two seconds more.' : 'The chat is quick again.'),
  teleport_restart: () => 'Teleport goes down for three seconds.',
  watch_overflow: () => 'More requests at once than a watch can take. They expire in three minutes.',
};

/** Shows what is wrong at the moment. */
export function show(trouble) {
  for (const button of document.querySelectorAll('[data-switch]')) {
    button.setAttribute('aria-checked', String(trouble[button.dataset.switch]));
  }
  const restart = document.querySelector('[data-do="teleport_restart"]');
  restart.disabled = trouble.teleport_restarts;
  restart.textContent = trouble.teleport_restarts ? 'Teleport is restarting…' : 'Restart Teleport';
}

function ask(button, body) {
  perform(button, byId('trouble-outcome'), '/api/trouble', body, () => DONE[body.kind](body.on));
}

for (const button of document.querySelectorAll('[data-switch]')) {
  button.addEventListener('click', () => {
    ask(button, { kind: button.dataset.switch, on: button.getAttribute('aria-checked') !== 'true' });
  });
}

for (const button of document.querySelectorAll('[data-do]')) {
  button.addEventListener('click', () => ask(button, { kind: button.dataset.do }));
}
