"""LaTeX becomes plain letters where it has such a form; anything else stays as it is typed."""

import time

import pytest

from digests.text.latex import latex_to_text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        # Titles
        (
            r"$\text{Name}^2$: Cram\'er-Rao for $\tau^2$-Bench, H$_2$O and 360$^\circ$ views",
            "Name²: Cramér-Rao for τ²-Bench, H₂O and 360° views",
        ),
        (r"Di$\mathtt{[M]}$O, Mask$^2$DiT, H$^{\mathbf{3}}$DP, $\text{R}^2\text{ec}$", "Di[M]O, Mask²DiT, H³DP, R²ec"),
        (r"$\mathbf{\texttt{D}}$ual-$\mathbf{\texttt{H}}$ead via $μ$P", "Dual-Head via μP"),
        (r"$\textbf{Policy}~(\textbf{H$^{\mathbf{3}}$DP})$", "Policy (H³DP)"),
        # Fonts and references
        (r"\textbf{\emph{LatentOmni}} is fast", "LatentOmni is fast"),
        (r"{\sc Name}, {\bf very bold} and \bf{3 billion}", "Name, very bold and 3 billion"),
        (r"as in~\cite{a,b} and \gls{DRL}", "as in and DRL"),
        (r"\textcolor{blue}{\href{https://example.org/_a}{GitHub}}, \url{https://example.org/~b_c}", "GitHub, https://example.org/~b_c"),
        # Accents
        (r"G\"odel, Erd\H{o}s, Gar\c{c}on, \v{S}koda, \v Skoda", "Gödel, Erdős, Garçon, Škoda, Škoda"),
        (r"na\"{\i}ve, {\"O}zg{\"u}r, Stra\ss e, S\o ren, M{\o}ller", "naïve, Özgür, Straße, Søren, Møller"),
        (r"\L ukasz, \AA ngstr\"om, Moir\'e, \~n, \`a, \^o", "Łukasz, Ångström, Moiré, ñ, à, ô"),
        # Symbols, all of Greek
        (r"1.60$\times$ at 3.5\% and $2\times$", "1.60× at 3.5% and 2×"),
        (r"$\geq$ 0.99, $\sim 3$ \& more, $\sim$14B", "≥ 0.99, ~3 & more, ~14B"),
        (r"$\eta, \zeta, \kappa, \chi, \psi, \xi, \iota$", "η, ζ, κ, χ, ψ, ξ, ι"),
        (r"$\Gamma\Delta\Theta\Lambda\Xi\Pi\Sigma\Upsilon\Phi\Psi\Omega$", "ΓΔΘΛΞΠΣΥΦΨΩ"),
        (r"content$\unicode{x2013}$text, $^\circledR$, $\mu$m, \alpha particles", "content–text, ®, μm, α particles"),
        # Above and below the line
        (r"$6.4\times10^{-3}$, $2^{64}$, $x^2$, CO\textsubscript{2}", "6.4×10⁻³, 2⁶⁴, x², CO₂"),
        (r"$O(log_2 N)$, $\mathcal{O}(n \log n)$, $\ell_1$, $W^\top$", "O(log₂ N), O(n log n), ℓ₁, Wᵀ"),
        (r"$L_{total}$, $x_{i,j}$, $\pi_\theta$, $1^{st}$, $AP_{50-95}$", "L_total, x_(i,j), π_θ, 1st, AP₅₀₋₉₅"),
        # Formulas
        (r"$\frac{1}{2}$ and $\frac{a+b}{\sqrt{2}}$ and $f(x)$", "1/2 and (a+b)/√2 and f(x)"),
        (r"where $x = 3$ holds, $a \cdot b$, $8192\times 8192$", "where x = 3 holds, a · b, 8192×8192"),
        (r"\(x^2\) and \[a = b\]", "x² and a = b"),
        (r"$\mathcal{O}\left(\frac{\log n}{\epsilon^2}\right)$, 5$\,$GHz, \textsc{Name}{} is", "O((log n)/ε²), 5 GHz, Name is"),
        (r"$\hat{x}$ and $\left(a\right)$ and $f'(x)$", "x̂ and (a) and f′(x)"),
        (r"\\theta and \\textbf{twice escaped}", "θ and twice escaped"),
        # Quotes, dashes, spaces
        ("``quoted'' words, Table~2, pre--trained, 16--35", '"quoted" words, Table 2, pre - trained, 16–35'),
        (r"it\'s \"over\" there, don\'t", 'it\'s "over" there, don\'t'),
        (r"10\,000 and \textit{i.e.}, $k$ (\eg, 3)", "10 000 and i.e., k (e.g., 3)"),
        # A command as the argument of another, without braces around it
        (r"$\text{LLM}_\text{base}$, the $k^\mathrm{th}$ of $x_\mathrm{max}$, $a^\frac{1}{2}$, $\hat\mathbf{x}$", "LLM_base, the kth of x_max, a^(1/2), x̂"),
        (r"$1{,}000$ to $10{,}000$ tokens, 1.5$\times$--2$\times$", "1,000 to 10,000 tokens, 1.5×–2×"),
        (r"$1{,}000$, $20$, i.e.\@ so, \textquotedblleft quoted\textquotedblright{} words", "1,000, 20, i.e. so, “quoted” words"),
        # Formulas of few marks
        (r"as few as $W{=}10$, $(1{+}1)$, $P(A{>}B) = 0.975$--0.998, 6{,}690", "as few as W=10, (1+1), P(A>B) = 0.975–0.998, 6,690"),
        (r"$α= 0.05$, when $βα> 4$, BIC $= 16.6$, $[n, k]$ in $RM(s-1, m)$", "α= 0.05, when βα> 4, BIC = 16.6, [n, k] in RM(s-1, m)"),
        (r"The dataset\footnotemark[1], $\Tilde{\Delta} \asymp n$", "The dataset, Δ̃ ≍ n"),
        # Money
        (r"\$5 and \$6", "$5 and $6"),
    ],
)  # fmt: skip
def test_latex_to_text(typed, shown):
    assert (latex_to_text(typed), latex_to_text(shown)) == (shown, shown)


@pytest.mark.parametrize(
    "typed",
    [
        "no mark at all",
        "from $5 and $6 to $7",
        "US$5 and NT$6; $AAPL, $MSFT; $NVDA/$AMD; ($5) vs ($10); $1,000–$5,000; $HOME/bin",
        r"costs $5 and \unknown{x}",
        r"$\begin{array}{c} a & b \end{array}$ and $\mymacro$ and \ourmodel",
        r"C:\users\name and C:\to\file and \d+ and \n",
        "3~5배, 서울~부산, A~Z까지, 10~20%",
        r"\(see below\) and \[1\]",
        "{Original prompt} and {a, b}",
        "a {brace that is open and $one",
    ],
)
def test_latex_to_text_leaves_other_text_as_it_is_typed(typed):
    assert latex_to_text(typed) == typed


def test_latex_to_text_twice_is_the_same_as_once():
    for text in (
        r"\textbf{\emph{A}} $\times$ ~ `` '' -- $x$",
        "$$$$",
        r"\\\\%",
        "a~b",
        r"\$x\$",
        r"\$\alpha\$",
        r"\{\bf x\}",
    ):
        assert latex_to_text(latex_to_text(text)) == latex_to_text(text)


@pytest.mark.parametrize(
    "piece", ["$", "{", "${", "$a ", r"\frac", r"\textbf{", r"$\text{", "\\", r"\(", r"\(^", "``a", "a~", "a--", r"\'", r"\c ", r"\sqrt["]
)  # fmt: skip
def test_latex_to_text_of_marks_alone_takes_little_time(piece):
    for sparse in ("", "x" * 25 * len(piece)):  # as dense as may be, and as dense as is still read
        text = ((piece + sparse) * 20_000)[:20_000]
        started = time.process_time()
        read = latex_to_text(text)
        assert (time.process_time() - started < 1, latex_to_text(read)) == (True, read)
