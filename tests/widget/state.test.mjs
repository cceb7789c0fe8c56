/* The reducer: what the widget knows after everything that may happen to it, in any order and any number of times. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  asksSatisfaction, awaitsReply, canRate, handling, initial, isSettled, nextToSend, reduce, textOf, toSave, unfolding,
  wantsStream,
} from '../../app/widget/state.js';

const CONVERSATION = { id: 'conv_1', token: 't', expiresAt: '2026-11-24T12:00:00Z' };
const AT = '2026-11-24T10:00:00Z';

const message = (id, author, text, more = {}) => (
  { id, author, author_name: null, text, at: AT, client_message_id: null, ...more });
const event = (id, name, data = {}) => ({ type: 'event.received', id, name, data });
const after = (...actions) => actions.reduce(reduce, initial());
const started = { type: 'conversation.started', conversation: CONVERSATION };
const composed = (clientId, text = 'Hello') => ({ type: 'message.composed', clientId, text, at: 1 });
const accepted = (id, messageId, clientId, text = 'Hello') => (
  event(id, 'message.accepted', { message: message(messageId, 'customer', text, { client_message_id: clientId }) }));
const sentence = (id, index, text, count = 2, messageId = 'msg_r') => (
  event(id, 'reply.sentence', { turn_id: 'turn_1', message_id: messageId, index, count, text }));
const completed = (id, text = 'One. Two.', messageId = 'msg_r') => (
  event(id, 'reply.completed', { turn_id: 'turn_1', message: message(messageId, 'assistant', text) }));
const shown = (all = false, id = 'msg_r') => ({ type: 'sentence.shown', id, all });
const snapshot = (messages, lastEventId, more = {}) => ({
  type: 'snapshot.read',
  snapshot: {
    id: 'conv_1', status: 'open', mode: 'auto', agent: null, working: false, messages, ratings: {}, satisfaction: null,
    last_event_id: lastEventId, ...more,
  },
});
const ids = (state) => state.lines.map((line) => line.id);
const words = (state) => state.lines.filter((line) => line.kind === 'message').map(textOf);

const STORY = [
  accepted(1, 'msg_a', 'c1'), sentence(2, 0, 'One.'), sentence(3, 1, 'Two.'), completed(4),
  accepted(5, 'msg_b', 'c2', 'Refund me'),
  event(6, 'reply.held', { turn_id: 'turn_2', message: message('msg_h', 'assistant', 'A colleague looks first.') }),
  event(7, 'handoff.started', { turn_id: 'turn_2', message: message('msg_n', 'assistant', 'A person answers here.') }),
  event(8, 'handling.changed', { mode: 'manual', agent: 'Sam' }),
  event(9, 'message.created', { message: message('msg_s', 'supervisor', 'Hi, Sam here.', { author_name: 'Sam' }) }),
  event(10, 'conversation.resolved'),
];

// ── her own messages ────────────────────────────────────────────────────────────────────────────────────────────────

test('a message she writes waits to be sent, in order', () => {
  const state = after(composed('c1'), composed('c2'));
  assert.equal(nextToSend(state).clientId, 'c1');
  assert.equal(state.outbox[0].phase, 'waiting');
});

test('a message that was sent is in the conversation once, whether the answer or the event comes first', () => {
  const sent = { type: 'message.sent', message: message('msg_a', 'customer', 'Hello', { client_message_id: 'c1' }) };
  const one = after(started, composed('c1'), sent, accepted(1, 'msg_a', 'c1'));
  const other = after(started, composed('c1'), accepted(1, 'msg_a', 'c1'), sent);
  assert.deepEqual(one, other);
  assert.deepEqual(ids(one), ['msg_a']);
  assert.deepEqual(one.outbox, []);
});

test('a failure keeps the message, counts the attempt and keeps what the server said', () => {
  const state = after(composed('c1'),
    { type: 'message.failed', clientId: 'c1', error: 'Too many messages.' });
  assert.deepEqual(state.outbox[0],
    { clientId: 'c1', text: 'Hello', at: 1, phase: 'waiting', attempts: 1, error: 'Too many messages.' });
});

test('a refused message lets the next one go and says why', () => {
  const state = after(composed('c1'), composed('c2'), { type: 'message.refused', clientId: 'c1', error: 'Too long.' });
  assert.equal(nextToSend(state).clientId, 'c2');
  assert.equal(state.outbox[0].error, 'Too long.');
});

test('a message she takes back to edit is no longer waiting', () => {
  assert.deepEqual(after(composed('c1'), { type: 'message.withdrawn', clientId: 'c1' }).outbox, []);
});

test('a message from her other tab appears here', () => {
  assert.deepEqual(words(after(started, accepted(1, 'msg_a', 'other-tab', 'From there'))), ['From there']);
});

test('a message both tabs hold unsent is there once when either has sent it', () => {
  const state = after(started, composed('c1'), accepted(1, 'msg_a', 'c1'), accepted(1, 'msg_a', 'c1'));
  assert.deepEqual([ids(state), state.outbox], [['msg_a'], []]);
});

test('a message sent but not yet told of as an event takes its place when it is', () => {
  const sent = { type: 'message.sent', message: message('msg_b', 'customer', 'Second', { client_message_id: 'c2' }) };
  const state = after(started, sent, event(1, 'message.created', { message: message('msg_s', 'supervisor', 'First') }),
    accepted(2, 'msg_b', 'c2', 'Second'));
  assert.deepEqual(ids(state), ['msg_s', 'msg_b']);
});

// ── replies ─────────────────────────────────────────────────────────────────────────────────────────────────────────

test('a reply appears sentence by sentence and settles into the whole', () => {
  let state = after(started, sentence(1, 0, 'One.'), sentence(2, 1, 'Two.'), completed(3, 'One. Two.'));
  assert.equal(textOf(state.lines[0]), '');
  state = reduce(state, shown());
  assert.equal(textOf(state.lines[0]), 'One.');
  assert.equal(isSettled(state.lines[0]), false);
  assert.equal(canRate(state.lines[0]), false);
  state = reduce(state, shown());
  assert.equal(textOf(state.lines[0]), 'One. Two.');
  assert.equal(isSettled(state.lines[0]), true);
  assert.equal(unfolding(state), undefined);
});

test('a sentence that ends in a line break is followed without a space', () => {
  const state = after(sentence(1, 0, 'Hi Maya,\n'), sentence(2, 1, 'it is on its way.'), shown(), shown());
  assert.equal(textOf(state.lines[0]), 'Hi Maya,\nit is on its way.');
});

test('all sentences are shown at once where motion is not wanted', () => {
  assert.equal(textOf(after(sentence(1, 0, 'One.'), sentence(2, 1, 'Two.'), shown(true)).lines[0]), 'One. Two.');
});

test('no sentence is shown before the one in front of it has come', () => {
  const late = after(sentence(2, 1, 'Two.'), shown(), shown());
  assert.equal(textOf(late.lines[0]), '');
  assert.equal(textOf([sentence(1, 0, 'One.'), shown(), shown()].reduce(reduce, late).lines[0]), 'One. Two.');
});

test('a reply whose sentence was lost is shown whole when it is completed', () => {
  assert.deepEqual(words(after(sentence(2, 1, 'Two.'), completed(3))), ['One. Two.']);
});

test('a sentence that comes after the whole reply changes nothing', () => {
  const state = after(completed(3));
  assert.deepEqual(reduce(state, sentence(2, 1, 'Two.')).lines, state.lines);
});

test('sentences of the past are not paced', () => {
  const state = after(started, snapshot([], 3), sentence(2, 0, 'One.', 1), completed(3, 'One.'));
  assert.equal(unfolding(state), undefined);
  assert.deepEqual(words(state), ['One.']);
});

test('typing lasts until a reply, a hand-off or a person comes', () => {
  const typing = event(null, 'assistant.typing');
  assert.equal(after(typing).working, true);
  for (const end of [sentence(1, 0, 'One.'), completed(1), STORY[5], STORY[6], STORY[8]]) {
    assert.equal(after(typing, end).working, false, end.name);
  }
});

test('an old event told again does not end the typing of now', () => {
  assert.equal(after(completed(4), event(null, 'assistant.typing'), completed(4)).working, true);
});

// ── order, copies, gaps ─────────────────────────────────────────────────────────────────────────────────────────────

test('every event told twice is as if told once', () => {
  const once = after(started, ...STORY, shown(true));
  assert.deepEqual(after(started, ...STORY.flatMap((one) => [one, one]), shown(true)), once);
});

test('the whole stream told again from the start changes nothing', () => {
  const once = after(started, ...STORY, shown(true));
  assert.deepEqual(STORY.reduce(reduce, once), once);
});

test('events in any order come to the same conversation', () => {
  const expected = after(started, ...STORY, shown(true));
  const strip = (state) => ({
    ...state, lines: state.lines.map(({ sentences, count, shown: seen, order, ...line }) => line), unread: [...state.unread].sort(),
  });
  let seed = 7;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 200; round += 1) {
    const shuffled = STORY.map((one) => [random(), one]).sort((a, b) => a[0] - b[0]).map(([, one]) => one);
    assert.deepEqual(strip(after(started, ...shuffled, shown(true))), strip(expected));
  }
});

test('an event in words not known is passed over and not asked for again', () => {
  const state = after(event(5, 'something.new', { message: 1 }));
  assert.deepEqual([state.lastEventId, state.lines], [5, []]);
});

test('an action not known changes nothing', () => {
  const state = initial();
  assert.equal(reduce(state, { type: 'nothing' }), state);
});

// ── coming back ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('a snapshot shows the conversation in its order, and the stream goes on behind it', () => {
  const state = after(started, snapshot([message('m1', 'customer', 'a'), message('m2', 'assistant', 'b')], 4,
    { ratings: { m2: 'up' } }));
  assert.deepEqual([words(state), state.lastEventId, state.ratings, state.unread], [['a', 'b'], 4, { m2: 'up' }, []]);
  assert.deepEqual(words(reduce(state, completed(5, 'c'))), ['a', 'b', 'c']);
});

test('after a reload the stream goes on from the last event that was kept, so that a notice is known as a notice', () => {
  const saved = toSave(after(started, ...STORY.slice(0, 5)));
  const state = [
    { type: 'customer.changed', customer: 'anonymous', saved, outbox: [] },
    snapshot([message('msg_a', 'customer', 'Hello', { client_message_id: 'c1' }), message('msg_r', 'assistant', 'One. Two.'),
      message('msg_b', 'customer', 'Refund me', { client_message_id: 'c2' }), message('msg_h', 'assistant', 'A colleague looks first.')], 6),
  ].reduce(reduce, initial());
  assert.equal(state.lastEventId, 5);
  const next = reduce(state, STORY[5]);
  assert.deepEqual(ids(next), ['msg_a', 'msg_r', 'msg_b', 'msg_h']);
  assert.equal(canRate(next.lines[3]), false);
  assert.deepEqual(next.unread.filter((id) => id === 'msg_h'), ['msg_h']);
});

test('a snapshot behind what was kept, or one read anew, is where the stream goes on from', () => {
  assert.equal(after(started, completed(9), snapshot([], 2)).lastEventId, 2);
  assert.equal(after(started, completed(4), { ...snapshot([], 9), anew: true }).lastEventId, 9);
});

test('a snapshot does not double what is unsent here and known there', () => {
  const state = after(started, composed('c1'), snapshot([message('m1', 'customer', 'Hello', { client_message_id: 'c1' })], 1));
  assert.deepEqual([ids(state), state.outbox], [['m1'], []]);
});

test('what is kept and brought back is the same conversation, a reply in the middle shown as far as it came', () => {
  const before = after(started, sentence(1, 0, 'One.'), sentence(2, 1, 'Two.'));
  const saved = JSON.parse(JSON.stringify(toSave(before)));
  const state = reduce(initial(), { type: 'customer.changed', customer: 'anonymous', saved, outbox: [] });
  assert.deepEqual([state.conversation, words(state)], [CONVERSATION, ['One. Two.']]);
  assert.deepEqual(words(reduce(state, completed(3))), ['One. Two.']);
});

test('a conversation that is gone leaves nothing but her unsent words, ready to be sent', () => {
  const state = after(started, ...STORY, composed('c9', 'Still here'), { type: 'message.failed', clientId: 'c9' },
    { type: 'conversation.lost' });
  assert.deepEqual([state.conversation, state.lastEventId, state.status, state.lines], [null, null, 'open', []]);
  assert.deepEqual(state.outbox.map(({ text, phase, attempts }) => [text, phase, attempts]), [['Still here', 'waiting', 0]]);
});

test('a conversation another tab began is gone on with here', () => {
  const state = after(composed('c1'), { type: 'conversation.adopted', conversation: { id: 'conv_2' },
    snapshot: snapshot([message('m1', 'assistant', 'Hi')], 3).snapshot });
  assert.deepEqual([state.conversation.id, words(state), state.lastEventId], ['conv_2', ['Hi'], 3]);
  assert.equal(nextToSend(state).clientId, 'c1');
});

// ── held, handed off, closed ────────────────────────────────────────────────────────────────────────────────────────

test('a held reply is waited for, and the notice of it cannot be rated', () => {
  const state = after(started, ...STORY.slice(0, 6));
  assert.equal(state.held, 'turn_2');
  assert.equal(awaitsReply(state), true);
  assert.equal(canRate(state.lines.at(-1)), false);
});

test('a held reply that is answered later stands behind its notice', () => {
  const state = after(started, ...STORY.slice(0, 6), completed(7, 'Here it is.', 'msg_late'));
  assert.equal(state.held, null);
  assert.deepEqual(words(state).slice(-2), ['A colleague looks first.', 'Here it is.']);
});

test('a hold known here that was answered while away is over', () => {
  const saved = toSave(after(started, ...STORY.slice(0, 6)));
  const state = [{ type: 'customer.changed', customer: 'anonymous', saved },
    snapshot([message('msg_h', 'assistant', 'A colleague looks first.'), message('msg_x', 'supervisor', 'Done.')], 8)].reduce(reduce, initial());
  assert.equal(state.held, null);
});

test('asking for a person is said at once, and taken back when it fails', () => {
  assert.equal(handling(after({ type: 'person.asking' })), 'waiting');
  const failed = after({ type: 'person.asking' }, { type: 'person.failed' });
  assert.deepEqual([handling(failed), failed.trouble], ['assistant', true]);
});

test('a hand-off without words is a line of its own', () => {
  const state = after(event(1, 'handoff.started', { turn_id: null, message: null }));
  assert.deepEqual(state.lines.map(({ kind, name }) => [kind, name]), [['notice', 'asked']]);
  assert.equal(handling(state), 'waiting');
});

test('a person who joins is named, and the assistant is back when she leaves', () => {
  const joined = after(STORY[6], STORY[7]);
  assert.deepEqual([handling(joined), joined.agent, joined.lines.at(-1).agent], ['person', 'Sam', 'Sam']);
  const left = reduce(joined, event(9, 'handling.changed', { mode: 'auto', agent: null }));
  assert.deepEqual([handling(left), left.lines.at(-1).name], ['assistant', 'honest']);
});

test('a person to come without a name is waited for', () => {
  assert.equal(handling(after(event(1, 'handling.changed', { mode: 'manual', agent: null }))), 'waiting');
});

test('a closed conversation asks how it was, and her answer is kept', () => {
  const state = after(started, ...STORY);
  assert.equal(asksSatisfaction(state), true);
  assert.equal(awaitsReply(state), false);
  assert.equal(reduce(state, { type: 'satisfaction.given', score: 4 }).satisfaction, 4);
});

test('a conversation with nothing in it does not ask how it was', () => {
  assert.equal(asksSatisfaction(after(event(1, 'conversation.resolved'))), false);
});

test('a closed conversation is open again when she writes, even when the events come the wrong way round', () => {
  const closed = event(10, 'conversation.resolved');
  const open = event(12, 'conversation.reopened');
  assert.equal(after(closed, open).status, 'open');
  assert.equal(after(open, closed).status, 'open');
});

// ── what she does ───────────────────────────────────────────────────────────────────────────────────────────────────

test('a thumb down opens the comment, a thumb up closes it, and a rating can be taken back', () => {
  const down = after(completed(1), { type: 'reply.rated', id: 'msg_r', rating: 'down' });
  assert.deepEqual([down.ratings, down.commenting], [{ msg_r: 'down' }, 'msg_r']);
  const up = reduce(down, { type: 'reply.rated', id: 'msg_r', rating: 'up' });
  assert.deepEqual([up.ratings, up.commenting], [{ msg_r: 'up' }, null]);
  assert.deepEqual(reduce(up, { type: 'reply.rated', id: 'msg_r', rating: undefined }).ratings, {});
});

test('a comment is thanked for, one that was skipped is not', () => {
  const down = after(completed(1), { type: 'reply.rated', id: 'msg_r', rating: 'down' });
  assert.equal(reduce(down, { type: 'comment.closed', id: 'msg_r', thanks: true }).thanked, 'msg_r');
  assert.equal(reduce(down, { type: 'comment.closed', id: 'msg_r', thanks: false }).thanked, null);
});

test('what could not be saved is said, until something is', () => {
  const state = after({ type: 'saving.failed' });
  assert.equal(state.trouble, true);
  assert.equal(reduce(state, { type: 'satisfaction.given', score: 5 }).trouble, null);
});

test('replies while the panel is closed are counted once, and read when it opens', () => {
  const state = after(started, accepted(1, 'msg_a', 'c1'), sentence(2, 0, 'One.', 1), completed(3, 'One.'));
  assert.deepEqual(state.unread, ['msg_r']);
  assert.deepEqual(reduce(state, { type: 'panel.opened' }).unread, []);
  assert.deepEqual(after({ type: 'panel.opened' }, completed(3)).unread, []);
  assert.deepEqual(after({ type: 'panel.opened' }, { type: 'panel.closed' }, completed(3)).unread, ['msg_r']);
});

test('there is a stream only with a conversation that is read or waited for', () => {
  assert.equal(wantsStream(after({ type: 'panel.opened' })), false);
  assert.equal(wantsStream(after(started)), false);
  assert.equal(wantsStream(after(started, { type: 'panel.opened' }, { type: 'panel.closed' })), true);
  assert.equal(wantsStream(after(started, composed('c1'))), true);
  assert.equal(wantsStream(after(started, accepted(1, 'msg_a', 'c1'))), true);
  assert.equal(wantsStream(after(started, accepted(1, 'msg_a', 'c1'), completed(2))), false);
});

test('the state of the connection is kept, and the same one again is no change', () => {
  const state = after({ type: 'link.changed', link: 'live' });
  assert.equal(state.link, 'live');
  assert.equal(reduce(state, { type: 'link.changed', link: 'live' }), state);
});

test('another customer sees nothing of the one before', () => {
  const state = after(started, ...STORY, composed('c9', 'My secret'), { type: 'panel.opened' },
    { type: 'customer.changed', customer: 'customer:2', saved: null, outbox: [] });
  assert.deepEqual(state, { ...initial('customer:2'), open: true, opened: true });
});
