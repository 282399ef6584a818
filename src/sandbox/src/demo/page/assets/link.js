// Links of messages.

import { make } from './dom.js';

/** The cluster's web pages are not played: their links lead to the request on this page. Others are text. */
export function requestLink(text, link) {
  const request = /\/web\/requests\/([\w-]+)$/.exec(link);
  return request ? make('a', { href: `#request-${request[1]}` }, text) : text;
}
