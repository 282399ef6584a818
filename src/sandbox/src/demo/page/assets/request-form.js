// Bob's form.

import { perform } from './api.js';
import { byId, make } from './dom.js';

/** Fills in what can be chosen, and listens. */
export function setUp({ roles, reviewers }) {
  const approvals = (n) => (n === 1 ? '1 approval' : `${n} approvals`);
  byId('role').replaceChildren(
    ...roles.map((role) => make('option', { value: role.name }, `${role.name} (${approvals(role.approvals)})`)),
  );
  byId('reviewers').replaceChildren(
    ...reviewers.map((name) =>
      make('label', {}, make('input', { type: 'checkbox', name: 'reviewers', value: name, checked: '' }), ` ${name}`),
    ),
  );
}

byId('request-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const body = {
    role: form.get('role'),
    reason: form.get('reason'),
    reviewers: form.getAll('reviewers'),
    ttl_seconds: Number(form.get('ttl')),
  };
  perform(event.submitter, byId('ask-outcome'), '/api/requests', body, ({ id }) => `Filed as ${id}.`);
});
