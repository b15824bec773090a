"""Facts about each language for the quality gates, by language code: its letters, function words and number format.

Letters and function words are listed for languages in Latin script. A text in a language that is not listed may use any
Latin letter, and is only checked for not being English. Not here: languages with a script of their own, such as Korean
and Russian (`quality.writing_systems`).
"""

# Letters beyond a to z, in lower case: those of the language's own spelling, and of its everyday loanwords.
EXTRA_LETTERS = {
    "ca": "àçèéíïòóúü·",
    "cs": "áčďéěíňóřšťúůýž",
    "da": "æøåéü",
    "de": "äöüßéèêàç",
    "en": "",  # its few loanwords with other letters are listed as words in `quality.writing_systems`
    "es": "áéíñóúüç",
    "et": "äõöüšž",
    "fi": "äöåšžé",
    "fr": "àâæçéèêëîïôœùûüÿñ",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "id": "é",
    "it": "àèéìíîòóùú",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "ms": "é",
    "nb": "æøåéòôü",
    "nl": "áàäçéèêëíïîóôöúüû",
    "no": "æøåéòôü",
    "pl": "ąćęłńóśźżé",
    "pt": "áâãàçéêíóôõúü",
    "ro": "ăâîșşțţ",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšžćđ",
    "sv": "åäöéàü",
    "tr": "âçğıiîöşüûİ\u0307",  # İ in lower case is an i and a dot
    "vi": "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ",
}
# Words that are frequent in any text of the language; their share shows whether a text is in the language.
FUNCTION_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "en": """the of and to a in is for that with on as by are this from it an be or at its we which can not than
            these their have has was were but also more into such both over between while where when how what they
            using across""",
        "de": """der die das den dem des und ist in zu mit von auf für ein eine einen einem einer eines nicht sich auch
            als bei nach aus wird werden sind oder an im am zum zur wie durch über dass sie es hat haben kann können
            mehr noch nur diese dieser dieses damit sowie um bis""",
        "fr": """le la les un une des de du et en à au aux est sont pour par sur avec dans que qui ce cette ces ne pas
            plus il elle ils se sa son ses leur leurs ou comme mais peut sans entre""",
        "es": """el la los las un una unos de del y en a al es son para por con que se su sus no más como o pero este
            esta estos estas lo entre sin sobre también ha han puede""",
        "pt": """o a os as um uma uns de do da dos das e em no na nos nas é são para por com que se seu sua seus não
            mais como ou mas este esta ao à pelo pela entre sem sobre também pode""",
        "it": """il lo la i gli le un uno una di del della dei delle e in nel nella a al alla è sono per con che si
            suo sua non più come o ma questo questa da dal dalla su sul tra fra anche può""",
        "nl": """de het een en van in is op te dat met voor zijn niet aan er om ook als bij door uit naar maar deze dit
            die wordt worden kan of dan meer over hun""",
        "sv": """och att det som en ett den de i på är av för med till inte om har kan från eller men vid också så än
            mer deras detta""",
        "da": """og at det som en et den de i på er af for med til ikke om har kan fra eller men ved også så end mere
            deres dette""",
        "nb": """og at det som en et den de i på er av for med til ikke om har kan fra eller men ved også så enn mer
            deres dette""",
        "pl": """i w z na do się nie że jest są to jak o od po za przez dla oraz tym który która które co ich lub ale
            może już bez""",
        "vi": """và của là các cho trong với được một những này có không để từ trên khi đã về như hơn vào ra đến""",
        "id": """yang dan di ke dari untuk dengan pada ini itu adalah dalam tidak akan oleh juga atau dapat lebih""",
    }.items()
}
# Languages that write 91,2 % and 3.971: the decimal mark is a comma, thousands are separated by a point or a thin space.
_DECIMAL_COMMA = "ca cs da de el es et fi fr hr hu id it lt lv nb nl no pl pt ro ru sk sl sv tr uk vi"
DECIMAL_COMMA_LANGUAGES = frozenset(_DECIMAL_COMMA.split())
_SPACE_SEPARATOR = "cs et fi fr hu lt lv nb no pl ru sk sv uk"  # those of them that write 3 971
SPACE_SEPARATOR_LANGUAGES = frozenset(_SPACE_SEPARATOR.split())
CAPITALIZED_NOUN_LANGUAGES = frozenset({"de", "lb"})  # here a capital in mid-sentence does not show a name
_MILLION, _LONG_BILLION = 10**6, 10**12  # in most of Europe a billion is a million millions
# Regular expressions for words that multiply the number before them; the first match counts, so longer ones stand first.
SCALE_WORDS: dict[str, dict[str, int]] = {
    "de": {
        "tausend|Tsd\\.?": 10**3,
        "Million(?:en)?|Mio\\.?": _MILLION,
        "Milliarden?|Mrd\\.?": 10**9,
        "Billion(?:en)?": _LONG_BILLION,
    },
    "fr": {"mille": 10**3, "milliards?": 10**9, "millions?": _MILLION, "billions": _LONG_BILLION},
    "es": {"mil millones": 10**9, "mil": 10**3, "mill[oó]n(?:es)?": _MILLION, "bill[oó]n(?:es)?": _LONG_BILLION},
    "pt": {
        "mil milhões": 10**9,
        "mil": 10**3,
        "milh(?:ão|ões)": _MILLION,
        "bilh(?:ão|ões)": 10**9,
        "trilh(?:ão|ões)": 10**12,
        "bili(?:ão|ões)": _LONG_BILLION,
    },
    "it": {"mila": 10**3, "milion[ei]": _MILLION, "miliard[oi]": 10**9, "bilion[ei]": _LONG_BILLION},
    "nl": {"duizend": 10**3, "miljoen": _MILLION, "miljard": 10**9, "biljoen": _LONG_BILLION},
    "pl": {
        "tys\\.?|tysi(?:ąc|ące|ęcy)": 10**3,
        "mln|milion(?:y|ów|a)?": _MILLION,
        "mld|miliard(?:y|ów|a)?": 10**9,
        "bln|bilion(?:y|ów|a)?": _LONG_BILLION,
    },
    "sv": {"tusen": 10**3, "miljon(?:er)?": _MILLION, "miljard(?:er)?": 10**9, "biljon(?:er)?": _LONG_BILLION},
    "da": {"tusind(?:e)?": 10**3, "million(?:er)?": _MILLION, "milliard(?:er)?": 10**9, "billioner": _LONG_BILLION},
    "nb": {"tusen": 10**3, "million(?:er)?": _MILLION, "milliard(?:er)?": 10**9, "billioner": _LONG_BILLION},
    "ru": {
        "тыс\\.?|тысяч[аи]?": 10**3,
        "млн|миллион(?:а|ов)?": _MILLION,
        "млрд|миллиард(?:а|ов)?": 10**9,
        "трлн|триллион(?:а|ов)?": 10**12,
    },
    "uk": {
        "тис\\.?|тисяч[аі]?": 10**3,
        "млн|мільйон(?:а|и|ів)?": _MILLION,
        "млрд|мільярд(?:а|и|ів)?": 10**9,
        "трлн|трильйон(?:а|и|ів)?": 10**12,
    },
    "vi": {"nghìn|ngàn": 10**3, "triệu": _MILLION, "tỷ|tỉ": 10**9},
    "id": {"ribu": 10**3, "juta": _MILLION, "miliar": 10**9, "triliun": 10**12},
}
# "no" is the code that most people write for Norwegian; "nb" is Bokmål, its usual written form.
FUNCTION_WORDS["no"], SCALE_WORDS["no"] = FUNCTION_WORDS["nb"], SCALE_WORDS["nb"]
