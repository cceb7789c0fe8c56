/* A conversation as list items. `update(state)` writes only what differs; `act` is told what she does. */

import { h, icon, prose, say, set } from './dom.js';
import { fill } from './labels.js';
import { canRate, isSettled, textOf } from './state.js';

export function createLines({ labels, greeting, act }) {
  const list = h('ol', { class: 'lines', role: 'list', 'aria-label': labels.log });
  const rows = new Map();
  const clock = { hour: 'numeric', minute: '2-digit' };
  const when = (date) => new Intl.DateTimeFormat(labels.language, date.toDateString() === new Date().toDateString()
    ? clock : { ...clock, day: 'numeric', month: 'short' }).format(date);

  function update(state) {
    const wanted = describe(state);
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, row] of rows) if (!keys.has(key)) { row.element.remove(); rows.delete(key); }
    let at = list.firstElementChild;
    for (const item of wanted) {
      if (!rows.has(item.key)) rows.set(item.key, BUILD[item.type]());
      const row = rows.get(item.key);
      row.update(item, state);
      if (row.element === at) at = at.nextElementSibling;
      else list.insertBefore(row.element, at);
    }
  }

  function describe(state) {
    const items = [];
    let writer = null;
    const add = (item, from) => { items.push({ ...item, first: from !== writer }); writer = from; };
    if (greeting) add({ key: 'greeting', type: 'message', text: greeting, author: 'assistant' }, 'assistant:');
    for (const line of state.lines) {
      if (line.kind === 'notice') {
        add({ key: line.id, type: 'note', text: noticeText(line, labels) }, null);
      } else {
        const text = textOf(line);
        if (text) add({ key: line.clientId ?? line.id, type: 'message', line, text, author: line.author }, `${line.author}:${line.name ?? ''}`);
      }
    }
    for (const entry of state.outbox) {
      add({ key: entry.clientId, type: 'message', entry, text: entry.text, author: 'customer' }, 'customer:');
    }
    return items;
  }

  function note() {
    const element = h('li', { class: 'note' });
    return { element, update: ({ text }) => say(element, text) };
  }

  function message() {
    const from = h('p', { class: 'from' });
    const bubble = h('div', { class: 'bubble', dir: 'auto' });
    const under = h('div', { class: 'under' });
    const element = h('li', {}, from, bubble, under);
    let shown = '';
    let below = null;
    return {
      element,
      update(item, state) {
        const { line, entry, author, text, first } = item;
        const role = line?.role === 'held' || line?.role === 'notice' ? ' aside' : '';
        set(element, 'class', `row ${author}${first ? ' first' : ''}${role}${entry ? ' unsent' : ''}`);
        writeFrom(from, { ...item, name: line?.name, at: line?.at });
        if (text !== shown) {
          if (shown && text.startsWith(shown)) bubble.append(h('span', { class: 'next' }, ...prose(text.slice(shown.length))));
          else bubble.replaceChildren(...prose(text));
          shown = text;
        }
        const kind = entry ? 'entry' : line && canRate(line) ? 'rate' : '';
        if (under.dataset.kind !== kind) {
          under.dataset.kind = kind;
          below = kind && (entry ? unsentBar(entry.clientId) : ratingBar(line.id));
          under.replaceChildren(...(below.elements ?? []));
        }
        below.update?.(entry, state);
      },
    };
  }

  function writeFrom(from, { author, name, at, first }) {
    const who = author === 'customer' ? labels.you : author === 'supervisor' ? name || labels.person : labels.assistant;
    const moment = at ? when(new Date(at)) : '';
    set(from, 'class', first && author !== 'customer' ? 'from' : 'from hush');
    if (from.textContent.endsWith(who + moment)) return;
    from.replaceChildren(face(author === 'supervisor' ? who : null), h('span', { class: 'name', dir: 'auto' }, who),
      ...(moment ? [h('time', { datetime: at }, moment)] : []));
  }

  function unsentBar(clientId) {
    const words = h('span');
    const again = h('button', { type: 'button', class: 'text', onclick: () => act.retry() }, labels.again);
    const edit = h('button', { type: 'button', class: 'text', onclick: () => act.edit(clientId) }, labels.edit);
    const element = h('div', {}, words, again, edit);
    return {
      elements: [element],
      update(entry) {
        const refused = entry.phase === 'refused';
        const late = entry.attempts > 0 || !navigator.onLine;
        say(words, refused ? entry.error || labels.failed : late ? `${labels.unsent}. ${entry.error ?? ''}` : '');
        set(element, 'class', refused ? 'status bad' : 'status');
        set(again, 'hidden', refused || entry.attempts < 1);
        set(edit, 'hidden', !refused);
      },
    };
  }

  function ratingBar(id) {
    const thumb = (rating) => h('button', {
      type: 'button', class: `thumb ${rating}`, 'aria-label': labels[rating],
      onclick: () => act.rate(id, rating),
    }, icon('up'));
    const thumbs = ['up', 'down'].map((rating) => [rating, thumb(rating)]);
    const thanks = h('span', { class: 'thanks', role: 'status' });
    const extra = h('div');
    let form = null;
    return {
      elements: [h('div', { class: 'thumbs' }, ...thumbs.map(([, button]) => button), thanks), extra],
      update(_, state) {
        for (const [rating, button] of thumbs) set(button, 'aria-pressed', String(state.ratings[id] === rating));
        say(thanks, state.thanked === id ? labels.thanks : '');
        const wanted = state.commenting === id;
        if (wanted === Boolean(form)) return;
        const back = form?.contains(form.getRootNode().activeElement);
        form = wanted ? commentForm(id) : null;
        extra.replaceChildren(...(form ? [form] : []));
        if (form) form.querySelector('textarea').focus();
        else if (back) thumbs[1][1].focus();
      },
    };
  }

  function commentForm(id) {
    const box = h('textarea', { rows: 2, maxlength: 1000, id: `comment-${id}` });
    const close = (text) => act.comment(id, text.trim());
    return h('form', {
      class: 'card comment', onsubmit: (event) => { event.preventDefault(); close(box.value); },
    }, h('label', { for: box.id }, labels.comment), box, h('div', { class: 'actions' },
      h('button', { type: 'submit', class: 'solid' }, labels.send),
      h('button', { type: 'button', class: 'text', onclick: () => close('') }, labels.skip)));
  }

  const BUILD = { note, message };
  return { element: list, update };
}

export function face(name) {
  if (!name) return h('span', { class: 'face', 'aria-hidden': 'true' }, icon('rail'));
  const initials = name.trim().split(/\s+/).slice(0, 2).map((word) => [...word][0]).join('').toUpperCase();
  return h('span', { class: 'face human', 'aria-hidden': 'true' }, initials);
}

const noticeText = ({ name, agent }, labels) => fill(labels[name], { name: agent });

export function spoken(line, labels) {
  if (line.kind === 'notice') return noticeText(line, labels);
  if (line.author === 'customer' || !isSettled(line)) return null;
  return `${line.author === 'supervisor' ? line.name || labels.person : labels.assistant}: ${line.text}`;
}
