/* DOM without markup: text becomes text nodes, a well-formed https address a link. */

const SVG = 'http://www.w3.org/2000/svg';

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else set(element, name, value);
  }
  element.append(...children);
  return element;
}

// Only what differs is written: a rewritten node may be announced or lose its focus.
export function set(element, name, value) {
  const text = value === true ? '' : value;
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(text)) element.setAttribute(name, text);
}

export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ICONS = {
  chat: 'M5 5h14a2 2 0 0 1 2 2v8.5a2 2 0 0 1-2 2h-7.2L7.5 21v-3.5H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2Z',
  close: 'm6.5 6.5 11 11m0-11-11 11',
  send: 'M12 19V5.5m-6 6 6-6 6 6',
  rail: 'M3.5 9.5C8 6.6 16 6.6 20.5 9.5M7.5 8.200V18m9-9.800V18',
  up: 'M7.5 11v8.5H4V11h3.5l3.7-7.2c1.7 0 2.7 1.3 2.4 2.9L13 9.5h7l-2 10H7.5',
  person: 'M12 11.500a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.500ZM5 20c.6-3.5 3.4-5.5 7-5.500s6.4 2 7 5.5',
};

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  for (const [key, value] of [['viewBox', '0 0 24 24'], ['class', `icon i-${name}`], ['aria-hidden', 'true']]) {
    svg.setAttribute(key, value);
  }
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

export function pieces(text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(/\bhttps:\/\/[^\s<>"“”«»]+/gi)) {
    const address = match[0].replace(/[.,;:!?…'’)\]}]+$/, '');
    const url = parse(address);
    if (!url) continue;
    found.push({ text: text.slice(from, match.index) }, { text: address, url });
    from = match.index + address.length;
  }
  return [...found, { text: text.slice(from) }];
}

function parse(address) {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

export const prose = (text) => pieces(text).map(({ text: words, url }) => (url
  ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, words) : document.createTextNode(words)));
