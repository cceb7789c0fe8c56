// Says prices, dates and the state of an order in plain words.

const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const thisYear = new Intl.DateTimeFormat("en-US", { month: "long", day: "numeric" });
const anyYear = new Intl.DateTimeFormat("en-US", { month: "long", day: "numeric", year: "numeric" });
const DAY_MS = 86_400_000;

export const price = (amount) => money.format(Number(amount));

/** "2026-11-03" as a local day, so that no time zone moves it. */
function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  return new Date(year, month - 1, date);
}

function daysSince(iso) {
  const today = new Date();
  today.setHours(0, 0, 0, 0);
  return Math.round((today - day(iso)) / DAY_MS);
}

export function date(iso) {
  const then = day(iso);
  return (then.getFullYear() === new Date().getFullYear() ? thisYear : anyYear).format(then);
}

const near = (iso) => ({ "-1": "tomorrow", 0: "today", 1: "yesterday" })[daysSince(iso)] ?? `on ${date(iso)}`;

/** How an order stands: words, a tone for the color, an icon, and a line about what that means. */
export function standing(order) {
  const parcel = order.shipment;
  switch (order.status) {
    case "processing":
      if (order.payment === "failed") return { words: "Payment failed", tone: "bad", icon: "alert", line: "We could not take the payment, so the order is waiting." };
      if (order.payment === "pending") return { words: "Waiting for payment", tone: "wait", icon: "clock", line: "We prepare it as soon as the payment is here." };
      return { words: "Being prepared", tone: "calm", icon: "clock", line: "You can still change or cancel it." };
    case "packed":
      return { words: "Packed", tone: "calm", icon: "box", line: "It is ready and waits for the carrier." };
    case "shipped":
      return parcel ? onItsWay(parcel) : { words: "Shipped", tone: "calm", icon: "truck", line: "The carrier has it." };
    case "delivered":
      return { words: "Delivered", tone: "good", icon: "check", line: parcel?.delivered_on ? `Arrived ${near(parcel.delivered_on)}.` : "The carrier says it has arrived." };
    case "cancelled":
      return { words: "Cancelled", tone: "still", icon: "cross", line: "It will not be sent." };
    default:
      return { words: order.status, tone: "still", icon: "box", line: "" };
  }
}

function onItsWay(parcel) {
  if (parcel.status === "lost") return { words: "Parcel lost", tone: "bad", icon: "alert", line: `${parcel.carrier} cannot find it. Please tell us in the chat.` };
  const late = parcel.days_late; // as the bot counts them: the day expected now against the day first promised
  if (late <= 0) return { words: "On its way", tone: "calm", icon: "truck", line: `Expected ${near(parcel.expected_on)}.` };
  const days = late === 1 ? "1 day late" : `${late} days late`;
  const hope = daysSince(parcel.expected_on) <= 0 ? `expected ${near(parcel.expected_on)}` : "with no new day from the carrier yet";
  return { words: "Late", tone: "wait", icon: "truck", line: `${days}, ${hope}.` };
}

/** A line about a refund, or null. */
export function refundLine(refund) {
  if (!refund) return null;
  const amount = price(refund.amount);
  return {
    requested: `Refund of ${amount}: asked for, not decided yet.`,
    approved: `Refund of ${amount}: approved, on its way to you.`,
    paid_out: `Refund of ${amount}: paid out.`,
    refused: `Refund of ${amount}: refused.`,
  }[refund.status] ?? `Refund of ${amount}.`;
}
