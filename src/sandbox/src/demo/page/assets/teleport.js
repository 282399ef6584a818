// The cluster: requests, what they need, who has reviewed them, and how to review.

import { perform } from './api.js';
import { byId, clock, make, sync } from './dom.js';

let reviewers = [];

export function setUp(scene) {
  reviewers = scene.reviewers;
}

/** Draws the requests and the audit log. */
export function show({ requests, pending, all, audit }) {
  byId('request-count').textContent = all ? `${pending} pending of ${all}` : '';
  const list = byId('requests');
  list.querySelector('.empty')?.remove();
  sync(list, requests, (request) => request.id, create, update);
  if (!requests.length) list.append(make('p', { class: 'empty' }, 'No requests yet. What bob asks for stands here, with what it takes and who has reviewed it; decide here as alice or ivan.'));
  if (all > requests.length) {
    list.append(make('p', { class: 'empty' }, `… and ${all - requests.length} older ones.`));
  }
  byId('audit-lines').replaceChildren(...audit.map(auditLine));
}

/** What stays: the frame, and the controls, so that nobody loses what they type. */
function create({ id }) {
  const reason = make('input', { type: 'text', placeholder: 'Why (optional)', 'aria-label': 'Reason of your review' });
  const outcome = make('p', { class: 'outcome', role: 'status' });
  const rows = reviewers.map((name) => {
    const decide = (label, decision) => {
      const button = make('button', { type: 'button', class: decision, 'data-review': `${name} ${decision}` }, label);
      button.setAttribute('aria-label', `${label} as ${name}`);
      button.addEventListener('click', async () => {
        const body = { request: id, reviewer: name, decision, reason: reason.value };
        if (await perform(button, outcome, '/api/reviews', body, () => '')) reason.value = '';
      });
      return button;
    };
    return make('span', { class: 'reviewer', 'data-reviewer': name }, `as ${name}`, decide('Approve', 'approve'), decide('Deny', 'deny'));
  });
  return make(
    'article',
    { class: 'request', id: `request-${id}`, tabindex: '-1', 'aria-label': `Request ${id}` },
    make('div', { class: 'facts-of' }),
    make('div', { class: 'decide' }, rows, reason),
    outcome,
  );
}

function update(element, request) {
  const focused = element.contains(document.activeElement);
  element.querySelector('.facts-of').replaceChildren(
    make(
      'h3',
      {},
      `${request.user} asks for ${request.roles.join(', ')}`,
      make('span', { class: `state ${request.state}` }, request.state),
      make('span', { class: 'id' }, request.id),
    ),
    make('p', { class: 'reason' }, request.reason),
    make('p', { class: 'facts' }, progress(request)),
    ...request.reviews.map((review) => make('p', { class: 'facts' }, reviewLine(review))),
  );
  const open = request.state === 'PENDING';
  element.querySelector('.decide').hidden = !open;
  for (const row of element.querySelectorAll('.reviewer')) {
    row.hidden = request.reviews.some((review) => review.author === row.dataset.reviewer);
  }
  // Whoever decided by keyboard stays where they were, though the button is gone.
  if (focused && !document.activeElement?.checkVisibility()) element.focus();
}

function progress({ thresholds, reviews, suggested, expires, state }) {
  const approvals = reviews.filter((review) => review.state === 'APPROVED').length;
  const needs = thresholds.map(({ approve, deny }) => `${approvals} of ${approve} approvals, ${deny} denial ends it`);
  const parts = [needs.join('; ')];
  if (suggested.length) parts.push(`suggested reviewers: ${suggested.join(', ')}`);
  if (expires && state === 'PENDING') parts.push(`expires ${new Date(expires).toLocaleTimeString([], { hour12: false })}`);
  return parts.join(' · ');
}

const VERBS = { APPROVED: 'approved', DENIED: 'denied' };

function reviewLine({ author, state, reason }) {
  const verdict = `${author} ${VERBS[state] ?? 'reviewed'}`;
  return reason ? `${verdict}: ${reason}` : verdict;
}

function auditLine({ at, kind, request, user, delegator, state, reason }) {
  const who = delegator && delegator !== user ? `${delegator} (through ${user})` : user;
  const words = [kind, request.slice(0, 8), who, state, reason].filter(Boolean).join('  ');
  return make('li', {}, clock(at), words);
}
