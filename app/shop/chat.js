// The shop's side of the chat: hands over who is signed in, and questions to ask.

import { toast } from "./dom.js";

const WAITS_MS = 5000;

/** The chat's element once it can be used; null when it does not load. */
async function chat() {
  const late = new Promise((resolve) => setTimeout(resolve, WAITS_MS, null));
  const there = customElements.whenDefined("handrail-chat").then(async () => {
    for (let tries = 0; tries < WAITS_MS / 50; tries += 1) {
      const element = document.querySelector("handrail-chat");
      if (element) return element;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return null;
  });
  return Promise.race([there, late]);
}

let latest = 0;

/** Tells the chat who is there now; a null token means nobody. */
export async function tellWho(token) {
  const mine = ++latest;
  const element = await chat();
  if (!element || mine !== latest) return;
  if (token) element.signIn(token);
  else element.signOut();
}

/** Opens the chat with `text` in its input; the visitor sends it. */
export async function ask(text) {
  const element = await chat();
  if (element) element.ask(text);
  else toast("The chat could not be loaded. Please reload the page.");
}
