/* The entry: one script tag adds one <handrail-chat>; embedded twice, there is still one. */

import { HandrailChat } from './element.js';
import { loadWords } from './labels.js';

async function start() {
  const tag = [...document.scripts].find((script) => script.src === import.meta.url);
  HandrailChat.words = await loadWords(tag?.dataset.language, document.documentElement.lang, navigator.languages);
  if (!customElements.get('handrail-chat')) customElements.define('handrail-chat', HandrailChat);
  if (document.querySelector('handrail-chat')) return;
  const chat = document.createElement('handrail-chat');
  Object.assign(chat.dataset, tag?.dataset);
  document.body.append(chat);
}

if (document.body) start();
else addEventListener('DOMContentLoaded', start);
