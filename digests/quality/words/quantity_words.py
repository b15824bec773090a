"""Word tables for reading quantities: the ends of phrases, and bounds such as "up to" and 이상, in Korean and English.

Only data, read in `claim_quantities`.
"""

# Particles after a Korean noun, longest first; a word that ends in one of the modifier endings leaves the noun to the next word.
PARTICLES_KO = tuple(
    sorted(
        [
            "에서는",
            "에서도",
            "에서의",
            "으로는",
            "으로도",
            "이라는",
            "이라고",
            "에게서",
            "까지의",
            "에서",
            "으로",
            "로는",
            "에는",
            "에도",
            "에게",
            "이나",
            "이며",
            "이고",
            "이다",
            "입니다",
            "였습니다",
            "이었습니다",
            "까지",
            "부터",
            "마다",
            "처럼",
            "보다",
            "들은",
            "들이",
            "들을",
            "들의",
            "들에",
            "들로",
            "들과",
            "만을",
            "만으로",
            "라는",
            "별로",
            "은",
            "는",
            "이",
            "가",
            "을",
            "를",
            "에",
            "로",
            "와",
            "과",
            "의",
            "도",
            "만",
            "들",
            "나",
            "며",
        ],
        key=len,
        reverse=True,
    )
)
MODIFIER_ENDINGS_KO = (
    "한",
    "인",
    "된",
    "적",
    "의",
    "운",
    "던",
    "할",
    "될",
    "른",
    "온",
    "난",
    "간",
    "형",
    "용",
    "긴",
    "큰",
    "작은",
    "같은",
    "다른",
)
# Words after which an English noun phrase is over.
PHRASE_ENDS_EN = frozenset(
    [
        "of",
        "in",
        "on",
        "for",
        "and",
        "or",
        "with",
        "to",
        "by",
        "at",
        "from",
        "that",
        "which",
        "who",
        "where",
        "when",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "can",
        "may",
        "will",
        "using",
        "across",
        "over",
        "under",
        "between",
        "among",
        "per",
        "than",
        "as",
        "via",
        "into",
        "through",
        "within",
        "without",
        "while",
        "but",
        "we",
        "it",
        "they",
        "this",
        "these",
        "those",
        "the",
        "a",
        "an",
        "its",
        "their",
        "our",
        "not",
        "only",
        "each",
        "both",
        "covering",
        "spanning",
        "including",
        "derived",
        "collected",
        "such",
        "show",
        "shows",
        "achieve",
        "achieves",
        "demonstrate",
        "demonstrates",
        "reveal",
        "require",
        "requires",
        "compared",
        "against",
        "based",
        "trained",
        "tested",
        "used",
        "built",
        "drawn",
        "taken",
    ]
)

# Bounds. "<" and ">" exclude the number, "max" and "min" include it, "~" is about it, "<~" a little less.
_NOT = r"(?:no|not|never|n't)"
BOUND_PREFIXES: tuple[tuple[str, str], ...] = (
    (
        "max",
        (
            rf"up[ -]to|as (?:much|many|high|large|long|far) as|at (?:the )?most|{_NOT} (?:more|greater|higher|larger|longer|later) than"
            rf"|{_NOT} (?:\w{{1,20}} )?(?:exceed(?:ing|s)?|surpass(?:ing)?)|(?:a )?maximum(?: of)?|max(?:imum)?\.?|within|≤|<="
            r"|최대|최고|많아야|많게는|길게는|높게는|기껏해야"
        ),
    ),
    (
        "min",
        (
            rf"at ?least|{_NOT} (?:less|fewer|lower|smaller|shorter) than|(?:a )?minimum(?: of)?|as (?:few|low|little) as|≥|>="
            r"|최소|최소한|적어도|못해도|적게는"
        ),
    ),
    ("<", r"(?:less|fewer) than|under|below|(?:just )?short of|<"),
    ("<~", r"nearly|almost|close to|approaching|거의"),
    (
        ">",
        (
            r"(?:more|greater) than|over|above|beyond|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|upwards? of|in excess of|>"
        ),
    ),
    ("~", r"about|around|approximately|approx\.?|roughly|some|circa|~|∼|≈|약|대략|얼추|어림잡아"),
)
BOUND_SUFFIXES: tuple[tuple[str, str], ...] = (
    (
        "min",
        r"이상(?! ?(?:탐지|검출|감지|치|현상|징후|반응|행동|소견|거래|징조))|or (?:more|higher|above|greater|longer)\b|and (?:above|more)\b",
    ),
    (
        "max",
        r"이하|이내|(?:or|and) (?:less|fewer|lower|below|under)\b|at most\b|안에|을 넘지 않|를 넘지 않|이 넘지 않|가 넘지 않",
    ),
    (
        "<",
        r"미만|(?:에|에도|에는|도|을|를)? ?(?:채 )?(?:못 ?미치|미치지 못|밑돌|밑도|하회|모자라|모자란|이르지 못|안 되|안 돼|안되)",
    ),
    (
        ">",
        r"초과|(?:을|를|이|가|도)? ?(?:훌쩍 |크게 )?넘(?![어었긴길])|(?<=[을를이가]) ?넘(?=[어었])|\+(?!\d)|plus\b",
    ),
    (
        "~",
        r"여(?= ?(?:개|명|편|건|장|가지|종|시간|년|일|분|초|곳|대|번|회|배|%|만|억|$|[ ,.]))|남짓|안팎|가량|정도|내외|쯤",
    ),
    ("hi", r"까지|에 이르|에 달"),
)
# A number near one of these may have a bound that the tables do not know: then it is not said to be exact.
BOUND_CUE = (
    r"\b(?:exceed|surpass|beyond|above|over|more|than|at ?least|up to|below|under|less|at most|reach|near|almost|max|min|about|around|"
    r"approx|rough|within|threshold|limit|as \w+ as|rang|between|compar|versus|vs|against|baseline|previous|prior)|기존|비해|대비|[<>≤≥+~∼≈]|이상|이하|미만|초과|넘|최대|최소|약|정도|까지"
)
# The same behind the number; "10% more" compares, "10% or more" is a bound.
BOUND_CUE_BEHIND = (
    r"\bor\b|\band (?:above|below|beyond|under|over|up)|\b(?:at ?least|at most|max|min|limit|threshold)|\bplus\b|[<>≤≥+~∼≈]|"
    r"이상|이하|이내|미만|초과|넘|밑돌|웃돌|못 미|모자라|안팎|내외|남짓|가량|쯤|정도|까지"
)
