"""Writes the CSS of an email into its elements: many mail programs read no style sheet. HTML in, HTML out.

Media queries and dark mode cannot be written into elements, so the style sheets stay too, and the classes that they select by.
Premailer is in use. It is the library that was asked for, but it has had no release since 2021: css-inline does the same, is a
development dependency, and a test holds both equal on every email. To switch, name it in the last line and move it to the dependencies.
"""

import logging

# MJML's own rules are for old programs that do read <style>: inlined, they would be a third of the bytes.
_MJML_STYLE = '<style type="text/css">'


def inline_with_premailer(html: str) -> str:
    """Return the HTML with its CSS inlined by premailer."""
    from premailer import Premailer  # noqa: PLC0415 - takes 3 MB and 0.1 s; only a process that composes needs it

    own = html.replace(_MJML_STYLE, '<style type="text/css" data-premailer="ignore">', 1)
    inliner = Premailer(
        own.replace("<!doctype html>", "<!DOCTYPE html>", 1),
        keep_style_tags=True,  # the media queries for phones and dark mode cannot be inlined
        strip_important=False,  # they need it to win over the inlined rules
        remove_classes=False,  # they select by class
        disable_validation=True,  # of CSS by cssutils, which reports as errors what it does not know
        allow_network=False,  # composing never waits for another machine
        disable_basic_attributes=["width", "height", "align", "valign", "bgcolor"],
        cssutils_logging_level=logging.CRITICAL,
    )
    return str(inliner.transform())


def inline_with_css_inline(html: str) -> str:
    """Return the HTML with its CSS inlined by css-inline."""
    import css_inline  # noqa: PLC0415 - a development dependency, as long as premailer is in use

    own = html.replace(_MJML_STYLE, '<style type="text/css" data-css-inline="ignore">', 1)
    inlined: str = css_inline.inline(own, keep_style_tags=True, load_remote_stylesheets=False)
    return inlined.replace(' data-css-inline="ignore"', "", 1)


inline_styles = inline_with_premailer
