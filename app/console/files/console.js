/* What the page does by itself: keys, the tab's title, the sound, going back to sign-in when a session is over. */

const AT = '/console';
const KEYS = { a: '#q-approve', e: '#q-edit', r: '#q-reject', t: '#q-take' };
const SEEN_EVERY_MS = 60000;
const LOOK_EVERY_MS = 300;

/* A session that is over leads back to sign-in. */
const fetched = window.fetch;
window.fetch = async (...request) => {
  const answer = await fetched(...request);
  if (answer.status === 401) location.assign(`${AT}/sign-in`);
  return answer;
};

/* Somebody is at the keyboard. What the page asks by itself does not count. */
let seenAt = Date.now();
const seen = () => {
  if (Date.now() - seenAt < SEEN_EVERY_MS) return;
  seenAt = Date.now();
  fetch(`${AT}/seen`, { method: 'POST' }).catch(() => {});
};
for (const kind of ['keydown', 'pointerdown']) addEventListener(kind, seen, { capture: true, passive: true });

/* The service says that something happened, and the page looks; not more often than it can be read. */
let lookedAt = 0;
let lookAgain = 0;
function look() {
  clearTimeout(lookAgain);
  const early = lookedAt + LOOK_EVERY_MS - Date.now();
  if (early > 0) { lookAgain = setTimeout(look, early); return; }
  lookedAt = Date.now();
  document.querySelector('#q-look')?.click();
  if (visible(document.querySelector('#conversations-list'))) document.querySelector('#c-look')?.click();
}
const told = new EventSource(`${AT}/told`);
told.onmessage = look;
told.onopen = look;
/* Another run of the service knows nothing of what this page shows: it is opened anew, and what was written comes back. */
let since = '';
told.addEventListener('since', (event) => {
  if (since && since !== event.data) location.reload();
  since = event.data;
});
addEventListener('click', (event) => {
  if (event.target.closest('#queue-list [data-pick], #conversations-list [data-pick]')) setTimeout(look, 2 * LOOK_EVERY_MS);
});

/* Keys: never while somebody types. */
const typing = (element) => element?.closest?.('input, textarea, select, [contenteditable], [role=listbox], [role=combobox]');
const visible = (element) => element && element.offsetParent !== null && !element.disabled;
const rows = () => [...document.querySelectorAll('#queue-list [data-pick]')];

function move(by) {
  const all = rows();
  const at = all.findIndex((row) => row.hasAttribute('aria-current'));
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
  if (next) { next.click(); next.scrollIntoView({ block: 'nearest' }); }
}

addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    const send = { 'q-text': '#q-send', 'c-text': '#c-send', 't-text': '#t-ask', 'c-note': '#c-keep' };
    for (const [box, button] of Object.entries(send)) {
      if (event.target.closest(`#${box}`)) setTimeout(() => document.querySelector(button)?.click(), 150);
    }
    return;
  }
  if (event.key === 'Escape') {
    const cancel = [...document.querySelectorAll('#q-cancel-edit, #q-cancel-reject')].find(visible);
    if (cancel) { event.target.blur?.(); cancel.click(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  if (!visible(document.querySelector('#queue-list'))) return;
  if (event.key === 'j' || event.key === 'k') { event.preventDefault(); move(event.key === 'j' ? 1 : -1); return; }
  const button = document.querySelector(KEYS[event.key] ?? ':not(*)');
  if (visible(button)) { event.preventDefault(); button.click(); }
});

/* A box that opens takes the focus; a list that is sent anew gives it back. */
let held = null;
addEventListener('focusin', (event) => {
  const row = event.target.closest('[data-pick]');
  held = row ? { list: row.closest('.block')?.id, pick: row.dataset.pick, act: row.dataset.act } : null;
});
let boxes = '';
function settle() {
  const open = [...document.querySelectorAll('#queue-edit, #queue-reject')].filter(visible).map((box) => box.id).join();
  if (open !== boxes) {
    boxes = open;
    document.querySelector(open === 'queue-edit' ? '#q-text textarea' : open ? '#q-because input:checked, #q-because input' : ':not(*)')?.focus();
  }
  if (held && document.activeElement === document.body) {
    const again = [...document.querySelectorAll(`#${held.list} [data-pick]`)].find((row) => row.dataset.pick === held.pick);
    again?.focus({ preventScroll: true });
  }
}

/* What somebody writes stays hers until it is sent: a session that ends, a service that starts anew or a look at another
   item takes none of it. It is kept in this tab, for this person, beside the item it is for. */
const BOXES = {
  'q-text': { list: '#queue-list', opener: '#q-edit', drop: '#q-cancel-edit' },
  'c-text': { list: '#conversations-list', opener: null, drop: '#c-send' },
};
const person = () => document.querySelector('#top .person b')?.textContent;
const current = (list) => document.querySelector(`${list} [aria-current]`)?.dataset.pick;
const keptIn = (box) => JSON.parse(sessionStorage.getItem(`handrail ${box}`) ?? 'null');
const keep = (box, what) => what
  ? sessionStorage.setItem(`handrail ${box}`, JSON.stringify(what)) : sessionStorage.removeItem(`handrail ${box}`);
addEventListener('input', (event) => {
  const box = event.isTrusted && Object.keys(BOXES).find((name) => event.target.closest(`#${name}`));
  const of = box && current(BOXES[box].list);
  if (of) keep(box, { of, text: event.target.value, open: true, by: person() });
});
addEventListener('click', (event) => {
  for (const [box, { list, drop }] of Object.entries(BOXES)) {
    const kept = keptIn(box);
    const row = event.target.closest(`${list} [data-pick]`);
    if (kept && event.target.closest(drop)) keep(box, null);
    else if (kept && box === 'c-text' && event.target.closest('#c-suggested [data-pick], #c-canned, [role=option]')) keep(box, null);
    else if (kept && row && event.isTrusted) keep(box, { ...kept, open: row.dataset.pick === kept.of });
  }
}, { capture: true });
let broughtAt = 0;
function bringBack() {
  if (!person()) return;
  for (const [box, { list, opener }] of Object.entries(BOXES)) {
    const kept = keptIn(box);
    if (!kept) continue;
    const field = document.querySelector(`#${box} textarea`);
    const all = [...document.querySelectorAll(`${list} [data-pick]`)];
    const row = all.find((each) => each.dataset.pick === kept.of);
    if (kept.by !== person() || (all.length && !row && list === '#queue-list')) { keep(box, null); continue; }
    if (!row || !visible(row)) continue;
    const mine = row.hasAttribute('aria-current');
    if (mine && visible(field)) {
      if (field.value !== kept.text && document.activeElement !== field) {
        field.value = kept.text;
        field.dispatchEvent(new Event('input', { bubbles: true }));
      }
    } else if (kept.open && Date.now() - broughtAt > 1500) {
      broughtAt = Date.now();
      (mine ? document.querySelector(opener ?? ':not(*)') : row)?.click();
    }
  }
}

/* The count in the title and on the tab, and a sound for what is new. */
let known = null;
let sounds = null;
function tell() {
  const self = document.querySelector('#top .self');
  if (!self) return;
  const waiting = Number(self.dataset.waiting);
  const title = `${waiting ? `(${waiting}) ` : ''}${self.dataset.store} · Handrail`;
  if (document.title !== title) document.title = title;
  const tab = document.querySelector('#tabs [role=tab][data-tab-id=queue]');
  if (tab && (tab.dataset.count ?? '0') !== String(waiting)) {
    if (waiting) tab.dataset.count = waiting; else delete tab.dataset.count;
  }
  const switched = document.querySelector('#sound');
  switched?.setAttribute('aria-pressed', String(sounds !== null));
  const items = self.dataset.items.split(' ').filter(Boolean);
  if (known !== null && items.some((item) => !known.has(item))) play();
  known = new Set(items);
}

function play() {
  if (!sounds) return;
  for (const [at, pitch] of [[0, 660], [0.14, 880]]) {
    const tone = sounds.createOscillator();
    const gain = sounds.createGain();
    const start = sounds.currentTime + at;
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(gain).connect(sounds.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  }
}

addEventListener('click', (event) => {
  if (!event.target.closest('#sound')) return;
  if (sounds) { sounds.close(); sounds = null; } else { sounds = new AudioContext(); play(); }
  tell();
});

/* A thread that grows is read from its end, unless somebody has scrolled up. */
let threadOf = '';
function follow() {
  const box = document.querySelector('#conversation-thread');
  const last = box?.querySelector('.thread li:last-child');
  const mark = `${document.querySelector('#conversation-head h2')?.textContent}|${box?.querySelectorAll('.thread li').length}`;
  if (last && visible(box) && mark !== threadOf) {
    threadOf = mark;
    const scroller = [box, ...box.querySelectorAll('*')].find((each) => each.scrollHeight > each.clientHeight + 4) ?? box;
    scroller.scrollTop = scroller.scrollHeight;
  }
}

let due = false;
new MutationObserver(() => {
  if (due) return;
  due = true;
  requestAnimationFrame(() => { due = false; tell(); bringBack(); settle(); follow(); });
}).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ['class', 'style', 'hidden'] });
