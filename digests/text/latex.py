r"""Turns LaTeX in titles and abstracts into plain letters that read well in an email. Pure.

Authors type \textbf{Name}, 3.5\%, Cram\'er, $\tau^2$, ``quoted''. `latex_to_text` is used for all text that comes in: entries
of feeds and pages, answers of models, imported reports. A formula becomes letters where it fits into a line (τ², H₂O,
1/2); any other (a matrix, an author's own command) stays as it is typed. Words are never changed, and applying it twice
gives the same as once. Left alone, because it is not LaTeX: prices ($5 and $6), paths (C:\users), ranges with a tilde
(3~5), braces without a command in them. Not here: the table of commands (`latex_symbols`).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cached_property

from digests.text import latex_symbols

MAX_FORMULA_CHARS = 600  # a longer formula is not part of a line
MAX_COMMAND_DEPTH = 8  # commands within commands; bounds the recursion
# More than 100 marks, and more than one in 20 characters, are not an abstract (these have one in 40), and cost time.
MAX_MARKS, MIN_CHARS_PER_MARK = 100, 20
MAX_READING_PASSES = 4  # reading "\$x\$" makes a formula, which has to be read again; four levels end in any case

_COMMAND = re.compile(r"\\(?:([A-Za-z]+)|(.))", re.DOTALL)
_TEXT_MARK = re.compile(r"[\\${]")
_FORMULA_MARK = re.compile(r"[\\${}^_&~']|\s+")
_NESTED = re.compile(r"\\.|[{}$]", re.DOTALL)
_OPTION = re.compile(r"\s*\[([^\[\]]{0,100})\]")
_SPACE_BEFORE_WORD = re.compile(r"\s+[\w\\]")
_WINDOWS_DRIVE = re.compile(r"(?:^|[^A-Za-z0-9])[A-Za-z]:\Z")
_CONTRACTION_ENDING = re.compile(r"(?:s|t|d|m|re|ve|ll)(?![A-Za-z])")

_TRAILING_OPERATOR = re.compile(r".+[-+*/=,;:(]", re.DOTALL)
_ESCAPED_QUOTE = re.compile(r'\\"(?=[\s.,;:!?)]|$)')  # an accent cannot stand there: a program has escaped the quotes
_LATEX_QUOTES = re.compile(r"``(?=\S)([^`]{1,400}?)''")
_REFERENCE = re.compile(
    r"(?<![A-Za-z])((?:Table|Tab\.|Figure|Fig\.|Section|Sec\.|Equation|Eq\.|Algorithm|Appendix|Ref\.|Theorem)s?)~(?=[\dA-Z(])"
)
_EAST_ASIAN_LETTERS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"  # between these a tilde means "from ... to"
_TILDE_SPACE = re.compile(
    rf"((?<![a-z])[a-z]{{2,10}}://\S+)|(?<=[^\s~/{_EAST_ASIAN_LETTERS}])~(?=[^\s~\d{_EAST_ASIAN_LETTERS}])"
)
_SPACES = re.compile(r"(?<=\S) {2,}(?=\S)")


def latex_to_text(text: str) -> str:
    """Return the text with its LaTeX as plain letters; a text without LaTeX is returned unchanged."""
    marks = text.count("\\") + text.count("$")
    is_dense = marks > MAX_MARKS and marks * MIN_CHARS_PER_MARK > len(text)
    if is_dense or not (marks or any(mark in text for mark in ("``", "--", "~"))):
        return text
    for _pass in range(MAX_READING_PASSES):
        before, text = text, _read_latex_once(text)
        if text == before:
            break
    return text


def _read_latex_once(text: str) -> str:
    typed = re.sub(r"(?<=\d)\{,\}(?=\d{3})", ",", text.replace('\\"', '"') if _ESCAPED_QUOTE.search(text) else text)
    plain = _LATEX_QUOTES.sub(r'"\1"', _LatexReader(typed).read())
    if plain != text:  # a tilde is a non-breaking space only in a text that has other LaTeX too
        plain = _SPACES.sub(" ", _TILDE_SPACE.sub(lambda found: found[1] or " ", plain))
    plain = re.sub(r"∼(?=\s?\d)", "~", _REFERENCE.sub(r"\1 ", plain))
    return re.sub(r"(?<=\w)---?(?=\w)", " - ", re.sub(r"(?<=[\d%×°])--(?=\d)", "–", plain))


class _NoPlainFormError(Exception):
    """A formula that has no form in plain letters."""


class _LatexReader:
    """Reads a text once from left to right; each argument and each formula in it is read by a reader of its own.

    Methods that read a command return False where its argument is missing: the command then stays as it is typed.
    """

    def __init__(self, text: str, *, formula: bool = False, depth: int = 0) -> None:
        self.text, self.formula, self.depth = text, formula, depth
        self.at = 0
        self.output: list[str] = []

    def read(self) -> str:
        """Return the text in plain letters; raise _NoPlainFormError where a formula has none."""
        marks = _FORMULA_MARK if self.formula else _TEXT_MARK
        while found := marks.search(self.text, self.at):
            self.output.append(self.text[self.at : found.start()])
            self.at = found.start()
            if found[0] == "\\":
                self.read_command()
            elif self.formula:
                self.read_formula_mark(found[0])
            elif found[0] == "$":
                self.read_dollar()
            else:
                self.read_brace()
        self.output.append(self.text[self.at :])
        return "".join(self.output)

    def read_part(self, text: str, *, formula: bool) -> str:
        """Return a part of the text in plain letters; raise _NoPlainFormError where a formula is nested too deep."""
        if self.depth < MAX_COMMAND_DEPTH:
            return _LatexReader(text, formula=formula, depth=self.depth + 1).read()
        if formula:
            raise _NoPlainFormError
        return text

    def keep_as_typed(self, start: int, length: int) -> None:
        """Copy characters as they are typed; within a formula raise, since the formula is then copied as a whole."""
        if self.formula:
            raise _NoPlainFormError
        self.output.append(self.text[start : start + length])
        self.at = start + length

    @property
    def previous(self) -> str:
        """The last character of the output so far, "" at the beginning."""
        return next((piece[-1] for piece in reversed(self.output) if piece), "")

    @property
    def upcoming(self) -> str:
        """The next character of the text, "" at the end."""
        return self.text[self.at : self.at + 1]

    def read_dollar(self) -> None:
        """Read a formula between dollars; a price, or a formula without a plain form, is copied as it is typed."""
        mark = "$$" if self.text.startswith("$$", self.at) else "$"
        start = self.at + len(mark)
        end = self.find_formula_end(start, mark)
        if end < 0 or not self.is_formula(self.text[start:end], end + len(mark)):
            self.keep_as_typed(self.at, len(mark))
        else:
            self.show_formula(start, end, len(mark))

    def show_formula(self, start: int, end: int, mark: int) -> None:
        """Show the formula from `start` to `end`; `mark` is the length of the marks around it."""
        try:
            read = " ".join(self.read_part(self.text[start:end], formula=True).split())
        except _NoPlainFormError:
            self.keep_as_typed(start - mark, end + 2 * mark - start)
        else:
            self.output.append(read or " ")  # a formula of a space alone: 5$\,$GHz
            self.at = end + mark

    def find_formula_end(self, start: int, mark: str) -> int:
        """Return where the formula that begins at `start` ends, outside of braces; -1 where it does not end."""
        at = start
        while found := _NESTED.search(self.text, at, start + MAX_FORMULA_CHARS):
            if found[0] == "$":
                return found.start() if found.start() > start and self.text.startswith(mark, found.start()) else -1
            at = self.brace_pairs.get(found.start(), -2) + 1 if found[0] == "{" else found.end()
            if at < 0 or found[0] == "}":
                return -1
        return -1

    def is_formula(self, typed: str, after: int) -> bool:
        """Return whether the text between two dollars is a formula rather than words between two prices."""
        following, bare = self.text[after : after + 1], latex_symbols.BRACED_OPERATOR.sub(r"\1", typed.strip())
        prices = typed[:1].isdigit() and (typed[-1:].isspace() or following.isdigit())
        if not bare or "\\" in typed:
            return bool(bare) and not (prices and following.isdigit())
        if prices or (typed != typed.strip() and (len(bare) > 1 or bare in ",;.:")):
            return False
        if "^" in typed or "_" in typed or typed.startswith("{"):
            return True
        joined = self.previous.isalnum() and bare.isascii() and bare[:1].isalnum()  # US$5 ... A$
        unfinished = following.isalnum() and _TRAILING_OPERATOR.fullmatch(bare)
        return bool(latex_symbols.BARE_FORMULA.fullmatch(bare)) and not joined and not unfinished

    def read_formula_mark(self, mark: str) -> None:
        """Read a mark that has a meaning only within a formula."""
        self.at += len(mark)
        if mark in "^_":
            read = self.read_part(self.take_argument() or "&", formula=True).strip()
            self.output.append(latex_symbols.to_superscript(read) if mark == "^" else latex_symbols.to_subscript(read))
        elif mark == "'":
            self.output.append("′")
        elif mark == "~" or mark.isspace():
            self.output.append(" ")
        elif mark == "{":
            self.at -= 1
            self.output.append(self.read_part(self.take_argument() or "", formula=True))
        else:
            raise _NoPlainFormError

    def read_brace(self) -> None:
        r"""Read {\sc Name}; braces without a command belong to the text, and stay."""
        start = self.at
        argument = self.take_argument() or ""
        read = self.read_part(argument, formula=False) if argument.lstrip().startswith("\\") else argument
        if read == argument:
            self.keep_as_typed(start, 1)
        else:
            self.output.append(read.strip())

    def take_argument(self, *, braced: bool = False) -> str | None:
        """Return a command's argument as it is typed, and move behind it; None where there is none.

        It is a group in braces, or, unless `braced`, a single command or letter.
        """
        start = self.at
        while self.text[start : start + 1].isspace():
            start += 1
        if self.text[start : start + 1] == "{":
            end = self.brace_pairs.get(start, -1)
            self.at = end + 1 if end > 0 else self.at
            return self.text[start + 1 : end] if end > 0 else None
        if braced or start >= len(self.text):
            return None
        found = _COMMAND.match(self.text, start)
        self.at = found.end() if found else start + 1
        for _argument in range(latex_symbols.count_arguments(found[1] or "") if found else 0):  # x_\text{max}
            self.at = self.brace_pairs.get(self.at, self.at - 1) + 1
        return self.text[start : self.at]

    @cached_property
    def brace_pairs(self) -> dict[int, int]:
        """The position of each opening brace, with that of the brace that closes it."""
        pairs, open_ones = {}, list[int]()
        for found in _NESTED.finditer(self.text):
            if found[0] == "{":
                open_ones.append(found.start())
            elif found[0] == "}" and open_ones:
                pairs[open_ones.pop()] = found.start()
        return pairs

    def show_argument(self, *, formula: bool, braced: bool = True) -> bool:
        argument = self.take_argument(braced=braced)
        if argument is not None:
            self.output.append(self.read_part(argument, formula=formula))
        return argument is not None

    def read_command(self) -> None:
        start, length = self.at, len(self.output)
        found = _COMMAND.match(self.text, start)
        if found is None or (not self.formula and _WINDOWS_DRIVE.search(self.text, max(0, start - 3), start)):
            self.keep_as_typed(start, len(self.text[start:].split(None, 1)[0]))  # C:\users\name
            return
        self.at = found.end()
        try:
            done = self.read_named_command(found[1]) if found[1] else self.read_sign_command(found[2])
        except _NoPlainFormError:  # in its argument
            done = False
        if done:
            self.at += 2 * self.text.startswith("{}", self.at)  # ends a command's name
        else:
            del self.output[length:]
            self.keep_as_typed(start, len(found[0]))

    def read_sign_command(self, mark: str) -> bool:
        """Read a command of one sign, such as \\% or an accent."""
        if mark in "%&#_${}@":
            self.output.append(mark.strip("@"))  # i.e.\@ is followed by a plain space
        elif mark in "([":
            return self.read_bracketed_formula(mark)
        elif mark == "\\":
            return self.read_double_backslash()
        elif mark in ", " or (self.formula and mark in ";:!>|"):
            self.output.append({"!": "", "|": "‖"}.get(mark, " "))
        elif mark == "-":
            return self.previous.isalpha() and self.upcoming.isalpha()  # where a word may be divided
        elif mark in latex_symbols.TEXT_ACCENTS:
            if self.show_accent(mark):
                return True
            self.output.append(mark)  # not an accent, but a quote that a program has escaped
            return mark in "'\"" and not self.formula
        else:
            return False
        return True

    def read_bracketed_formula(self, mark: str) -> bool:
        r"""Read a formula between \( and \); Markdown escapes brackets likewise, so what is within has to look like one."""
        start = self.at
        end = self.text.find("\\" + {"(": ")", "[": "]"}[mark], start, start + MAX_FORMULA_CHARS)
        typed = self.text[start:end].strip()
        if end < 0 or not (re.search(r"[\\^_=<>]", typed) or (len(typed) == 1 and typed.isalpha())):
            return False
        self.show_formula(start, end, 2)
        return True

    def read_double_backslash(self) -> bool:
        r"""Read \\alpha, which a program has escaped twice; any other \\ is a line break, and stays."""
        self.at -= 1
        found = _COMMAND.match(self.text, self.at)
        return not self.formula and bool(found and found[1] and latex_symbols.is_command(found[1]))

    def read_named_command(self, name: str) -> bool:
        if name in latex_symbols.TEXT_ACCENTS:
            return self.upcoming in {"{", " "} and self.show_accent(name, braced=name not in "cvH")
        if name in latex_symbols.SYMBOLS or (name in latex_symbols.FUNCTION_NAMES and self.formula):
            return self.show_symbol(name)
        if name in latex_symbols.STYLE_COMMANDS:
            return self.skip_style(name)
        if latex_symbols.TEXT_COMMANDS.fullmatch(name):
            return self.show_argument(formula=False, braced=not self.formula)
        if latex_symbols.FORMULA_COMMANDS.fullmatch(name):
            self.at += self.upcoming == "*"  # \operatorname*
            return self.show_argument(formula=True, braced=not self.formula)
        if latex_symbols.HIDDEN_COMMANDS.fullmatch(name):
            return self.skip_hidden_command()
        return name in _OTHER_COMMANDS and _OTHER_COMMANDS[name](self, name)

    def show_symbol(self, name: str) -> bool:
        if name in latex_symbols.WORD_LETTER_COMMANDS and not self.formula:
            if len(name) == 1 and not (
                self.previous.isalpha() or self.upcoming in {"", "{"} or self.upcoming.isspace()
            ):
                return False
            while self.upcoming.isspace():
                self.at += 1
        elif name in latex_symbols.SYMBOLS and _SPACE_BEFORE_WORD.match(self.text, self.at):
            # The space only ends the command's name; it is shown where a space stands before the command too.
            self.at += not self.previous.isspace() and (self.formula or bool(self.previous))
        self.output.append(latex_symbols.SYMBOLS.get(name, name))
        return True

    def skip_style(self, name: str) -> bool:
        """Skip a command that only changes the look of what follows."""
        if name in {"left", "right", "middle"}:
            self.at += self.upcoming == "."
            return self.formula
        if self.upcoming == "{":
            return self.show_argument(formula=self.formula)
        self.at += self.upcoming.isspace()
        return self.formula or self.at == len(self.text) or self.text[self.at - 1].isspace()

    def show_accent(self, mark: str, *, braced: bool = False) -> bool:
        r"""Put an accent on its letter: \"o, \'{e}, \c{c}, \v s."""
        start, grouped = self.at, self.upcoming == "{"
        argument = self.take_argument(braced=braced) if self.upcoming else None
        read = self.read_part(argument, formula=False) if argument else ""
        read = {"ı": "i", "ȷ": "j"}.get(read[:1], read[:1]) + read[1:]
        composed = unicodedata.normalize("NFC", read[:1] + latex_symbols.TEXT_ACCENTS[mark]) + read[1:]
        quoted = mark == "'" and self.previous.isalpha() and _CONTRACTION_ENDING.match(self.text, start)  # it\'s
        if quoted or not read[:1].isalpha() or (len(composed) > len(read) and not grouped):
            self.at = start
            return False
        self.output.append(composed)
        return True

    def show_formula_accent(self, name: str) -> bool:
        r"""Put an accent on a letter of a formula: \hat x. Longer arguments are shown without it."""
        argument = self.take_argument()
        read = self.read_part(argument or "", formula=True)
        self.output.append(
            unicodedata.normalize("NFC", read + latex_symbols.FORMULA_ACCENTS[name]) if len(read) == 1 else read
        )
        return argument is not None

    def skip_hidden_command(self) -> bool:
        r"""Skip a command together with its argument, such as \cite{key}, and the tilde before it."""
        if option := _OPTION.match(self.text, self.at):
            self.at = option.end()
        if self.previous == "~":
            self.output = ["".join(self.output)[:-1]]
        return self.take_argument(braced=True) is not None or option is not None

    def show_second_argument(self, _name: str) -> bool:
        r"""Show the second argument, as of \href{address}{words}; the first where there is only one."""
        first, second = self.take_argument(braced=True), self.take_argument(braced=True)
        self.output.append(first or "" if second is None else self.read_part(second, formula=False))
        return first is not None

    def show_fraction(self, _name: str) -> bool:
        above, below = self.take_argument(), self.take_argument()
        self.output.append(
            "/".join(
                latex_symbols.parenthesize_compound(self.read_part(one or "", formula=True)) for one in (above, below)
            )
        )
        return above is not None and below is not None

    def show_root(self, _name: str) -> bool:
        if option := _OPTION.match(self.text, self.at):
            self.at = option.end()
        argument = self.take_argument()
        above = latex_symbols.to_superscript(option[1].strip()) if option else ""
        self.output += [above, "√" + latex_symbols.parenthesize_compound(self.read_part(argument or "", formula=True))]
        return argument is not None

    def show_character(self, _name: str) -> bool:
        r"""Show a character by its number: \unicode{x2013}."""
        code = self.take_argument(braced=True) or ""
        if not re.fullmatch(r"[xX][0-9a-fA-F]{1,5}|[0-9]{1,6}", code):
            return False
        letter = chr(int(code[1:], 16) if code[0] in "xX" else int(code))
        self.output.append(letter)
        return not unicodedata.category(letter).startswith("C")

    def show_raised_text(self, name: str) -> bool:
        argument = self.take_argument(braced=True)
        read = self.read_part(argument or "", formula=False).strip()
        self.output.append(
            latex_symbols.to_superscript(read) if name == "textsuperscript" else latex_symbols.to_subscript(read)
        )
        return argument is not None


_OTHER_COMMANDS: dict[str, Callable[[_LatexReader, str], bool]] = {
    **dict.fromkeys(latex_symbols.SECOND_ARGUMENT_COMMANDS, _LatexReader.show_second_argument),
    **dict.fromkeys(latex_symbols.FRACTION_COMMANDS, _LatexReader.show_fraction),
    **dict.fromkeys(latex_symbols.FORMULA_ACCENTS, _LatexReader.show_formula_accent),
    **dict.fromkeys(("textsuperscript", "textsubscript"), _LatexReader.show_raised_text),
    "sqrt": _LatexReader.show_root,
    "unicode": _LatexReader.show_character,
}
