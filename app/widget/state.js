/*
 * `reduce(state, action) → state`, and selectors: no DOM, no fetch, no clock. Events may come twice, late or in any
 * order: lines stand by event id (a fraction until it is known), `seen` holds the id that last changed a thing.
 */

export const LIMIT = 4000;

export function initial(customer = 'anonymous') {
  return {
    customer, conversation: null, lastEventId: null, past: 0, seen: { status: 0, mode: 0, work: 0 },
    status: 'open', mode: 'auto', agent: null, working: false, held: null, asking: 'no',
    lines: [], outbox: [], ratings: {}, satisfaction: null, commenting: null, thanked: null,
    open: false, opened: false, unread: [], link: 'idle', trouble: null,
  };
}

export function reduce(state, action) {
  const handler = ACTIONS[action.type];
  return handler ? handler(state, action) : state;
}

const ACTIONS = {
  'customer.changed': (state, { customer, saved, outbox }) => ({
    ...initial(customer), ...restored(saved), customer, outbox: (outbox ?? []).map(unsentOf), open: state.open, opened: state.open,
    past: saved?.lastEventId ?? 0, ...(state.open ? { unread: [] } : {}),
  }),
  'conversation.started': (state, { conversation }) => ({ ...state, conversation, trouble: null }),
  'conversation.adopted': (state, { conversation, snapshot }) => (
    readSnapshot({ ...fresh(state), conversation }, { snapshot, anew: true })),
  'conversation.lost': fresh,
  'snapshot.read': readSnapshot,
  'event.received': receive,
  'sentence.shown': (state, { id, all }) => change(state, id, (line) => (
    { ...line, shown: all ? ready(line) : Math.min(line.shown + 1, ready(line)) })),

  'message.composed': (state, entry) => ({ ...state, outbox: [...state.outbox, unsentOf(entry)] }),
  'message.failed': (state, { clientId, error }) => unsent(state, clientId, (entry) => (
    { phase: 'waiting', attempts: entry.attempts + 1, error: error ?? null })),
  'message.refused': (state, { clientId, error }) => unsent(state, clientId, { phase: 'refused', error }),
  'message.withdrawn': (state, { clientId }) => without(state, clientId),
  'message.sent': (state, { message }) => put(without(state, message.client_message_id), message, last(state) + 1e-3),

  'person.asking': (state) => ({ ...state, asking: 'asked', trouble: null }),
  'person.failed': (state) => ({ ...state, asking: 'no', trouble: true }),
  'reply.rated': (state, { id, rating }) => ({
    ...state, ratings: rating ? { ...state.ratings, [id]: rating } : omit(state.ratings, id), trouble: null,
    commenting: rating === 'down' ? id : state.commenting === id ? null : state.commenting,
    thanked: null,
  }),
  'comment.closed': (state, { id, thanks }) => (
    { ...state, commenting: null, thanked: thanks ? id : null }),
  'satisfaction.given': (state, { score }) => ({ ...state, satisfaction: score, trouble: null }),
  'saving.failed': (state) => ({ ...state, trouble: true }),

  'panel.opened': (state) => ({ ...state, open: true, opened: true, unread: [] }),
  'panel.closed': (state) => ({ ...state, open: false }),
  'link.changed': (state, { link }) => (state.link === link ? state : { ...state, link }),
};

function fresh(state) {
  const outbox = state.outbox.map((entry) => (entry.phase === 'refused' ? entry : unsentOf(entry)));
  return { ...initial(state.customer), outbox, open: state.open, opened: state.opened, link: state.link };
}

function readSnapshot(state, { snapshot, anew }) {
  const end = snapshot.last_event_id ?? 0;
  const known = state.lines.some((line) => line.kind === 'message');
  // What was missed is read again as events: they tell what a message was (a reply, a notice).
  const resume = !anew && state.lastEventId !== null && state.lastEventId <= end;
  let next = {
    ...state, past: end, lastEventId: resume ? state.lastEventId : end,
    seen: { status: end, mode: end, work: end }, status: snapshot.status, mode: snapshot.mode,
    agent: snapshot.agent ?? null, working: Boolean(snapshot.working), ratings: snapshot.ratings ?? {},
    satisfaction: snapshot.satisfaction ?? null,
    asking: snapshot.status === 'resolved' ? 'no' : state.asking,
  };
  let order = 0;
  for (const message of snapshot.messages) {
    next = put(without(next, message.client_message_id), message, order + 1e-6, { quiet: !known });
    order = find(next, message).order;
  }
  const held = next.lines.findLast((line) => line.role === 'held');
  const answered = held && next.lines.some((line) => line.order > held.order && isAnswer(line));
  return { ...next, held: answered || snapshot.status === 'resolved' ? null : next.held };
}

function receive(state, { id, name, data }) {
  const handler = EVENTS[name];
  if (!handler) return id > (state.lastEventId ?? 0) ? { ...state, lastEventId: id } : state;
  const newer = (what) => id === null || id > state.seen[what];
  const next = handler(state, data ?? {}, { id, newer, past: id !== null && id <= state.past });
  return id === null ? next : { ...next, lastEventId: Math.max(id, state.lastEventId ?? 0) };
}

const EVENTS = {
  'message.accepted': (state, { message }, { id }) => put(without(state, message.client_message_id), message, id),
  'assistant.typing': (state) => ({ ...state, working: true }),
  'reply.sentence': (state, data, { id, newer, past }) => {
    let next = newer('work') ? worked(state, id) : state;
    const line = next.lines.find((other) => other.id === data.message_id);
    if (line?.done) return next;
    if (!line) next = put(next, { id: data.message_id, author: 'assistant', text: '' }, id, { role: 'reply', done: false });
    return change(next, data.message_id, (found) => {
      const sentences = { ...found.sentences, [data.index]: data.text };
      const grown = { ...found, sentences, count: data.count };
      return past ? { ...grown, shown: ready(grown) } : grown;
    });
  },
  'reply.completed': (state, { message }, { id, newer, past }) => {
    const next = put(newer('work') ? worked(state, id) : state, message, id, { role: 'reply' });
    return change(next, message.id, (line) => (
      past || ready(line) < line.count ? { ...line, sentences: {}, count: 0, shown: 0 } : line));
  },
  'reply.held': (state, { message, turn_id: turn }, { id, newer }) => {
    const next = newer('work') ? { ...worked(state, id), held: turn } : state;
    return message ? put(next, message, id, { role: 'held' }) : next;
  },
  'handoff.started': (state, { message }, { id, newer }) => {
    let next = newer('work') ? worked(state, id) : state;
    if (newer('mode')) next = { ...next, asking: 'asked', seen: { ...next.seen, mode: id } };
    if (message) next = put(next, message, id, { role: 'notice' });
    return notice(next, id, 'asked');
  },
  'message.created': (state, { message }, { id, newer }) => (
    put(newer('work') ? worked(state, id) : state, message, id, { role: 'person' })),
  'handling.changed': (state, { mode, agent }, { id, newer }) => {
    const settled = newer('work') ? worked(state, id) : state;
    const next = newer('mode')
      ? { ...settled, mode, agent: agent ?? null, asking: 'no', seen: { ...settled.seen, mode: id } } : settled;
    if (mode === 'auto') return notice(next, id, 'honest');
    return agent ? notice(next, id, 'here', agent) : next;
  },
  'conversation.resolved': (state, _, { id, newer }) => notice(newer('status')
    ? { ...worked(state, id), status: 'resolved', asking: 'no', seen: { ...state.seen, status: id } } : state,
  id, 'resolved'),
  'conversation.reopened': (state, _, { id, newer }) => (newer('status')
    ? { ...state, status: 'open', seen: { ...state.seen, status: id } } : state),
};

const worked = (state, id) => (
  { ...state, working: false, held: null, seen: { ...state.seen, work: id ?? state.seen.work } });

function put(state, message, order, { role, done = true, quiet = false } = {}) {
  const known = find(state, message);
  const line = {
    sentences: {}, count: 0, shown: 0, ...known, kind: 'message', id: message.id, author: message.author,
    clientId: message.client_message_id ?? known?.clientId ?? null, name: message.author_name ?? null,
    text: message.text, at: message.at ?? known?.at ?? null, done: done || Boolean(known?.done),
    role: role ?? known?.role ?? null, order: known && Number.isInteger(known.order) ? known.order : order,
  };
  const next = place(state, line, known);
  if (known || quiet || state.open || message.author === 'customer') return next;
  return { ...next, unread: [...state.unread, message.id] };
}

function notice(state, id, name, agent = null) {
  const line = { kind: 'notice', id: `event:${id}`, name, agent, order: id };
  return place(state, line, state.lines.find((other) => other.id === line.id));
}

function place(state, line, known) {
  const lines = known ? state.lines.map((other) => (other === known ? line : other)) : [...state.lines, line];
  return { ...state, lines: lines.sort((a, b) => a.order - b.order) };
}

const find = (state, message) => state.lines.find((line) => line.kind === 'message'
  && (line.id === message.id || (message.client_message_id && line.clientId === message.client_message_id)));

const change = (state, id, update) => (
  { ...state, lines: state.lines.map((line) => (line.id === id ? update(line) : line)) });

const last = (state) => Math.max(state.lastEventId ?? 0, ...state.lines.map((line) => line.order));

const without = (state, clientId) => (clientId && state.outbox.some((entry) => entry.clientId === clientId)
  ? { ...state, outbox: state.outbox.filter((entry) => entry.clientId !== clientId) } : state);

const unsent = (state, clientId, update) => ({
  ...state, outbox: state.outbox.map((entry) => (entry.clientId === clientId
    ? { ...entry, ...(typeof update === 'function' ? update(entry) : update) } : entry)),
});

const unsentOf = ({ clientId, text, at }) => ({ clientId, text, at, phase: 'waiting', attempts: 0, error: null });

const omit = (object, key) => Object.fromEntries(Object.entries(object).filter(([other]) => other !== key));

const isAnswer = (line) => line.kind === 'message' && line.author !== 'customer' && line.role !== 'held';

function ready(line) {
  let count = 0;
  while (count in line.sentences) count += 1;
  return count;
}

export const isSettled = (line) => line.done && line.shown >= ready(line);

export function textOf(line) {
  if (isSettled(line)) return line.text;
  let text = '';
  for (let index = 0; index < line.shown; index += 1) {
    const sentence = line.sentences[index];
    text += text && !/\s$/.test(text) && !/^\s/.test(sentence) ? ` ${sentence}` : sentence;
  }
  return text;
}

export const unfolding = (state) => state.lines.find((line) => line.kind === 'message' && line.shown < ready(line));

export const nextToSend = (state) => state.outbox.find((entry) => entry.phase !== 'refused');

export function handling(state) {
  if (state.mode === 'manual') return state.agent ? 'person' : 'waiting';
  return state.asking === 'no' ? 'assistant' : 'waiting';
}

export function awaitsReply(state) {
  if (nextToSend(state) || state.working || state.held) return true;
  if (state.status === 'resolved') return false;
  return handling(state) !== 'assistant'
    || state.lines.findLast((line) => line.kind === 'message')?.author === 'customer';
}

export const wantsStream = (state) => Boolean(state.conversation) && (state.opened || awaitsReply(state));

export const asksSatisfaction = (state) => state.status === 'resolved'
  && state.lines.some((line) => line.kind === 'message');

export const canRate = (line) => line.author === 'assistant' && isSettled(line)
  && (line.role === 'reply' || line.role === null);

export const lengthOf = (text) => [...text].length;

export const toSave = ({ outbox, open, opened, link, working, trouble, ...kept }) => (
  { ...kept, lines: kept.lines.slice(-200) });

function restored(saved) {
  const lines = (saved?.lines ?? []).map((line) => (line.sentences ? { ...line, shown: ready(line) } : line));
  return { ...saved, lines };
}
