// The little Markdown that bots write: code blocks, code, bold, italics, quotes. Everything else is text.

import { make } from './dom.js';

const FENCE = /^(`{3,}|~{3,})[^`]*$/;

/** Draws a text into an element of its own. */
export function markdown(text) {
  const root = make('div', { class: 'markdown' });
  blocks(root, text.split(/\r\n|\r|\n/));
  return root;
}

function blocks(parent, lines) {
  let paragraph = [];
  const end = () => {
    const text = paragraph.join('\n');
    if (text.trim()) parent.append(make('p', {}, inline(text)));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const fence = FENCE.exec(lines[at].trimStart());
    if (fence) {
      end();
      const code = [];
      while (++at < lines.length && !closes(lines[at], fence[1])) code.push(lines[at]);
      parent.append(make('pre', {}, code.join('\n')));
    } else if (/^ {0,3}>/.test(lines[at])) {
      end();
      const quoted = [];
      for (; at < lines.length && /^ {0,3}>/.test(lines[at]); at++) quoted.push(lines[at].replace(/^ {0,3}> ?/, ''));
      at--;
      const quote = make('blockquote');
      blocks(quote, quoted);
      parent.append(quote);
    } else if (!lines[at].trim()) {
      end();
    } else {
      paragraph.push(lines[at]);
    }
  }
  end();
}

function closes(line, mark) {
  const text = line.trim();
  return text.length >= mark.length && [...text].every((c) => c === mark[0]);
}

/** Code first: nothing in it means anything. Then what a backslash protects, then bold and italics. */
const INLINE = /(`+)([\s\S]*?[^`])\1(?!`)|\\([!-/:-@[-`{-~])|\*\*(?=\S)([\s\S]*?\S)\*\*|(?<!\w)_(?=\S)([\s\S]*?\S)_(?!\w)/g;

function inline(text) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(done, found.index));
    const [all, , code, escaped, bold, italic] = found;
    if (code !== undefined) nodes.push(make('code', {}, unpadded(code)));
    else if (escaped !== undefined) nodes.push(escaped);
    else if (bold !== undefined) nodes.push(make('strong', {}, inline(bold)));
    else nodes.push(make('em', {}, inline(italic)));
    done = found.index + all.length;
  }
  nodes.push(text.slice(done));
  return nodes;
}

/** Spaces that only keep backticks apart are not shown. */
function unpadded(code) {
  return /^ [\s\S]*[^ ][\s\S]* $/.test(code) ? code.slice(1, -1) : code;
}
