"""LaTeX with a plain form gets it; anything else stays as it is typed."""

import pytest

from digests.latex import plain


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (r"\textbf{\emph{LatentOmni}} is fast", "LatentOmni is fast"),
        (r"$\textbf{Mavors}$ and $\mathbf{M}$ulti", "Mavors and Multi"),
        (r"1.60$\times$ at 3.5\% and $2\times$", "1.60× at 3.5% and 2×"),
        (r"$\geq$ 0.99, $\sim 3$ \& more", "≥ 0.99, ~3 & more"),
        ("``quoted'' words, Table~2, pre--trained", '"quoted" words, Table 2, pre - trained'),
        (r"as in~\cite{a,b} and \gls{DRL}", "as in and DRL"),
        (r"$\frac{1}{2}$ and $x^2$ and $f(x)$", r"$\frac{1}{2}$ and $x^2$ and f(x)"),
        (r"costs $5 and \unknown{x}", r"costs $5 and \unknown{x}"),
        ("from $5 and $6 to $7", "from $5 and $6 to $7"),
        ("where $x = 3$ holds", "where x = 3 holds"),
        ("no mark at all", "no mark at all"),
    ],
)
def test_plain(typed, shown):
    assert plain(typed) == shown


def test_plain_twice_is_plain_once():
    for text in (r"\textbf{\emph{A}} $\times$ ~ `` '' -- $x$", "$$$$", r"\\\\%", "a~b"):
        assert plain(plain(text)) == plain(text)
