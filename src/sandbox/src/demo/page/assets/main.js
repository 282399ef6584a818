// Wires the parts of the page to what the demo tells.

import * as answers from './answers.js';
import * as buttons from './buttons.js';
import * as chat from './chat.js';
import { byId } from './dom.js';
import * as log from './log.js';
import * as form from './request-form.js';
import * as teleport from './teleport.js';
import * as trouble from './trouble.js';

const events = new EventSource('/api/events');
const on = (name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));

on('scene', (scene) => {
  // Also after the connection was lost: everything is told again.
  log.clear();
  if (document.body.dataset.ready) return;
  document.body.dataset.ready = 'yes';
  form.setUp(scene);
  teleport.setUp(scene);
  answers.setUp(scene);
  buttons.setUp(scene);
  chat.setUp(scene);
  for (const { place, name, owner } of scene.columns) {
    on(place, (column) => announce(name, chat.show({ place, owner }, column)));
  }
});
on('cluster', teleport.show);
on('trouble', trouble.show);
on('log', log.add);

/** Says in words what changed, for those who cannot see it. */
function announce(name, news) {
  if (news.length === 1) byId('announcer').textContent = `${name}: ${chat.inWords(news[0])}`;
  else if (news.length) byId('announcer').textContent = `${name}: ${news.length} messages are new or changed.`;
}

function connection(state, words) {
  byId('connection').className = state;
  byId('connection').textContent = words;
}

events.addEventListener('open', () => connection('on', 'Live'));
events.addEventListener('error', () => connection('off', 'The demo does not answer. It may have ended.'));
