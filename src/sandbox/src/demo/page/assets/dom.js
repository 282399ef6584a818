// Elements, made of text and other elements. Text never becomes markup here: there is no way to hand any in.

/** Makes an element. Attributes that are null are left out; children are elements, texts or lists of them. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'class') element.className = value;
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== ''));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** A moment as people here write it. */
export function clock(millis) {
  const at = new Date(millis);
  return make('time', { datetime: at.toISOString() }, at.toLocaleTimeString([], { hour12: false }));
}

/**
 * Makes the children of `parent` those of `items`, in their order. What an item is called is `key(item)`; an element is
 * made once by `create(item)` and told about changes by `update(element, item)`, so that focus and input survive.
 */
export function sync(parent, items, key, create, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let element = old.get(name);
    if (element) {
      old.delete(name);
    } else {
      element = create(item);
      element.dataset.key = name;
    }
    const state = JSON.stringify(item);
    if (element.state !== state) {
      update(element, item);
      element.state = state;
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const element of old.values()) element.remove();
}

/**
 * Changes `list`, and shows its end if that is where the reader was. Only what the reader does counts: a window that
 * changes its size moves the end away, and that is no reason to stay behind.
 */
export function keepingEnd(list, change) {
  if (list.atEnd === undefined) {
    list.atEnd = true;
    list.addEventListener('scroll', () => {
      list.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    });
    // Told of a new size before the scrolling that comes of it.
    new ResizeObserver(() => toEnd(list)).observe(list);
  }
  const { atEnd } = list;
  change();
  list.atEnd = atEnd;
  toEnd(list);
}

function toEnd(list) {
  if (list.atEnd) list.scrollTop = list.scrollHeight;
}
