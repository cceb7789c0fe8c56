// Talks to the demo's /demo/* addresses, which play the part of the shop's own backend.

const GIVES_UP_AFTER_MS = 10_000;
const SIGN_IN_AGAIN_AFTER_MS = 10 * 60_000; // a token lives 15 minutes

let session = { persona: null, token: null, firstName: null, at: 0 };
let whenRenewed = () => {};
let asked = 0;

async function call(path, options = {}) {
  const response = await fetch(path, { ...options, signal: AbortSignal.timeout(GIVES_UP_AFTER_MS) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

export const personas = () => call("/demo/personas");
export const products = () => call("/demo/products");

const tokenFor = (persona) => call("/demo/sign-in", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ persona }),
});

/** Signs in as a persona, or for the anonymous one as nobody; null when somebody else was chosen meanwhile. */
export async function signIn(persona) {
  const mine = ++asked;
  const answer = await tokenFor(persona);
  if (mine !== asked) return null;
  session = { persona, token: answer.token, firstName: answer.first_name, at: Date.now() };
  return session;
}

/** The orders of the persona, or null for somebody who is not signed in. */
export async function orders() {
  await renew();
  if (!session.token) return null;
  return call("/demo/orders", { headers: { Authorization: `Bearer ${session.token}` } });
}

/** `told` hears of every session that took the place of an old one. */
export function keepFresh(told) {
  whenRenewed = told;
  const look = () => { if (!document.hidden) renew().catch(() => {}); };
  setInterval(look, 60_000);
  document.addEventListener("visibilitychange", look);
}

async function renew() {
  const before = session;
  if (!before.token || Date.now() - before.at < SIGN_IN_AGAIN_AFTER_MS) return;
  const answer = await tokenFor(before.persona);
  if (session !== before) return;
  session = { ...before, token: answer.token, at: Date.now() };
  whenRenewed(session);
}
