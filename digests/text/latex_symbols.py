"""Tables of LaTeX commands and of the letters that they stand for; `digests.text.latex` reads the text with them.

Each symbol has one letter; other commands are listed by how their arguments are read. Superscripts and subscripts become
Unicode's raised and lowered letters (`to_superscript`, `to_subscript`) where these exist for every letter.
"""

import re

_PAIRS = r"""
    alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ varkappa ϰ
    lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ
    chi χ psi ψ omega ω digamma ϝ Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ
    Mu Μ Nu Ν Xi Ξ Omicron Ο Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ Omega Ω varGamma Γ varDelta Δ
    varTheta Θ varLambda Λ varXi Ξ varPi Π varSigma Σ varUpsilon Υ varPhi Φ varPsi Ψ varOmega Ω
    times × cdot · cdotp · div ÷ pm ± mp ∓ ast * star ⋆ circ ∘ bullet • oplus ⊕ ominus ⊖ otimes ⊗ odot ⊙ dagger †
    ddagger ‡ simeq ≃ approx ≈ cong ≅ equiv ≡ propto ∝ leq ≤ le ≤ leqslant ≤ geq ≥ ge ≥ geqslant ≥ neq ≠ ne ≠ ll ≪ gg ≫
    lt < gt > lesssim ≲ gtrsim ≳ prec ≺ succ ≻ preceq ⪯ succeq ⪰ triangleq ≜ doteq ≐ mid | nmid ∤ parallel ∥ perp ⊥
    models ⊨ vdash ⊢ sim ∼ to → rightarrow → longrightarrow → leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒
    Leftarrow ⇐ Leftrightarrow ⇔ iff ⇔ implies ⇒ mapsto ↦ uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓
    nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖ hookrightarrow ↪ rightleftharpoons ⇌ rightsquigarrow ⇝ leadsto ⇝
    in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ subsetneq ⊊ supset ⊃ supseteq ⊇ cup ∪ cap ∩ setminus ∖ emptyset ∅
    varnothing ∅ forall ∀ exists ∃ neg ¬ lnot ¬ land ∧ wedge ∧ lor ∨ vee ∨ therefore ∴ because ∵ top ⊤ bot ⊥ infty ∞
    partial ∂ nabla ∇ hbar ℏ ell ℓ Re ℜ Im ℑ aleph ℵ imath ı jmath ȷ prime ′ angle ∠ triangle △ square □ Box □
    blacksquare ■ diamond ⋄ lozenge ◊ sharp ♯ flat ♭ natural ♮ sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ oint ∮ bigcup ⋃
    bigcap ⋂ bigoplus ⨁ bigotimes ⨂ surd √ ldots … dots … cdots … dotsc … dotsb … textellipsis … vdots ⋮ langle ⟨
    rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ lvert | rvert | vert | lVert ‖ rVert ‖ Vert ‖ lbrace { rbrace } lbrack [
    rbrack ] colon : slash / deg ° degree ° textdegree ° textcelsius ℃ circledR ® textregistered ® texttrademark ™
    copyright © textcopyright © textmu µ checkmark ✓ cmark ✓ xmark ✗ pounds £ textsterling £ euro € texteuro € yen ¥
    textyen ¥ dag † ddag ‡ textdagger † textemdash — textendash – textless < textgreater > textquotesingle ' textbar |
    textbullet • textpm ± texttimes × textperiodcentered · textasciicircum ^ textunderscore _ lq ‘ rq ’
    textquotedblleft “ textquotedblright ” textquoteleft ‘ textquoteright ’ eg e.g. ie i.e.
    aa å AA Å ae æ AE Æ oe œ OE Œ o ø O Ø l ł L Ł ss ß i ı j ȷ dh ð DH Ð th þ TH Þ dj đ DJ Đ ng ŋ NG Ŋ
    TeX TeX LaTeX LaTeX
    ngeq ≱ nleq ≰ ngtr ≯ nsubseteq ⊈ nsupseteq ⊉ ncong ≇ nvdash ⊬ nvDash ⊭
    nrightarrow ↛ nleftarrow ↚ nRightarrow ⇏ ltimes ⋉ rtimes ⋊ triangleleft ◁ triangleright ▷ trianglelefteq ⊴
    trianglerighteq ⊵ triangledown ▽ twoheadrightarrow ↠ rightarrowtail ↣ rightharpoonup ⇀ rightharpoondown ⇁
    rightleftarrows ⇄ rightrightarrows ⇉ restriction ↾ thicksim ∼ thickapprox ≈ asymp ≍
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
SYMBOLS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)) | {"xspace": "", "etal": "et al."}
SYMBOLS |= dict.fromkeys(("quad", "qquad", "space", "newline", "nobreakspace", "thinspace"), " ")
WORD_LETTER_COMMANDS = (
    frozenset(  # letters within a word, and quotes at its beginning: the space behind them is not shown
        "aa AA ae AE oe OE o O l L ss i j dh DH th TH dj DJ ng NG textquotedblleft textquoteleft".split()  # noqa: SIM905
    )
)
FUNCTION_NAMES = frozenset(
    """arccos arcsin arctan arg argmax argmin cos cosh cot coth csc det dim exp gcd hom inf ker lg lim liminf limsup ln
    log max min mod Pr sec sin sinh sup tan tanh""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
STYLE_COMMANDS = frozenset(  # these change the look of what follows, to the end of its group
    """bf it rm sc sf sl tt em cal boldmath bfseries itshape scshape sffamily ttfamily rmfamily slshape upshape mdseries
    normalfont tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge displaystyle textstyle limits
    scriptstyle nolimits left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr""".split()  # noqa: SIM905 - the same
)
TEXT_ACCENTS = {  # combining characters, which NFC joins with the letter before them
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    '"': "\u0308",
    "c": "\u0327",
    "v": "\u030c",
    "u": "\u0306",
    "H": "\u030b",
    "k": "\u0328",
    "r": "\u030a",
    "d": "\u0323",
}
FORMULA_ACCENTS = {  # the same, in formulas
    "hat": "\u0302",
    "bar": "\u0304",
    "tilde": "\u0303",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "vec": "\u20d7",
    "not": "\u0338",
}
FORMULA_ACCENTS |= {name.capitalize(): FORMULA_ACCENTS[name] for name in ("hat", "bar", "tilde", "dot", "vec")}

# Commands with one argument that is shown: as words, or as a formula.
TEXT_COMMANDS = re.compile(
    r"text(?:bf|it|rm|sc|sf|sl|tt|up|md|normal)?|emph|u?underline|uline|mbox|hbox|fbox|gls|ac[slf]?"
)
FORMULA_COMMANDS = re.compile(
    r"math(?:bf|rm|it|sf|tt|cal|bb|scr|frak|bbm|ds|normal|op|rel|bin|ord)|operatorname|boldsymbol|bm|pmb|ensuremath|num"
    r"|overline|over(?:right|left)arrow|underbrace|overbrace|widehat|widetilde|boxed|acr(?:long|short|full)|lowercase|uppercase"
)
HIDDEN_COMMANDS = re.compile(r"(?:no)?cite\w*|ref|eqref|autoref|[cC]ref|label|footnote\w*|color|[vh]space|thanks|tag")
SECOND_ARGUMENT_COMMANDS = frozenset({"href", "hyperlink", "textcolor", "colorbox", "url"})
FRACTION_COMMANDS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"})

# Commands that are not read. They are listed because JSON takes their first letter for a line break or a tab
# (\noindent, \textasciitilde); `llm.requests` has to know them as commands.
_UNREAD_COMMANDS = re.compile(
    r"text[A-Za-z]+|noindent|nonumber|new(?:command|line|page)|nolinkurl|nicematrix|normal[a-z]*|tbinom|tableofcontents"
    r"|thanks|tikz[a-z]*|title|tilde|today|ref|relax|renewcommand|resizebox|rotatebox|raisebox|rule|roman|root"
)

_OPERATORS = "=<>≤≥≈×·+~±→/-"
# Between dollars these are a formula although they hold no command: a = b, α= 0.05, RM(s-1, m)
BARE_FORMULA = re.compile(
    rf"[^\s\\^_{{}}]+(?:(?: [{_OPERATORS}]|(?<=[{_OPERATORS}])) [^\s\\^_{{}}]+)*|[A-Za-z]*[(\[][^\s()\[\]]+(?:, [^\s()\[\]]+)+[)\]]"
)
BRACED_OPERATOR = re.compile(r"\{([-=+<>,.:/*])\}")  # braces that only remove the space around a sign: k{=}1, 1{,}000

_SUPERSCRIPTS = str.maketrans(
    "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
)
_SUBSCRIPTS = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_BASELINE_LETTERS = {high: low for low, high in (*_SUBSCRIPTS.items(), *_SUPERSCRIPTS.items())}
# Signs that are raised by themselves, and endings that read well on the line: 90°, 1st.
_READS_AS_SUPERSCRIPT = re.compile(r"[°′″‴*†‡®™©ᵀ]+|th|st|nd|rd")
_WORD = re.compile(r"[^\W\d_]{2}")


def is_command(name: str) -> bool:
    """Return whether LaTeX or one of its usual packages has a command of this name."""
    listed = any(
        name in names
        for names in (
            SYMBOLS,
            FUNCTION_NAMES,
            STYLE_COMMANDS,
            FORMULA_ACCENTS,
            SECOND_ARGUMENT_COMMANDS,
            FRACTION_COMMANDS,
        )
    )
    patterned = any(
        names.fullmatch(name) for names in (TEXT_COMMANDS, FORMULA_COMMANDS, HIDDEN_COMMANDS, _UNREAD_COMMANDS)
    )
    return listed or patterned or name in {"sqrt", "unicode", "textsuperscript", "textsubscript", "begin", "end"}


def count_arguments(name: str) -> int:
    """Return how many arguments in braces a command takes."""
    if name in FRACTION_COMMANDS or name in SECOND_ARGUMENT_COMMANDS:
        return 2
    listed = name in FORMULA_ACCENTS or name in STYLE_COMMANDS or name in {"sqrt", "textsuperscript", "textsubscript"}
    return int(listed or any(names.fullmatch(name) for names in (TEXT_COMMANDS, FORMULA_COMMANDS)))


def to_superscript(text: str) -> str:
    """Return a superscript in Unicode's raised letters where all exist and are not a word, else as ^text."""
    text = {"∘": "°", "⊤": "ᵀ", "TM": "™"}.get(text, text)
    if _READS_AS_SUPERSCRIPT.fullmatch(text) or not text:
        return text
    letters = text.replace(" ", "").translate(_SUPERSCRIPTS)
    is_whole = not any(letter in text for letter in set(letters) & set(text)) and not _WORD.search(text)
    return letters if is_whole else f"^{parenthesize_compound(text)}"


def to_subscript(text: str) -> str:
    """Return a subscript in Unicode's lowered letters where all exist and are not a word, else as _text."""
    letters = text.replace(" ", "").translate(_SUBSCRIPTS)
    is_whole = not set(letters) & set(text) and not _WORD.search(text)
    return letters if is_whole else f"_{parenthesize_compound(text)}"


def flatten_superscripts(text: str) -> str:
    """Return text with superscripts and subscripts as ordinary letters (X2 for X²), to search and compare it."""
    return text.translate(_BASELINE_LETTERS)


def parenthesize_compound(text: str) -> str:
    """Return a part of a formula, in brackets if it is more than one number, word or sign."""
    text = text.strip()
    return text if re.fullmatch(r"[\w.√∞]+|\W|\([^()]*\)", text) or len(text) < 2 else f"({text})"
