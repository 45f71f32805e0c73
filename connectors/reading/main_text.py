"""The one generic extractor, for pages whose site has no rules of its own."""


def main_text(markup: str) -> str:
    """Return the main text of any page, empty where there is none."""
    import trafilatura  # noqa: PLC0415 half a second to import, and most pages never need it

    found = trafilatura.extract(markup, include_comments=False, include_tables=True, no_fallback=False)
    return found or ""
