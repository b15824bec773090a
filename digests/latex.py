r"""Text as authors of papers type it -> text that reads well in an email: pure.

Abstracts carry LaTeX: \textbf{Name}, 3.5\%, ``quoted'', $2\times$. What has a plain form gets it, in and out of formulas;
a formula that has none stays as it is typed. The words themselves are never changed.
"""

import re

_ONE_ARGUMENT = re.compile(
    r"\\(?:text\w*|emph|gls|acrlong|acrshort|underline|math(?:bf|rm|it|sf|tt|cal|bb)|operatorname|boldsymbol|bm|mbox)"
    r"\s*\{([^{}]*)\}"
)
_SYMBOLS = {
    "times": "×",
    "cdot": "·",
    "pm": "±",
    "sim": "~",
    "approx": "≈",
    "leq": "≤",
    "le": "≤",
    "geq": "≥",
    "ge": "≥",
    "neq": "≠",
    "to": "→",
    "rightarrow": "→",
    "infty": "∞",
    "ldots": "…",
    "dots": "…",
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "theta": "θ",
    "lambda": "λ",
    "mu": "μ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "omega": "ω",
}
_SYMBOL = re.compile(rf"\\({'|'.join(sorted(_SYMBOLS, key=len, reverse=True))})(?![a-zA-Z])\s*")
_REFERENCE = re.compile(r"~?\\(?:cite[tp]?|ref|label|footnote|color)\s*\{[^{}]*\}")
_FORMULA = re.compile(r"\$([^$]{1,200})\$")
_SIMPLE = re.compile(r"[^\s\\^_{}]+(?: [=<>≤≥≈×·+~±→/-] [^\s\\^_{}]+)*")  # "$5 and $6" are prices
_TIES = ((r"(?<!\\)\\([%&#_])", r"\1"), (r"(?<=\w)~(?=[\w(])", " "), (r"``|''", '"'), (r"(?<=\w)---?(?=\w)", " - "))


def plain(text: str) -> str:
    """Return the text without the LaTeX that has a plain form."""
    if "\\" not in text and "$" not in text and "``" not in text and "~" not in text:
        return text
    text = _REFERENCE.sub("", text)
    for _depth in range(3):  # \textbf{\emph{Name}}
        text = _ONE_ARGUMENT.sub(r"\1", text)
    text = _SYMBOL.sub(lambda found: _SYMBOLS[found[1]], text)
    for pattern, replacement in _TIES:
        text = re.sub(pattern, replacement, text)
    return _FORMULA.sub(lambda found: found[1] if _SIMPLE.fullmatch(found[1]) else found[0], text)
