r"""Text as authors of papers type it -> text that reads well in an email: LaTeX to plain letters; pure.

Titles and abstracts carry LaTeX: \textbf{Name}, 3.5\%, Cram\'er, $\tau^2$, ``quoted''. `plain` is the one reader of it,
used wherever a text comes in: entries of feeds and pages, models' answers, imported reports. A formula becomes letters
where it can be said in a line (τ², H₂O, 1/2); one that cannot (a matrix, an author's own command) stays as it is typed.
The words themselves are never changed, and a text that was read once reads the same again. Not LaTeX, and left alone:
prices ($5 and $6), paths (C:\users), ranges with a tilde (3~5), braces without a command in them.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cached_property

from digests.text import latex_symbols

MAX_FORMULA_CHARS = 600  # characters of a formula; what is longer is no part of a line
MAX_COMMAND_DEPTH = 8  # commands within commands
MAX_MARKS, MIN_CHARS_PER_MARK = (
    100,
    20,
)  # more than one mark in 20 letters is no abstract (they have one in 40), and costs time
MAX_READING_PASSES = 4  # at most: "\$x\$" becomes a formula by being read

_COMMAND = re.compile(r"\\(?:([A-Za-z]+)|(.))", re.DOTALL)
_TEXT_MARK = re.compile(r"[\\${]")
_FORMULA_MARK = re.compile(r"[\\${}^_&~']|\s+")
_NESTED = re.compile(r"\\.|[{}$]", re.DOTALL)
_OPTION = re.compile(r"\s*\[([^\[\]]{0,100})\]")
_SPACE_BEFORE_WORD = re.compile(r"\s+[\w\\]")
_WINDOWS_DRIVE = re.compile(r"(?:^|[^A-Za-z0-9])[A-Za-z]:\Z")
_CONTRACTION_ENDING = re.compile(r"(?:s|t|d|m|re|ve|ll)(?![A-Za-z])")

_TRAILING_OPERATOR = re.compile(r".+[-+*/=,;:(]", re.DOTALL)
_ESCAPED_QUOTE = re.compile(r'\\"(?=[\s.,;:!?)]|$)')  # no accent stands there: a program has escaped the quotes
_LATEX_QUOTES = re.compile(r"``(?=\S)([^`]{1,400}?)''")
_REFERENCE = re.compile(
    r"(?<![A-Za-z])((?:Table|Tab\.|Figure|Fig\.|Section|Sec\.|Equation|Eq\.|Algorithm|Appendix|Ref\.|Theorem)s?)~(?=[\dA-Z(])"
)
_EAST_ASIAN_LETTERS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"  # where a tilde says from ... to
_TILDE_SPACE = re.compile(
    rf"((?<![a-z])[a-z]{{2,10}}://\S+)|(?<=[^\s~/{_EAST_ASIAN_LETTERS}])~(?=[^\s~\d{_EAST_ASIAN_LETTERS}])"
)
_SPACES = re.compile(r"(?<=\S) {2,}(?=\S)")


def latex_to_text(text: str) -> str:
    """Return the text with its LaTeX as plain letters; one without any comes back as it is."""
    marks = text.count("\\") + text.count("$")
    is_dense = marks > MAX_MARKS and marks * MIN_CHARS_PER_MARK > len(text)
    if is_dense or not (marks or any(mark in text for mark in ("``", "--", "~"))):
        return text
    for _round in range(MAX_READING_PASSES):
        before, text = text, _read_latex_once(text)
        if text == before:
            break
    return text


def _read_latex_once(text: str) -> str:
    typed = re.sub(r"(?<=\d)\{,\}(?=\d{3})", ",", text.replace('\\"', '"') if _ESCAPED_QUOTE.search(text) else text)
    said = _LATEX_QUOTES.sub(r'"\1"', _LatexReader(typed).read())
    if said != text:  # only beside LaTeX a tilde is its space that does not break
        said = _SPACES.sub(" ", _TILDE_SPACE.sub(lambda found: found[1] or " ", said))
    said = re.sub(r"∼(?=\s?\d)", "~", _REFERENCE.sub(r"\1 ", said))
    return re.sub(r"(?<=\w)---?(?=\w)", " - ", re.sub(r"(?<=[\d%×°])--(?=\d)", "–", said))


class _NoPlainFormError(Exception):
    """A formula that cannot be said in a line."""


class _LatexReader:
    """Reads a text once, from left to right; an argument or a formula within is read by a reader of its own.

    The methods that read a command return False where it lacks what it needs: then it stays as it is typed.
    """

    def __init__(self, text: str, *, formula: bool = False, depth: int = 0) -> None:
        self.text, self.formula, self.depth = text, formula, depth
        self.at = 0
        self.said: list[str] = []

    def read(self) -> str:
        """Return the text in plain letters; raise _NoPlainFormError where a formula has none."""
        marks = _FORMULA_MARK if self.formula else _TEXT_MARK
        while found := marks.search(self.text, self.at):
            self.said.append(self.text[self.at : found.start()])
            self.at = found.start()
            if found[0] == "\\":
                self.command()
            elif self.formula:
                self.sign(found[0])
            elif found[0] == "$":
                self.dollar()
            else:
                self.brace()
        self.said.append(self.text[self.at :])
        return "".join(self.said)

    def within(self, text: str, *, formula: bool) -> str:
        """Return a part of the text, read."""
        if self.depth < MAX_COMMAND_DEPTH:
            return _LatexReader(text, formula=formula, depth=self.depth + 1).read()
        if formula:
            raise _NoPlainFormError
        return text

    def keep(self, start: int, length: int) -> None:
        """Let characters stand as they are typed; a formula has no place for what is not understood."""
        if self.formula:
            raise _NoPlainFormError
        self.said.append(self.text[start : start + length])
        self.at = start + length

    @property
    def before(self) -> str:
        """The letter before this place, as it is shown; "" where there is none."""
        return next((piece[-1] for piece in reversed(self.said) if piece), "")

    @property
    def following(self) -> str:
        """The letter at this place, "" at the end."""
        return self.text[self.at : self.at + 1]

    def dollar(self) -> None:
        """Read a formula between dollars; leave a price, and a formula that has no plain form, as it is typed."""
        mark = "$$" if self.text.startswith("$$", self.at) else "$"
        start = self.at + len(mark)
        end = self.formula_end(start, mark)
        if end < 0 or not self.is_formula(self.text[start:end], end + len(mark)):
            self.keep(self.at, len(mark))
        else:
            self.show_formula(start, end, len(mark))

    def show_formula(self, start: int, end: int, mark: int) -> None:
        """Show the formula from `start` to `end`, between marks of so many characters."""
        try:
            read = " ".join(self.within(self.text[start:end], formula=True).split())
        except _NoPlainFormError:
            self.keep(start - mark, end + 2 * mark - start)
        else:
            self.said.append(read or " ")  # a gap alone: 5$\,$GHz
            self.at = end + mark

    def formula_end(self, start: int, mark: str) -> int:
        """Return where the formula that begins at `start` ends: not within braces; -1 where it does not."""
        at = start
        while found := _NESTED.search(self.text, at, start + MAX_FORMULA_CHARS):
            if found[0] == "$":
                return found.start() if found.start() > start and self.text.startswith(mark, found.start()) else -1
            at = self.braces.get(found.start(), -2) + 1 if found[0] == "{" else found.end()
            if at < 0 or found[0] == "}":
                return -1
        return -1

    def is_formula(self, typed: str, after: int) -> bool:
        """Say whether what stands between two dollars is a formula, and the dollars no prices."""
        following, bare = self.text[after : after + 1], latex_symbols.BRACED_OPERATOR.sub(r"\1", typed.strip())
        prices = typed[:1].isdigit() and (typed[-1:].isspace() or following.isdigit())
        if not bare or "\\" in typed:
            return bool(bare) and not (prices and following.isdigit())
        if prices or (typed != typed.strip() and (len(bare) > 1 or bare in ",;.:")):
            return False
        if "^" in typed or "_" in typed or typed.startswith("{"):
            return True
        joined = self.before.isalnum() and bare.isascii() and bare[:1].isalnum()  # US$5 ... A$
        hangs = following.isalnum() and _TRAILING_OPERATOR.fullmatch(bare)
        return bool(latex_symbols.BARE_FORMULA.fullmatch(bare)) and not joined and not hangs

    def sign(self, mark: str) -> None:
        """Read a mark that has a meaning in formulas only."""
        self.at += len(mark)
        if mark in "^_":
            read = self.within(self.argument() or "&", formula=True).strip()
            self.said.append(latex_symbols.to_superscript(read) if mark == "^" else latex_symbols.to_subscript(read))
        elif mark == "'":
            self.said.append("′")
        elif mark == "~" or mark.isspace():
            self.said.append(" ")
        elif mark == "{":
            self.at -= 1
            self.said.append(self.within(self.argument() or "", formula=True))
        else:
            raise _NoPlainFormError

    def brace(self) -> None:
        r"""Read {\sc Name}; braces without a command are an author's own, and stay."""
        start = self.at
        argument = self.argument() or ""
        read = self.within(argument, formula=False) if argument.lstrip().startswith("\\") else argument
        if read == argument:
            self.keep(start, 1)
        else:
            self.said.append(read.strip())

    def argument(self, *, braced: bool = False) -> str | None:
        """Take what a command is applied to, as it is typed: a group, else (not if `braced`) a command or a letter."""
        start = self.at
        while self.text[start : start + 1].isspace():
            start += 1
        if self.text[start : start + 1] == "{":
            end = self.braces.get(start, -1)
            self.at = end + 1 if end > 0 else self.at
            return self.text[start + 1 : end] if end > 0 else None
        if braced or start >= len(self.text):
            return None
        found = _COMMAND.match(self.text, start)
        self.at = found.end() if found else start + 1
        for _argument in range(latex_symbols.count_arguments(found[1] or "") if found else 0):  # x_\text{max}
            self.at = self.braces.get(self.at, self.at - 1) + 1
        return self.text[start : self.at]

    @cached_property
    def braces(self) -> dict[int, int]:
        """The place of each brace that opens a group, with that of the one that closes it."""
        pairs, open_ones = {}, list[int]()
        for found in _NESTED.finditer(self.text):
            if found[0] == "{":
                open_ones.append(found.start())
            elif found[0] == "}" and open_ones:
                pairs[open_ones.pop()] = found.start()
        return pairs

    def show(self, *, formula: bool, braced: bool = True) -> bool:
        """Show a command's argument; False where it has none."""
        argument = self.argument(braced=braced)
        if argument is not None:
            self.said.append(self.within(argument, formula=formula))
        return argument is not None

    def command(self) -> None:
        """Read the command at this place."""
        start, length = self.at, len(self.said)
        found = _COMMAND.match(self.text, start)
        if found is None or (not self.formula and _WINDOWS_DRIVE.search(self.text, max(0, start - 3), start)):
            self.keep(start, len(self.text[start:].split(None, 1)[0]))  # C:\users\name
            return
        self.at = found.end()
        try:
            done = self.named(found[1]) if found[1] else self.marked(found[2])
        except _NoPlainFormError:  # in its argument
            done = False
        if done:
            self.at += 2 * self.text.startswith("{}", self.at)  # ends a command's name
        else:
            del self.said[length:]
            self.keep(start, len(found[0]))

    def marked(self, mark: str) -> bool:
        """Read a command of one sign."""
        if mark in "%&#_${}@":
            self.said.append(mark.strip("@"))  # i.e.\@ is followed by a plain space
        elif mark in "([":
            return self.bracketed(mark)
        elif mark == "\\":
            return self.doubled()
        elif mark in ", " or (self.formula and mark in ";:!>|"):
            self.said.append({"!": "", "|": "‖"}.get(mark, " "))
        elif mark == "-":
            return self.before.isalpha() and self.following.isalpha()  # where a word may be divided
        elif mark in latex_symbols.TEXT_ACCENTS:
            if self.accent(mark):
                return True
            self.said.append(mark)  # a quote that a program has escaped
            return mark in "'\"" and not self.formula
        else:
            return False
        return True

    def bracketed(self, mark: str) -> bool:
        r"""Read a formula between \( and \); Markdown escapes brackets in the same way."""
        start = self.at
        end = self.text.find("\\" + {"(": ")", "[": "]"}[mark], start, start + MAX_FORMULA_CHARS)
        typed = self.text[start:end].strip()
        if end < 0 or not (re.search(r"[\\^_=<>]", typed) or (len(typed) == 1 and typed.isalpha())):
            return False
        self.show_formula(start, end, 2)
        return True

    def doubled(self) -> bool:
        r"""Read \\alpha, which a program has escaped twice; any other \\ ends a line of a table."""
        self.at -= 1
        found = _COMMAND.match(self.text, self.at)
        return not self.formula and bool(found and found[1] and latex_symbols.is_command(found[1]))

    def named(self, name: str) -> bool:
        """Read a command of letters."""
        if name in latex_symbols.TEXT_ACCENTS:
            return self.following in {"{", " "} and self.accent(name, braced=name not in "cvH")
        if name in latex_symbols.SYMBOLS or (name in latex_symbols.FUNCTION_NAMES and self.formula):
            return self.symbol(name)
        if name in latex_symbols.STYLE_COMMANDS:
            return self.style(name)
        if latex_symbols.TEXT_COMMANDS.fullmatch(name):
            return self.show(formula=False, braced=not self.formula)
        if latex_symbols.FORMULA_COMMANDS.fullmatch(name):
            self.at += self.following == "*"  # \operatorname*
            return self.show(formula=True, braced=not self.formula)
        if latex_symbols.HIDDEN_COMMANDS.fullmatch(name):
            return self.unseen()
        return name in _OTHER_COMMANDS and _OTHER_COMMANDS[name](self, name)

    def symbol(self, name: str) -> bool:
        """Show a symbol's letter."""
        if name in latex_symbols.WORD_LETTER_COMMANDS and not self.formula:
            if len(name) == 1 and not (
                self.before.isalpha() or self.following in {"", "{"} or self.following.isspace()
            ):
                return False
            while self.following.isspace():
                self.at += 1
        elif name in latex_symbols.SYMBOLS and _SPACE_BEFORE_WORD.match(self.text, self.at):
            # A space ends a command's name; it is one of the formula's only where another stands before.
            self.at += not self.before.isspace() and (self.formula or bool(self.before))
        self.said.append(latex_symbols.SYMBOLS.get(name, name))
        return True

    def style(self, name: str) -> bool:
        """Pass over a command that only changes the look of what follows."""
        if name in {"left", "right", "middle"}:
            self.at += self.following == "."
            return self.formula
        if self.following == "{":
            return self.show(formula=self.formula)
        self.at += self.following.isspace()
        return self.formula or self.at == len(self.text) or self.text[self.at - 1].isspace()

    def accent(self, mark: str, *, braced: bool = False) -> bool:
        r"""Put an accent on its letter: \"o, \'{e}, \c{c}, \v s."""
        start, grouped = self.at, self.following == "{"
        argument = self.argument(braced=braced) if self.following else None
        read = self.within(argument, formula=False) if argument else ""
        read = {"ı": "i", "ȷ": "j"}.get(read[:1], read[:1]) + read[1:]
        composed = unicodedata.normalize("NFC", read[:1] + latex_symbols.TEXT_ACCENTS[mark]) + read[1:]
        quoted = mark == "'" and self.before.isalpha() and _CONTRACTION_ENDING.match(self.text, start)  # it\'s
        if quoted or not read[:1].isalpha() or (len(composed) > len(read) and not grouped):
            self.at = start
            return False
        self.said.append(composed)
        return True

    def hat(self, name: str) -> bool:
        """Put an accent on a letter of a formula."""
        argument = self.argument()
        read = self.within(argument or "", formula=True)
        self.said.append(
            unicodedata.normalize("NFC", read + latex_symbols.FORMULA_ACCENTS[name]) if len(read) == 1 else read
        )
        return argument is not None

    def unseen(self) -> bool:
        """Pass over a command, and over what it is applied to, such as a reference."""
        if option := _OPTION.match(self.text, self.at):
            self.at = option.end()
        if self.before == "~":
            self.said = ["".join(self.said)[:-1]]
        return self.argument(braced=True) is not None or option is not None

    def second(self, _name: str) -> bool:
        r"""Show the second argument, as of \href; the first where there is no other."""
        first, second = self.argument(braced=True), self.argument(braced=True)
        self.said.append(first or "" if second is None else self.within(second, formula=False))
        return first is not None

    def fraction(self, _name: str) -> bool:
        """Show a fraction as 1/2."""
        above, below = self.argument(), self.argument()
        self.said.append(
            "/".join(
                latex_symbols.parenthesize_compound(self.within(one or "", formula=True)) for one in (above, below)
            )
        )
        return above is not None and below is not None

    def root(self, _name: str) -> bool:
        """Show a root as √2."""
        if option := _OPTION.match(self.text, self.at):
            self.at = option.end()
        argument = self.argument()
        above = latex_symbols.to_superscript(option[1].strip()) if option else ""
        self.said += [above, "√" + latex_symbols.parenthesize_compound(self.within(argument or "", formula=True))]
        return argument is not None

    def character(self, _name: str) -> bool:
        """Show a character by its number: x2013."""
        code = self.argument(braced=True) or ""
        if not re.fullmatch(r"[xX][0-9a-fA-F]{1,5}|[0-9]{1,6}", code):
            return False
        letter = chr(int(code[1:], 16) if code[0] in "xX" else int(code))
        self.said.append(letter)
        return not unicodedata.category(letter).startswith("C")

    def raised(self, name: str) -> bool:
        """Show words above or below the line."""
        argument = self.argument(braced=True)
        read = self.within(argument or "", formula=False).strip()
        self.said.append(
            latex_symbols.to_superscript(read) if name == "textsuperscript" else latex_symbols.to_subscript(read)
        )
        return argument is not None


_OTHER_COMMANDS: dict[str, Callable[[_LatexReader, str], bool]] = {
    **dict.fromkeys(latex_symbols.SECOND_ARGUMENT_COMMANDS, _LatexReader.second),
    **dict.fromkeys(latex_symbols.FRACTION_COMMANDS, _LatexReader.fraction),
    **dict.fromkeys(latex_symbols.FORMULA_ACCENTS, _LatexReader.hat),
    **dict.fromkeys(("textsuperscript", "textsubscript"), _LatexReader.raised),
    "sqrt": _LatexReader.root,
    "unicode": _LatexReader.character,
}
