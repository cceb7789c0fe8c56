/* The looks; a page themes them by --handrail-* variables. Colours keep 4.5:1 in light and dark, targets 30 px or 44. */

export const styles = `
:host {
  all: initial;
  color-scheme: light dark;
  --accent: var(--handrail-accent, light-dark(#1d5c56, #2f766e));
  --on-accent: var(--handrail-accent-text, #fff);
  --surface: var(--handrail-surface, light-dark(#fff, #191c1d));
  --text: var(--handrail-text, light-dark(#1c2524, #e9eeed));
  --link: light-dark(var(--accent), color-mix(in srgb, var(--accent) 45%, #fff));
  --muted: color-mix(in srgb, var(--text) 70%, var(--surface));
  --edge: color-mix(in srgb, var(--text) 52%, var(--surface));
  --line: color-mix(in srgb, var(--text) 12%, var(--surface));
  --soft: color-mix(in srgb, var(--text) 5%, var(--surface));
  --tint: color-mix(in srgb, var(--accent) 11%, var(--surface));
  position: fixed; bottom: max(20px, env(safe-area-inset-bottom)); right: 20px; width: 56px; height: 56px;
  z-index: var(--handrail-z, 2147483000);
  font: 15px/1.5 var(--handrail-font, system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif);
  color: var(--text);
}
:host([data-theme=light]) { color-scheme: light }
:host([data-theme=dark]) { color-scheme: dark }
[hidden] { display: none !important }
* { box-sizing: border-box }
p, h2, ol, fieldset, legend { margin: 0; padding: 0; border: 0; list-style: none }
button, textarea, input { font: inherit; color: inherit; margin: 0; padding: 0; border: 0; background: none }
button { cursor: pointer; touch-action: manipulation }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
.hush { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.icon { width: 22px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; flex: none; display: block }
.launcher, .face, .round, .thumb, .send { display: grid; place-items: center; flex: none; border-radius: 50% }
.launcher, .face, .solid, .customer .bubble { background: var(--accent); color: var(--on-accent) }

.launcher { position: relative; width: 56px; height: 56px; box-shadow: 0 1px 2px #0003, 0 6px 20px #0000002e }
.launcher .icon { grid-area: 1 / 1; width: 26px; transition: opacity .18s, transform .18s }
.root:not(.open) .i-close, .open .i-chat { opacity: 0; transform: scale(.7) }
.open .head .i-close { opacity: 1; transform: none }
.badge {
  position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-width: 22px; border-radius: 11px;
  background: #b3261e; color: #fff; font-size: 12px; font-weight: 600; line-height: 22px; text-align: center;
}
.panel {
  position: fixed; bottom: calc(max(20px, env(safe-area-inset-bottom)) + 70px); right: 20px;
  width: min(400px, calc(100vw - 40px)); height: min(680px, calc(100dvh - 114px));
  display: flex; flex-direction: column; overflow: hidden; background: var(--surface);
  border-radius: var(--handrail-radius, 18px);
  box-shadow: 0 0 0 1px light-dark(#0000000f, #ffffff1f), 0 4px 12px #00000014, 0 18px 48px #0000002e;
  animation: rise .22s ease-out;
}
:host([data-position=left]), :host([data-position=left]) .panel { right: auto; left: 20px }

.head { display: flex; align-items: center; gap: 12px; padding-block: 12px; padding-inline: 16px 8px; border-block-end: 1px solid var(--line) }
.titles { flex: 1; min-width: 0 }
h2 { font-size: 16px; font-weight: 600; line-height: 1.3; overflow-wrap: anywhere }
.sub, .bar { font-size: 12.5px; line-height: 1.35; color: var(--muted); text-wrap: balance }
.face { width: 20px; height: 20px; font-size: 9px; font-weight: 700; line-height: 1 }
.face .icon { width: 64%; stroke-width: 2 }
.human { background: light-dark(#6b4a1f, #e6c797); color: light-dark(#fff, #2b1d08) }
.who .face { width: 38px; height: 38px; font-size: 14px }
.round { width: 44px; height: 44px; color: var(--muted) }
.round:hover, .thumb:hover, .choice:hover { background: var(--soft); color: var(--text) }

.scroll { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 18px 16px 14px; scrollbar-width: thin }
.scroll:focus-visible { outline-offset: -3px }
.row { margin-block-start: 4px; display: flex; flex-direction: column; align-items: flex-start; animation: rise .22s ease-out }
.first { margin-block-start: 18px }
.row:first-child { margin-block-start: 0 }
.from:not(.hush) { display: flex; align-items: center; gap: 7px; margin-block-end: 5px; font-size: 12.5px; line-height: 20px; color: var(--muted) }
.name { font-weight: 600; color: var(--text) }
.bubble, .now[data-sign=dots] { border-radius: 16px; border-start-start-radius: 5px; background: var(--soft) }
.panel, .bubble { outline: 1px solid transparent }
.bubble { max-width: 88%; padding: 9px 14px; white-space: pre-wrap; overflow-wrap: anywhere }
.bubble a { color: var(--link); text-underline-offset: 2px }
.supervisor .bubble { background: light-dark(#f7f0e4, #302819) }
.aside .bubble { background: none; box-shadow: inset 0 0 0 1px var(--line) }
.customer { align-items: flex-end }
.customer .bubble { border-start-start-radius: 16px; border-end-end-radius: 5px }
.customer a, .supervisor a { color: inherit }
.unsent .bubble { background: var(--tint); color: var(--text); box-shadow: inset 0 0 0 1px var(--line) }
.row:only-child .bubble { padding: 2px 0; background: none; font-size: 23px; font-weight: 600; line-height: 1.3; text-wrap: balance }
.next { animation: show .4s ease-out }
.note { max-width: 90%; margin: 18px auto 2px; font-size: 12.5px; color: var(--muted); text-align: center }
.note + .note { margin-block-start: 4px }

.under { width: 100% }
.status, .thumbs { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; font-size: 12.5px; color: var(--muted) }
.status { justify-content: flex-end; gap: 0 10px; margin-block-start: 2px }
.bad { color: light-dark(#b3261e, #ffa79c) }
.text { min-height: 30px; padding: 0 4px; font-weight: 600; color: var(--link); text-decoration: underline; text-underline-offset: 3px }
.thumbs { margin-inline-start: -4px }
.thumb { width: 30px; height: 30px; color: var(--edge) }
.thumb .icon { width: 17px }
.down .icon { transform: rotate(180deg) }
.thumb[aria-pressed=true] { color: var(--link); background: var(--tint) }
.card { margin-block-start: 6px; padding: 12px 14px 14px; border: 1px solid var(--line); border-radius: 14px; font-size: 14px; animation: rise .22s }
.comment { display: grid; gap: 8px }
.comment textarea { padding: 8px 10px; border: 1px solid var(--edge); border-radius: 10px; resize: none }
.actions { display: flex; gap: 12px }
.solid, .choice, .pill { min-height: 36px; padding: 0 14px; border-radius: 18px }
.solid { font-weight: 600 }
.survey { margin-block-start: 14px }
legend { font-weight: 600 }
.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 10px }
.survey .solid { margin-block-start: 12px }
.choice, .pill { display: flex; align-items: center; gap: 8px; border: 1px solid var(--line); cursor: pointer }
.choice:has(:checked) { background: var(--tint); border-color: var(--link) }
.choice input { width: 16px; height: 16px; accent-color: var(--link) }

.now { display: flex; align-items: center; gap: 9px; width: fit-content; margin-block-start: 12px; font-size: 13px; color: var(--muted); animation: rise .22s }
.now[data-sign=dots] { padding: 15px 14px }
.sign { display: flex; gap: 5px }
.sign i { width: 6px; height: 6px; border-radius: 50%; background: var(--muted); animation: breathe 1.5s infinite }
.sign i:nth-child(2) { animation-delay: .2s }
.sign i:nth-child(3) { animation-delay: .4s }

.link:not(.hush) { padding: 7px 16px; font-size: 12.5px; text-align: center; color: var(--muted); background: var(--soft) }
.bar { display: flex; align-items: center; gap: 10px; padding: 8px 16px 0 }
.pill { flex: none; max-width: 60%; gap: 6px; font-size: 13.5px; font-weight: 600; line-height: 1.2; color: var(--link) }
.pill .icon { width: 18px }
.pill:hover { background: var(--tint) }
.composer { padding: 10px 12px max(12px, env(safe-area-inset-bottom)) }
.field { display: flex; align-items: flex-end; border: 1px solid var(--edge); border-radius: 24px }
.field:focus-within { border-color: var(--link); box-shadow: 0 0 0 1px var(--link) }
#input { flex: 1; min-width: 0; min-height: 46px; max-height: 134px; padding-block: 11px; padding-inline: 16px 4px; resize: none; outline: none; scrollbar-width: thin }
::placeholder { color: var(--muted); opacity: 1 }
.send { width: 46px; height: 46px; color: var(--on-accent); background: var(--accent); border: 5px solid transparent; background-clip: padding-box }
.send .icon { width: 20px; stroke-width: 2 }
.send[aria-disabled] { color: var(--muted); background-color: var(--soft); cursor: default }
.count { padding-inline: 16px; font-size: 12.5px }

@keyframes rise { from { opacity: 0; transform: translateY(8px) } }
@keyframes show { from { opacity: 0 } }
@keyframes breathe { 0%, 60%, 100% { opacity: .35 } 30% { opacity: 1; transform: translateY(-2px) } }
@media (max-width: 480px) {
  .panel, :host([data-position=left]) .panel { inset: 0; width: 100%; height: 100dvh; border-radius: 0; padding-block-start: env(safe-area-inset-top) }
  .open .launcher { display: none }
  textarea { font-size: 16px !important }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important } }
`;
