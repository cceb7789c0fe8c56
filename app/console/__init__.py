"""The supervisors' console: a Gradio application at `/console`, loaded when somebody first comes to sign in."""
