"""The page on which supervisors sign in: plain HTML that needs no script."""

from app.console.markup import Html, tag

_STYLE = """
:root { color-scheme: light dark; --paper: light-dark(#f6f7f5, #121716); --card: light-dark(#fff, #1a2120);
  --ink: light-dark(#1c2524, #e9eeed); --soft: light-dark(#56635f, #a5b1ac); --line: light-dark(#dfe4e1, #303a37);
  --accent: light-dark(#1d5c56, #2f766e); --link: light-dark(#1d5c56, #8ec9c1); --bad: light-dark(#a3261e, #ffa79c); }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif }
main { width: min(23rem, calc(100vw - 2rem)); padding: 2.25rem 2rem 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 18px; box-shadow: 0 1px 2px #0000000d, 0 12px 32px #00000012 }
.brand { display: flex; align-items: center; gap: .6rem; margin: 0 0 1.5rem; font-weight: 650 }
.brand svg { width: 26px; height: 26px; color: var(--link) }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; line-height: 1.25 }
p { margin: 0 0 1.25rem; color: var(--soft) }
.told { padding: .6rem .8rem; border-radius: 10px; background: light-dark(#eef4f1, #22302c); color: var(--ink) }
.told.bad { background: light-dark(#fbeae7, #3b211e); color: var(--bad) }
label { display: block; margin: 0 0 .25rem; font-weight: 600; font-size: .9rem }
input { width: 100%; min-height: 44px; margin: 0 0 1rem; padding: 0 .8rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid light-dark(#8b9692, #6d7975); border-radius: 10px }
button { width: 100%; min-height: 44px; margin-top: .25rem; font: inherit; font-weight: 650; color: #fff;
  background: var(--accent); border: 0; border-radius: 22px; cursor: pointer }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
"""
LOGO = Html(
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" '
    'stroke-linejoin="round" aria-hidden="true"><path d="M3 8h14a4 4 0 0 1 4 4v7M3 8v11M3 13h18M9 8v5M15 8v5"/></svg>'
)


def sign_in_page(store: str, *, words: str = "", bad: bool = False, name: str = "", closed: bool = False) -> Html:
    """The form; `words` say what happened before. `closed`: nobody has an account yet."""
    told = tag("p", words, cls="told bad" if bad else "told", role="alert" if bad else "status") if words else None
    form = tag(
        "form",
        tag("label", "Name", for_="name"),
        tag("input", id="name", name="name", autocomplete="username", required=True, maxlength=63, value=name,
            autocapitalize="none", spellcheck="false", autofocus=not name),
        tag("label", "Password", for_="password"),
        tag("input", id="password", name="password", type="password", autocomplete="current-password", required=True,
            maxlength=256, autofocus=bool(name)),
        tag("button", "Sign in", type="submit"),
        method="post",
        action="/console/sign-in",
    )  # fmt: skip
    nobody = tag("p", "Nobody can sign in yet. Add the first supervisor on the command line.", cls="told")
    body = tag(
        "main",
        tag("div", LOGO, tag("span", "Handrail"), cls="brand"),
        tag("h1", "Sign in"),
        tag("p", f"The console of {store}."),
        told,
        nobody if closed else form,
    )
    head = Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">')
    style = Html(f"<style>{_STYLE}</style>")
    title = tag("title", "Sign in · Handrail")
    return Html(f'<!doctype html><html lang="en"><head>{head}{title}{style}</head><body>{body}</body></html>').replace(
        "</input>", ""
    )
