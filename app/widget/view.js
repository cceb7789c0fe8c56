/* The DOM from the state. `update(state)` writes only what differs; `act` is told what she does. */

import { h, icon, say, set } from './dom.js';
import { fill } from './labels.js';
import { createLines, face, spoken } from './lines.js';
import { asksSatisfaction, handling, lengthOf, LIMIT, unfolding } from './state.js';


export function createView({ labels, title, greeting, act }) {
  const button = (attributes, ...children) => h('button', { type: 'button', ...attributes }, ...children);

  const who = h('span', { class: 'who' });
  const under = h('p', { class: 'sub' });
  const close = button({ class: 'round', 'aria-label': labels.close, onclick: () => act.close() }, icon('close'));
  const header = h('div', { class: 'head' }, who,
    h('div', { class: 'titles' }, h('h2', { id: 'title' }, title), under), close);

  const lines = createLines({ labels, greeting, act });
  const nowWords = h('span', {});
  const nowSign = h('span', { class: 'sign', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
  const now = h('div', { class: 'now', hidden: true }, nowSign, nowWords);
  const survey = createSurvey(labels, act);
  const scroll = h('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': labels.log }, lines.element, now, survey.element);
  const link = h('p', { class: 'link', role: 'status' });

  const person = button({ class: 'pill', 'aria-describedby': 'hint', onclick: () => act.person() }, icon('person'), labels.ask);
  const hint = h('span', { id: 'hint' }, labels.asked);
  const bar = h('div', { class: 'bar' }, person, hint);
  const input = h('textarea', { id: 'input', rows: 1, dir: 'auto', placeholder: labels.write, enterkeyhint: 'send',
    'aria-describedby': 'count', oninput: () => measure(), onkeydown: onKey });
  const count = h('p', { class: 'count', id: 'count', role: 'status' });
  const send = h('button', { type: 'submit', class: 'send', 'aria-label': labels.send }, icon('send'));
  const composer = h('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); submit(); } },
    h('label', { for: 'input', class: 'hush' }, labels.write), h('div', { class: 'field' }, input, send), count);

  const panel = h('section', { class: 'panel', id: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true,
    onkeydown: (event) => { if (event.key === 'Escape' && !event.isComposing) { event.stopPropagation(); act.close(); } } },
  header, scroll, link, bar, composer);
  const badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
  const launcher = button({ class: 'launcher', 'aria-expanded': 'false', 'aria-controls': 'panel', onclick: () => act.toggle() },
    icon('chat'), icon('close'), badge);
  const log = h('div', { class: 'hush', role: 'log', 'aria-live': 'polite', 'aria-label': labels.log });
  const root = h('div', { class: 'root', lang: labels.language }, panel, launcher, log);

  let said = new Set();
  let before = null;

  function update(state) {
    const opening = state.open && !before?.open;
    const atEnd = opening || isAtEnd();
    const mine = before && state.outbox.length > before.outbox.length;
    if (before?.customer !== state.customer) said = new Set();
    set(panel, 'hidden', !state.open);
    set(root, 'class', state.open ? 'root open' : 'root');
    set(launcher, 'aria-expanded', String(state.open));
    const unread = state.unread.length;
    const news = `${title}: ${unread}`;
    set(launcher, 'aria-label', unread ? news : title);
    set(badge, 'hidden', !unread);
    say(badge, unread > 9 ? '9+' : String(unread));

    updateHeader(state);
    lines.update(state);
    updateNow(state);
    survey.update(state);
    updateFoot(state);
    announce(state, news);
    before = state;
    if (atEnd || mine) scroll.scrollTop = scroll.scrollHeight;
  }

  function updateHeader(state) {
    const agent = handling(state) === 'person' ? state.agent : null;
    who.replaceChildren(face(agent));
    say(under, agent ? fill(labels.here, { name: agent }) : handling(state) === 'waiting' ? labels.asked : labels.honest);
  }

  function updateNow(state) {
    const writing = (state.working && state.link !== 'waiting') || unfolding(state);
    const held = Boolean(state.held) && !writing;
    set(now, 'hidden', !writing && !held);
    set(now, 'data-sign', held ? 'held' : 'dots');
    set(nowWords, 'class', held ? null : 'hush');
    say(nowWords, held ? labels.held : `${labels.assistant}…`);
  }

  function updateFoot(state) {
    const asked = handling(state) !== 'assistant';
    if (asked && person.matches(':focus')) input.focus();
    set(bar, 'hidden', asked);
    say(link, !navigator.onLine ? labels.offline : state.link === 'waiting' ? labels.connecting
      : state.trouble ? labels.failed : '');
    set(link, 'class', link.textContent ? 'link' : 'link hush');
  }

  function announce(state, news) {
    const words = [];
    for (const line of state.lines) {
      const key = line.clientId ?? line.id;
      if (said.has(key)) continue;
      const text = spoken(line, labels);
      if (text === null && line.author !== 'customer') continue;
      said.add(key);
      if (before && text && line.order > state.past) words.push(text);
    }
    if (before && state.held && !before.held) words.push(labels.held);
    if (words.length) log.append(...(state.open ? words : [news]).map((text) => h('p', {}, text)));
    while (log.childElementCount > 6) log.firstElementChild.remove();
  }

  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;

  function onKey(event) {
    // An Enter may choose a word in an input method; 229 is how Safari tells of it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  }

  function submit() {
    const text = input.value.trim();
    if (!text || lengthOf(text) > LIMIT) return input.focus();
    setDraft('');
    input.focus();
    act.send(text);
  }

  function measure() {
    const length = lengthOf(input.value.trim());
    const over = length > LIMIT;
    say(count, length > LIMIT - 300 ? `${length} / ${LIMIT}` : '');
    set(count, 'class', over ? 'count bad' : 'count');
    set(input, 'aria-invalid', over ? 'true' : null);
    set(send, 'aria-disabled', !length || over ? 'true' : null);
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight}px`;
  }

  function setDraft(text) {
    input.value = text;
    measure();
  }

  set(send, 'aria-disabled', 'true');
  return {
    root, update, setDraft,
    draft: () => input.value,
    focusInput() {
      measure();
      input.focus();
      input.setSelectionRange(input.value.length, input.value.length);
    },
    focusLauncher: () => launcher.focus(),
  };
}

// Sent by a button, since arrow keys move between radios.
function createSurvey(labels, act) {
  const choices = labels.scores.split('|').map((word, index) => h('label', { class: 'choice' },
    h('input', { type: 'radio', name: 'score', value: index + 1, onchange: () => set(submit, 'hidden', false) }), word));
  const submit = h('button', { type: 'submit', class: 'solid', hidden: true }, labels.send);
  const form = h('form', {
    onsubmit(event) {
      event.preventDefault();
      const score = Number(new FormData(form).get('score'));
      if (score) act.satisfaction(score);
    },
  }, h('fieldset', {}, h('legend', {}, labels.survey), h('div', { class: 'choices' }, ...choices)), submit);
  const thanks = h('p', { role: 'status' });
  const element = h('div', { class: 'card survey', hidden: true }, form, thanks);
  return {
    element,
    update(state) {
      const given = state.satisfaction !== null;
      set(element, 'hidden', !asksSatisfaction(state));
      set(form, 'hidden', given);
      say(thanks, given ? labels.thanks : '');
    },
  };
}
