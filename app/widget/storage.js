/*
 * What outlives the page, each customer's under her own keys. Nothing here throws. An unsent message has its own key:
 * two tabs never overwrite each other's.
 */

export const ANONYMOUS = 'anonymous';

// For the key only: the server says whether the token is true.
export function customerOf(token) {
  try {
    const { sub } = JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')));
    return sub ? `customer:${sub}` : ANONYMOUS;
  } catch {
    return ANONYMOUS;
  }
}

export function createStore(origin, storage = pageStorage()) {
  const base = (customer) => `handrail:1:${origin}:${encodeURIComponent(customer)}:`;
  const attempt = (action, otherwise = null) => {
    try { return storage ? action(storage) : otherwise; } catch { return otherwise; }
  };
  const read = (key) => attempt((box) => JSON.parse(box.getItem(key)));

  return {
    isStateOf: (customer, key) => key === `${base(customer)}state`,
    load: (customer) => read(`${base(customer)}state`),
    save: (customer, state) => attempt((box) => box.setItem(`${base(customer)}state`, JSON.stringify(state))),
    forget: (customer) => attempt((box) => Object.keys(box)
      .filter((key) => key.startsWith(base(customer))).forEach((key) => box.removeItem(key))),
    unsent(customer) {
      const prefix = `${base(customer)}unsent:`;
      const keys = attempt((box) => Object.keys(box).filter((key) => key.startsWith(prefix)), []);
      return keys.map(read).filter(Boolean).sort((a, b) => a.at - b.at);
    },
    keepUnsent: (customer, entry) => attempt(
      (box) => box.setItem(`${base(customer)}unsent:${entry.clientId}`, JSON.stringify(entry))),
    dropUnsent: (customer, clientId) => attempt((box) => box.removeItem(`${base(customer)}unsent:${clientId}`)),
    // Only where someone has chatted before is it worth asking the shop who this is.
    isUsed: () => attempt((box) => Object.keys(box).some((key) => key.startsWith(`handrail:1:${origin}:`)), false),
  };
}

function pageStorage() {
  try { return globalThis.localStorage ?? null; } catch { return null; }
}
