// Emoji and replies by which people can decide, where the bot listens to them.

import { perform } from './api.js';
import { spotOf } from './buttons.js';
import { make } from './dom.js';

let emoji = [];

/** Learns what the bot listens to. */
export function setUp(scene) {
  ({ emoji } = scene);
}

/** A line below a message that can be decided. */
export function line(column, message) {
  if (!emoji.length) return '';
  const outcome = make('p', { class: 'outcome', role: 'status' });
  const reactions = emoji.map(({ name, glyph }) => {
    const button = make('button', { type: 'button', 'data-emoji': name, 'aria-label': `React with ${glyph}` }, glyph);
    button.addEventListener('click', () => {
      perform(button, outcome, '/api/reactions', { at: spotOf(column, message), emoji: name }, () => '');
    });
    return button;
  });
  const field = make('input', { name: 'reply', placeholder: 'Reply: approve …', 'aria-label': 'Reply in the thread', autocomplete: 'off' });
  const form = make('form', { class: 'answers' }, reactions, field, outcome);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = { at: spotOf(column, message), text: field.value };
    if (field.value.trim() && (await perform(field, outcome, '/api/replies', body, () => ''))) field.value = '';
  });
  return form;
}

/** How people have reacted. */
export function reactions(all) {
  return all.length ? make('p', { class: 'reactions' }, all.map((one) => `${one.emoji} ${one.user}`).join(' · ')) : '';
}
