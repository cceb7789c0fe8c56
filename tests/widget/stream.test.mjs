/* The reader of server-sent events: however the network cuts the text, the same events come out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { backoff, createEventParser } from '../../app/widget/client.js';

function read(...chunks) {
  const events = [];
  const push = createEventParser((event) => events.push(event));
  for (const chunk of chunks) push(chunk);
  return events;
}

const event = (id, name, data) => ({ id, name, data });

test('an event is its id, its name and its data', () => {
  assert.deepEqual(read('id: 7\nevent: reply.sentence\ndata: {"a":1}\n\n'), [event('7', 'reply.sentence', '{"a":1}')]);
});

for (const [words, end] of [['LF', '\n'], ['CRLF', '\r\n'], ['CR', '\r']]) {
  test(`a stream with ${words} reads the same wherever it is cut in two`, () => {
    const text = ['id: 1', 'event: message.accepted', 'data: {"text":"ünï 🙂"}', '', ': ping', '', 'id: 2', 'data: a', 'data: b', '', ': end', '']
      .join(end);
    const whole = [event('1', 'message.accepted', '{"text":"ünï 🙂"}'), event('2', 'message', 'a\nb')];
    for (let cut = 0; cut <= text.length; cut += 1) {
      assert.deepEqual(read(text.slice(0, cut), text.slice(cut)), whole, `cut at ${cut}`);
    }
  });

  test(`a stream with ${words} reads the same one character at a time`, () => {
    const text = ['data: one', '', 'id: 9', 'data: two', '', ': end', ''].join(end);
    assert.deepEqual(read(...text), [event(null, 'message', 'one'), event('9', 'message', 'two')]);
  });
}

test('a CR and a LF in two chunks are one end of line', () => {
  assert.deepEqual(read('data: a\r', '\ndata: b\r', '\n\r', '\n'), [event(null, 'message', 'a\nb')]);
});

test('comments say nothing', () => {
  assert.deepEqual(read(': ping\n\n', ':\n\n', 'data: x\n: in between\n\n'), [event(null, 'message', 'x')]);
});

test('data over several lines is joined by line breaks, empty lines of it kept', () => {
  assert.deepEqual(read('data: a\ndata:\ndata: b\n\n'), [event(null, 'message', 'a\n\nb')]);
});

test('one space after the colon is not part of the value, a second is', () => {
  assert.deepEqual(read('data:a\n\ndata:  b\n\n'), [event(null, 'message', 'a'), event(null, 'message', ' b')]);
});

test('an event without data is not told', () => {
  assert.deepEqual(read('id: 3\nevent: x\n\n'), []);
});

test('an event without an id has none, though the one before had', () => {
  assert.deepEqual(read('id: 4\ndata: a\n\nevent: assistant.typing\ndata: {}\n\n'),
    [event('4', 'message', 'a'), event(null, 'assistant.typing', '{}')]);
});

test('an id with a null character is passed over', () => {
  assert.deepEqual(read('id: 4\0\ndata: a\n\n'), [event(null, 'message', 'a')]);
});

test('a name is for one event only', () => {
  assert.deepEqual(read('event: x\ndata: 1\n\ndata: 2\n\n'), [event(null, 'x', '1'), event(null, 'message', '2')]);
});

test('an event that was not finished is not told', () => {
  assert.deepEqual(read('data: whole\n\ndata: ha'), [event(null, 'message', 'whole')]);
});

test('fields of other names are passed over, and a field without a colon is empty', () => {
  assert.deepEqual(read('retry: 10\nfoo: bar\ndata\ndata: a\n\n'), [event(null, 'message', '\na')]);
});

test('waits grow with each failure, differ by chance, and end at half a minute', () => {
  assert.equal(backoff(0, () => 0), 500);
  assert.equal(backoff(0, () => 1), 1000);
  assert.equal(backoff(3, () => 1), 8000);
  assert.equal(backoff(50, () => 1), 30_000);
});
