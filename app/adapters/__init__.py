"""One file a vendor: each adapter fills a role of `app.ports`; `app.bootstrap` chooses among them."""
