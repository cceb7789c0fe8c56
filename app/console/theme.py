"""How Gradio is dressed: system fonts, the house's colours, its own style sheet and script, nothing from elsewhere."""

import gradio as gr

from app.console.mount import AT

HEAD = (
    f'<link rel="stylesheet" href="{AT}/files/console.css">'
    f'<script src="{AT}/files/console.js" defer></script>'
    f'<link rel="icon" href="{AT}/files/favicon.svg" type="image/svg+xml">'
)


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with fonts that every machine has; the style sheet does the rest."""
    return gr.themes.Base(
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Arial", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
        radius_size=gr.themes.sizes.radius_md,
        spacing_size=gr.themes.sizes.spacing_sm,
        text_size=gr.themes.sizes.text_sm,
    )
