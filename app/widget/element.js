/*
 * <handrail-chat>: open(), close(), ask(text), signIn(token), signOut(); options are the tag's data-* attributes.
 * A customer's session is one client: a switch stops it, and what still comes of it is not heard.
 */

import { Client } from './client.js';
import { initial, reduce, toSave, unfolding } from './state.js';
import { ANONYMOUS, createStore, customerOf } from './storage.js';
import { styles } from './styles.js';
import { createView } from './view.js';

const ORIGIN = new URL(import.meta.url).origin;

export class HandrailChat extends HTMLElement {
  static words = null; // of the page's language; loaded before the element is defined
  #state = initial();
  #store = createStore(ORIGIN);
  #view = null;
  #client = null;
  #token = null;
  #signedByPage = false;
  #identified = null;
  #drawing = false;
  #pacing = null;
  #saving = null;
  #calm = matchMedia('(prefers-reduced-motion: reduce)');

  connectedCallback() {
    if (this.#view) return;
    const { title, greeting, open, tokenUrl } = this.dataset;
    const labels = HandrailChat.words;
    this.#view = createView({
      labels, title: title || labels.title, greeting: greeting || labels.greeting, act: this.#actions(),
    });
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#view.root);

    addEventListener('online', () => { this.#client?.wake(); this.#draw(); });
    addEventListener('offline', () => this.#draw());
    addEventListener('storage', (event) => this.#onStorage(event));
    addEventListener('pagehide', () => this.#save());
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.#client?.wake(); });

    // With the shop to ask, nothing kept is shown before it is known whose it is.
    const asks = tokenUrl && !this.#signedByPage;
    if (!this.#client) this.#begin(this.#signedByPage ? customerOf(this.#token) : ANONYMOUS, { empty: asks });
    if (asks && this.#store.isUsed()) this.#known().catch(() => {});
    if (open === 'true') this.#dispatch({ type: 'panel.opened' });
  }

  open() {
    if (!this.#view) return;
    this.#dispatch({ type: 'panel.opened' });
    this.#render();
    this.#view.focusInput();
    this.#known().catch(() => {});
  }

  close() {
    if (!this.#view || !this.#state.open) return;
    this.#dispatch({ type: 'panel.closed' });
    this.#render();
    this.#view.focusLauncher();
  }

  ask(text) {
    if (!this.#view) return;
    this.#view.setDraft(String(text ?? ''));
    this.open();
  }

  signIn(token) {
    this.#signedByPage = true;
    this.#become(token);
  }

  // On a shared device nothing of hers stays behind, least of all what opens her conversation.
  signOut() {
    const { customer } = this.#state;
    this.#signedByPage = true;
    this.#become(null);
    if (customer !== ANONYMOUS && customer !== this.#state.customer) this.#store.forget(customer);
  }

  #become(token, carry = false) {
    this.#token = token || null;
    this.#identified = Promise.resolve();
    const customer = this.#token ? customerOf(this.#token) : ANONYMOUS;
    if (customer === this.#state.customer && !carry) this.#client?.wake();
    else if (this.#view) this.#begin(customer, { carry });
  }

  // What she wrote before the shop could be asked is carried along.
  #begin(customer, { carry = false, empty = false } = {}) {
    this.#save();
    this.#client?.stop();
    clearTimeout(this.#pacing);
    this.#pacing = null;
    const leaves = this.#state.customer;
    const carried = carry ? this.#state.outbox : [];
    if (leaves !== ANONYMOUS && leaves !== customer) this.#view.setDraft('');
    for (const { clientId } of carried) this.#store.dropUnsent(leaves, clientId);
    const kept = empty ? [] : this.#store.unsent(customer);
    const client = new Client({
      origin: ORIGIN,
      read: () => this.#state,
      dispatch: (action) => this.#dispatch(action),
      ready: () => this.#known(),
      credentials: (again) => this.#credentials(again, client),
      stored: () => this.#store.load(customer)?.conversation,
      exclusively: (work) => (navigator.locks ? navigator.locks.request(`handrail:${ORIGIN}:${customer}`, work) : work()),
    });
    this.#client = client;
    this.#dispatch({
      type: 'customer.changed', customer, saved: empty ? null : this.#store.load(customer), outbox: [...kept, ...carried],
    });
    for (const entry of carried) this.#store.keepUnsent(customer, entry);
    client.resume();
  }

  #known() {
    const url = this.dataset.tokenUrl;
    if (!url || this.#identified) return this.#identified ?? Promise.resolve();
    const asked = this.#askShop(url).then(
      (token) => { if (this.#identified === asked) this.#become(token, true); },
      (error) => { if (this.#identified === asked) this.#identified = null; throw error; },
    );
    this.#identified = asked;
    return asked;
  }

  async #askShop(url) {
    const response = await fetch(url, { method: 'POST', credentials: 'include', signal: AbortSignal.timeout(10_000) });
    return response.ok ? (await response.json()).token : null;
  }

  async #credentials(again, client) {
    const url = this.dataset.tokenUrl;
    if (url && !this.#signedByPage) {
      this.#become(await this.#askShop(url));
      if (client.stopped) throw new Error('another customer');
    } else if (again) {
      this.dispatchEvent(new CustomEvent('handrail-token-needed', { bubbles: true }));
    }
    return this.#token;
  }

  #dispatch(action) {
    const before = this.#state;
    const { customer, outbox } = this.#state = reduce(before, action);
    if (before !== this.#state) {
      if (before.customer === customer && before.outbox !== outbox) {
        for (const entry of before.outbox) this.#store.dropUnsent(customer, entry.clientId);
        for (const entry of outbox) this.#store.keepUnsent(customer, entry);
      }
      if (before.conversation !== this.#state.conversation) this.#save();
      else this.#saving ??= setTimeout(() => this.#save(), 250);
      this.#draw();
      this.#pace();
    }
    this.#client?.sync();
  }

  #draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => this.#render());
  }

  #render() {
    this.#drawing = false;
    this.#view?.update(this.#state);
  }

  // A sentence comes after the time it takes to read the one before.
  #pace() {
    const line = unfolding(this.#state);
    if (!line || this.#pacing) return;
    const show = (all) => { this.#pacing = null; this.#dispatch({ type: 'sentence.shown', id: line.id, all }); };
    if (this.#calm.matches || document.hidden) return show(true);
    if (line.shown === 0) return show(false);
    this.#pacing = setTimeout(() => show(false), Math.min(1100, 350 + 6 * line.sentences[line.shown - 1].length));
  }

  #save() {
    clearTimeout(this.#saving);
    this.#saving = null;
    const { customer, conversation, lines } = this.#state;
    if (conversation || lines.length) this.#store.save(customer, toSave(this.#state));
  }

  #onStorage({ key, newValue }) {
    if (!newValue || !this.#store.isStateOf(this.#state.customer, key)) return;
    const other = this.#store.load(this.#state.customer)?.conversation;
    if (other && other.id !== this.#state.conversation?.id) this.#client.adopt(other).catch(() => {});
  }

  #actions() {
    return {
      toggle: () => (this.#state.open ? this.close() : this.open()),
      close: () => this.close(),
      send: (text) => this.#dispatch({ type: 'message.composed', clientId: newId(), text, at: Date.now() }),
      retry: () => this.#client.wake(),
      edit: (clientId) => {
        const { text } = this.#state.outbox.find((entry) => entry.clientId === clientId);
        this.#dispatch({ type: 'message.withdrawn', clientId });
        this.ask(`${text}\n${this.#view.draft()}`.trim());
      },
      person: () => this.#client.askPerson(),
      rate: (id, rating) => { if (this.#state.ratings[id] !== rating) this.#client.rate(id, rating); },
      comment: (id, text) => {
        if (text) this.#client.rate(id, 'down', text);
        this.#dispatch({ type: 'comment.closed', id, thanks: Boolean(text) });
      },
      satisfaction: (score) => this.#client.giveSatisfaction(score),
    };
  }
}

// A UUID also on a page without https, which has no crypto.randomUUID.
const newId = () => '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) => (
  digit ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> digit / 4).toString(16));
