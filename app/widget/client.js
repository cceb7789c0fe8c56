/* The HTTP contract. Reads the state, tells what happened by `dispatch`, and after `stop()` says nothing more. */

import { nextToSend, wantsStream } from './state.js';

const SILENCE_MS = 45_000; // three missed pings
const REQUEST_MS = 20_000;
const LONGEST_WAIT_MS = 30_000;

// Jitter: not all come back at once.
export const backoff = (attempt, random = Math.random) => (
  Math.min(LONGEST_WAIT_MS, 1000 * 2 ** attempt) * (0.5 + random() / 2));

// Server-sent events: text goes in in pieces cut anywhere, {id, name, data} comes out; an event may have no id.
export function createEventParser(onEvent) {
  let rest = '';
  let event = { id: null, name: 'message', data: [] };

  function line(text) {
    if (text === '') {
      if (event.data.length) onEvent({ ...event, data: event.data.join('\n') });
      event = { id: null, name: 'message', data: [] };
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') event.data.push(value);
    else if (field === 'event') event.name = value || 'message';
    else if (field === 'id' && !value.includes('\0')) event.id = value;
  }

  return function push(text) {
    rest += text;
    for (;;) {
      const end = rest.search(/[\r\n]/);
      // A CR at the very end may be half of a CRLF: wait for what follows.
      if (end < 0 || (rest[end] === '\r' && end === rest.length - 1)) return;
      const next = rest.startsWith('\r\n', end) ? end + 2 : end + 1;
      line(rest.slice(0, end));
      rest = rest.slice(next);
    }
  };
}

export class Client {
  #stopping = new AbortController();
  #starting = null;
  #sending = false;
  #stream = null;
  #followed = null;
  #wakers = new Set();

  constructor(options) { Object.assign(this, options); }

  get stopped() { return this.#stopping.signal.aborted; }

  stop() { this.#stopping.abort(); this.#stream?.abort(); this.wake(); }

  wake() { for (const waker of [...this.#wakers]) waker(); }

  sync() {
    if (this.stopped) return;
    if (nextToSend(this.read())) this.#send();
    if (!wantsStream(this.read())) this.#stream?.abort();
    else if (!this.#stream) this.#listen(this.read().conversation.id);
    else if (this.#followed !== this.read().conversation.id) this.#stream.abort();
  }

  resume(anew = false) {
    if (!this.read().conversation) return Promise.resolve();
    return this.#attempt(async () => this.#tell({ type: 'snapshot.read', snapshot: await this.#call('GET'), anew }));
  }

  async adopt(conversation) {
    try {
      const response = await this.#about(conversation, 'GET', '');
      this.#tell({ type: 'conversation.adopted', conversation, snapshot: await response.json() });
      return true;
    } catch (error) {
      if (error.lost) return false;
      throw error;
    }
  }

  async askPerson() {
    this.#tell({ type: 'person.asking' });
    const ask = () => this.#call('POST', '/person', {});
    await this.#attempt(() => ask().catch((error) => {
      if (!error.lost) throw error;
      this.#tell({ type: 'person.asking' });
      return ask();
    }), { type: 'person.failed' });
  }

  rate(id, rating, comment) {
    const before = this.read().ratings[id];
    if (!comment) this.#tell({ type: 'reply.rated', id, rating });
    const body = { message_id: id, rating, ...(comment ? { comment } : {}) };
    return this.#attempt(() => this.#call('POST', '/feedback', body),
      ...(comment ? [] : [{ type: 'reply.rated', id, rating: before }]), { type: 'saving.failed' });
  }

  giveSatisfaction(score) {
    this.#tell({ type: 'satisfaction.given', score });
    return this.#attempt(() => this.#call('POST', '/satisfaction', { score }),
      { type: 'satisfaction.given', score: null }, { type: 'saving.failed' });
  }

  #tell(action) { if (!this.stopped) this.dispatch(action); }

  #attempt(work, ...failures) {
    return work().catch(() => { for (const action of failures) this.#tell(action); });
  }

  async #request(method, path, { token, body, headers, signal } = {}) {
    const response = await fetch(this.origin + path, {
      method, cache: 'no-store', credentials: 'omit',
      headers: {
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers,
      },
      body: body ? JSON.stringify(body) : undefined,
      signal: signal ?? AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({}));
    throw Object.assign(new Error(error?.message), {
      status: response.status, code: error?.code, retryAfter: Number(response.headers.get('Retry-After')),
    });
  }

  async #call(method, path = '', body = undefined) {
    const response = await this.#about(await this.#conversation(), method, path, { body });
    return response.status === 204 ? null : response.json();
  }

  async #about({ id, token }, method, path, options) {
    try {
      return await this.#request(method, `/v1/conversations/${id}${path}`, { token, ...options });
    } catch (error) {
      // Feedback on a message that is not there says 404 too; then the conversation is well.
      error.lost = isGone(error) && path !== '/feedback';
      if (error.lost && this.read().conversation?.id === id) this.#tell({ type: 'conversation.lost' });
      throw error;
    }
  }

  #conversation() {
    const known = this.read().conversation;
    if (known) return known;
    this.#starting ??= this.exclusively(() => this.#begin()).finally(() => { this.#starting = null; });
    return this.#starting;
  }

  async #begin() {
    await this.ready();
    this.#stopping.signal.throwIfAborted();
    const other = this.stored();
    if (other && await this.adopt(other)) return other;
    const ask = async (again) => this.#request('POST', '/v1/conversations',
      { token: await this.credentials(again), body: {} });
    const response = await ask(false).catch((error) => {
      if (error.status !== 401) throw error;
      return ask(true);
    });
    const { id, token } = await response.json();
    const conversation = { id, token };
    this.#tell({ type: 'conversation.started', conversation });
    return conversation;
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    let lost = 0;
    for (let entry; !this.stopped && (entry = nextToSend(this.read()));) {
      const { clientId, text, attempts } = entry;
      try {
        const { message } = await this.#call('POST', '/messages', { text, client_message_id: clientId });
        this.#tell({ type: 'message.sent', message });
      } catch (error) {
        if (error.lost && (lost += 1) < 3) continue;
        if (this.read().conversation && isFinal(error)) {
          this.#tell({ type: 'message.refused', clientId, error: error.message });
        } else {
          this.#tell({ type: 'message.failed', clientId, error: error.status < 500 ? error.message : null });
          await this.#pause(error.retryAfter ? error.retryAfter * 1000 : backoff(attempts));
          lost = 0;
        }
      }
    }
    this.#sending = false;
  }

  async #listen(id) {
    const stream = this.#stream = new AbortController();
    this.#followed = id;
    let failures = 0;
    while (!stream.signal.aborted && this.read().conversation) {
      this.#tell({ type: 'link.changed', link: failures > 1 ? 'waiting' : 'connecting' });
      try {
        await this.#follow(stream.signal, () => { failures = 0; });
      } catch (error) {
        if (error.code === 'bad_event_id') await this.resume(true);
      }
      failures += 1;
      if (stream.signal.aborted) break;
      if (failures > 1) this.#tell({ type: 'link.changed', link: 'waiting' });
      await this.#pause(backoff(failures - 1), stream.signal);
    }
    this.#stream = null;
    this.#tell({ type: 'link.changed', link: 'idle' });
  }

  async #follow(signal, onOpen) {
    const { conversation, lastEventId } = this.read();
    const attempt = new AbortController();
    const end = () => attempt.abort();
    signal.addEventListener('abort', end);
    let watch = setTimeout(end, SILENCE_MS);
    try {
      const response = await this.#about(conversation, 'GET', '/events', {
        signal: attempt.signal, headers: lastEventId === null ? {} : { 'Last-Event-ID': lastEventId },
      });
      onOpen();
      this.#tell({ type: 'link.changed', link: 'live' });
      const push = createEventParser((event) => {
        if (!attempt.signal.aborted) this.#tell(asAction(event));
      });
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (let part; !(part = await reader.read()).done;) {
        clearTimeout(watch);
        watch = setTimeout(end, SILENCE_MS);
        push(decoder.decode(part.value, { stream: true }));
      }
    } finally {
      clearTimeout(watch);
      signal.removeEventListener('abort', end);
    }
  }

  #pause(ms, signal) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wakers.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wakers.add(done);
      signal?.addEventListener('abort', done);
    });
  }
}

const isGone = ({ status }) => status === 401 || status === 404;

// Asking again changes nothing; 408 and 429 are a matter of time.
const isFinal = ({ status }) => status >= 400 && status < 500 && ![401, 404, 408, 429].includes(status);

function asAction({ id, name, data }) {
  let content = {};
  let known = name;
  // What cannot be read is passed over: asking again would bring the same.
  try { content = JSON.parse(data); } catch { known = 'unreadable'; }
  return { type: 'event.received', id: id === null || !/^\d+$/.test(id) ? null : Number(id), name: known, data: content };
}
