// What the page asks of the demo.

/** Asks for something to be done. Throws an error with words for people. */
async function post(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error('The demo does not answer. Has it ended?');
  }
  if (response.ok) return response.json();
  const text = await response.text();
  let words = text;
  try {
    words = JSON.parse(text).error ?? text;
  } catch {
    // Not ours, but somebody's words all the same.
  }
  throw new Error(words.trim() || `The demo answered ${response.status}.`);
}

/**
 * Does something while `button` waits, and writes into `outcome` how it went: what `words(answer)` says, or why not.
 */
export async function perform(button, outcome, path, body, words) {
  button.setAttribute('aria-busy', 'true');
  try {
    outcome.textContent = words(await post(path, body));
    outcome.classList.remove('failed');
    return true;
  } catch (error) {
    outcome.textContent = error.message;
    outcome.classList.add('failed');
    return false;
  } finally {
    button.removeAttribute('aria-busy');
  }
}
