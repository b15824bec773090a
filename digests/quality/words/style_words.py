"""Word lists and patterns for the gates of style and of generic points: praise, remarks, item numbers, refusals, loan words.

Only tables. Korean words are given as beginnings, since endings and particles follow them; English ones as families.
"""

import re

# What may follow a Korean noun: a particle, the copula, 하다/되다, or nothing.
KOREAN_PARTICLES = (
    "은|는|이|가|을|를|의|에|에서|에서는|에게|에게서|에는|에도|로|으로|로서|으로서|로써|와|과|도|만|만으로|까지|부터|보다|처럼|마다|이나|나|"
    "이며|며|이고|고|이자|인|이라는|라는|이란|란|들|들이|들은|들을|들의|적인|적으로|적|입니다|이었습니다|였습니다"
)

# Praise ---------------------------------------------------------------------------------------------------------------
# Words that a newsletter of facts never needs; the prompt forbids the first lines by name.
KOREAN_PRAISE = re.compile(
    r"혁신적|획기적|놀라운|놀랍(?:게도|도록|습)|놀랄\s?만|게임\s?체인저|주목할\s?만|귀추가\s?주목|기대를\s?(?:모으|모았|한\s?몸)|"
    r"패러다임(?:을|의|이|에)?\s?(?:완전히\s|근본적으로\s|새롭게\s)?(?:바꾸|바꿀|바꾼|바꿨|뒤[흔집바엎]|전환|변화|혁명|대전환)|"
    r"(?:무한한|엄청난|막대한|무궁무진한|끝없는)\s?(?:가능성|잠재력|기대|발전)|무궁무진|(?:새로운|새)\s?(?:지평|장|역사|시대)(?:을|를)\s?(?:열|여는|썼|쓰|연\s)|새로운\s?지평|"
    r"한\s?단계\s?(?:더\s)?(?:끌어\s?올|도약)|한\s?차원\s?(?:높|끌어)|크게\s?기여할\s?(?:것으로|전망)|시사하는\s?바가\s?(?:큽|크)|"
    r"판(?:도)?를?을?\s(?:뒤[집흔바엎]|바꾸|바꿀|바꾼|흔들)|(?:업계|학계|세상|세계|미래)(?:를|을|의)\s(?:뒤흔|깜짝|놀라|송두리째|바꿔\s?놓)|"
    r"경이로[운움]|경이적|눈부신|눈부시|독보적|전례\s?없|유례\s?없|유례를\s?찾|전대미문|전무후무|사상\s?초유|타의\s?추종|신기원|한\s?획을|쾌거|"
    r"마법\s?(?:처럼|같은|같이|과도)|기적\s?(?:처럼|같은|적|과도)|꿈의\s?(?:기술|모델|성능)|꿈만\s?같|궁극의|뜨거운\s?(?:관심|기대|반응|화제|주목)|"
    r"입이\s?(?:떡\s?|쩍\s?)?벌어|혀를\s?내두|탄성을|감탄|경탄|경악|환상적|충격적인\s?(?:성능|성과|결과|수치)|파격적|센세이션|돌풍|열풍을|눈을\s?(?:의심|뗄)|"
    r"무릎을\s?(?:탁\s?)?(?:칠|치)|기막[힌히]|기가\s?막|대박|역대급|초격차|명실상부|두말할|말이\s?필요\s?없|혁명(?:적|을\s|이라|과도|의\s?시작)|선구적|찬사|극찬|"
    r"신의\s?한\s?수|끝판왕|믿기\s?(?:(?:어려운|힘든)\s(?:정도|만큼|성능|수준|결과|속도|성과)|지\s?않)|상상을\s?(?:초월|뛰어)|상상\s?이상|차원이\s?다른|차원\s?다른|눈이\s?번쩍|짜릿|열광|가슴\s?(?:뛰|벅)|"
    r"어마어마|굉장[한히]|엄청[난나]|대단[한히하]|천재적|기념비적|역사적인\s?(?:성과|순간|도약|사건)|세기의|찬란|위대한|비약적|폭발적인\s?(?:성능|성장|향상|반응)|"
    r"최첨단|초일류|세계\s?최강|최강의|거침없|빛나는\s?(?:성과|성능|결과)|화려한\s?(?:성과|성능|결과|성적)|화려하게|완벽에\s?가까운|흠잡을|나무랄|더할\s?나위|"
    r"(?:큰|높은|뜨거운|많은)\s?기대를|기대(?:가|를)\s?(?:커지|모아|높|품게|낳)|귀추|이목을\s?(?:집중|끄)|화제를|화제의|"
    r"보물\s?(?:창고|같|상자)|보석\s?같|금광|절묘|기발|꿈같은|백미|압권|일품|걸작|명작|매혹|괴물\s?같|무시무시|놀라움|군계일학|화룡점정|날개를\s?(?:달|단)|승부수|최상의\s?찬|"
    r"불가능을\s?가능|한계를\s?허[물무]|새바람|파란을|경종을|"
    r"돌파구를\s?(?:열|마련|연)|도약을\s?이루|위업|신세계|꿈을\s?현실|현실로\s?만든|역사를\s?새로|일대\s?(?:혁신|전환|변혁)|지각\s?변동"
)
# Words of praise that a source may have itself: no alarm where it does.
PRAISE_IN_SOURCE = (
    ("선구", re.compile(r"\bpioneer", re.I)),
    (
        "최첨단",
        re.compile(r"\bstate[- ]of[- ]the[- ]art|\bsota\b|\bcutting-edge|\bfrontier|\badvanced\b|\bleading\b", re.I),
    ),
    ("혁명", re.compile(r"\brevolution", re.I)),
    ("전례", re.compile(r"\bunprecedented", re.I)),
    ("유례", re.compile(r"\bunprecedented|\bunparalleled", re.I)),
    ("눈부", re.compile(r"\bremarkabl|\bimpressive|\bspectacular", re.I)),
    ("엄청", re.compile(r"\b(?:massive|enormous|tremendous|huge|immense|vast)", re.I)),
    ("비약", re.compile(r"\b(?:dramatic|leap|drastic|explosive)", re.I)),
    ("폭발", re.compile(r"\b(?:explosi|explod|exponential|boom)", re.I)),
)
# Praise that may stand for a word of the source ("remarkably"): no alarm where the source praises too.
KOREAN_MILD_PRAISE = re.compile(
    r"무려\s|압도적|탁월[한하]|완벽[한하히]|단연|눈에\s?띄게\s?놀|(?<![가-힣])(?:가히|실로|참으로|과연)\s|매우\s?인상적|인상적인|인상\s?깊|경쟁자를\s|손색없|손색이"
)
KOREAN_ATTENTION = re.compile(r"각광|주목받|주목을\s?(?:받|끌)")
SOURCE_ATTENTION = re.compile(
    r"\b(?:attention to|(?:attract|gain|garner|draw|receiv|growing|increasing|wide|much|significant|considerable)\w*"
    r" (?:\w+ ){0,3}(?:attention|interest)|interest in|popular|prominen|promising|traction|widespread|widely|emerg|notabl)|주목|각광|관심",
    re.I,
)
SOURCE_PRAISE = re.compile(
    r"\b(?:remarkabl|unpreceden|surpris|overwhelm|outstanding|excellen|superior|perfect|impressi|extraordin|revolution|"
    r"groundbreak|dramatic|exception|strik|astonish|incredib|amaz|breakthrough|stunning|dominan|flawless|drastic|"
    r"as (?:many|much)\b)|놀라|압도|탁월|완벽",
    re.I,
)
ENGLISH_PRAISE = re.compile(
    r"\b(?:ground-?breaking|revolutionar\w*|revolutioni[sz]\w*|game-?chang\w*|stunning\w*|extraordinar\w*|"
    r"amazing\w*|astonish\w*|astound\w*|"
    r"incredibl\w*|breath-?taking\w*|jaw-?dropping|mind-?(?:blowing|boggling)|unprecedented\w*|paradigm[ -]shift\w*|"
    r"cutting-?edge|world-?class|"
    r"unparalleled|unrivall?ed|unmatched|phenomenal\w*|spectacular\w*|magical\w*|like magic|miracul\w*|miracle|"
    r"dazzling\w*|awe-?inspiring|"
    r"(?:chang\w+ )?forever(?: chang\w+)?|next-level|once-in-a-\w+|monumental\w*|masterpiece|brilliant\w*|genius|"
    r"thrilling|exciting\w*|excitement|"
    r"eye-?(?:opening|popping)|holy grail|must-(?:see|read|have)|staggering\w*|unbelievabl\w*|tour de force|"
    r"(?:giant|quantum|great|huge|massive) leap|"
    r"(?:unlock|unleash)\w*|(?:endless|limitless|boundless|infinite|unlimited) (?:possibilit\w+|potential)|"
    r"magnificent\w*|marvel\w*|wonder(?:ful|ous)\w*|"
    r"sensational\w*|trailblazing|visionary|legendary|epic|superb\w*|fantastic\w*|fabulous\w*|heroic|ingenious\w*|"
    r"sublime|remarkabl[ey]|"
    r"tak\w+ the (?:world|field|industry|community) by|(?:new|brave new) era|(?:redefin|reinvent|reimagin)\w+|"
    r"transformative|supercharg\w*|blaz(?:es|ing)|"
    r"(?:shatter|smash|crush|obliterat|demolish)\w* (?:all|every|the|previous|prior|records?|expectations?|"
    r"benchmarks?|competit\w+)|second to none|"
    r"dream(?:like|y|s? come true)|unthinkable|unimaginable|elegant\w*|treasure\w*|gem|jewel|crown jewel|stellar|"
    r"powerhouse|outstanding\w*|impressive\w*|flawless\w*|exquisite\w*|dramatic\w*|formidable|triumphant\w*|"
    r"never before seen|long-awaited|much-anticipated|eagerly|the world is watching|hot(?:ly)? (?:topic|"
    r"anticipated)|beyond (?:belief|imagination)|"
    r"(?:a|the) (?:true |real )?(?:milestone|landmark|triumph|sensation|marvel|feat))\b",
    re.I,
)

# Item numbers ---------------------------------------------------------------------------------------------------------
_KOREAN_ITEM = "(?:논문|항목|연구|자료|기사|글|소식|작업|편|문헌|초록|아이템|출처)"
_SUBJECT = "(?=[은는이가의에와과을를도,:처]|에서|모두|$|\\s(?:모두|모델|방법|저자|연구진))"
KOREAN_ITEM_NUMBERS = re.compile(
    rf"(?<![\d.])\d{{1,2}}번째?\s?{_KOREAN_ITEM}(?!집|실)|{_KOREAN_ITEM}\s?(?:제\s?)?(?:\[\d{{1,2}}\]|\(?#\d{{1,2}}|"
    rf"\d{{1,2}}번|\d{{1,2}}{_SUBJECT})|"
    rf"(?:번호|넘버)\s?\d{{1,2}}\s?{_KOREAN_ITEM}|"
    r"(?:(?<![\d.,%])|^)\d{1,2}번(?:과|와|,)\s?\d{1,2}번|(?:^|(?<=[.!?]\s))\d{1,2}번[은이의]\s|"
    rf"(?<![가-힣])제\s?\d{{1,2}}\s?{_KOREAN_ITEM}"
)
# "The first study of its kind" is no number: a modifier stands before it, or a predicate after it.
KOREAN_ORDINALS = re.compile(
    r"(?:(?:^|(?<=[.,!?]\s)|(?<=[와과]\s)|(?<=반면\s)|(?<=특히\s)|(?<=한편\s)|(?<=그리고\s)|(?<=또한\s)|(?<=먼저\s))"
    r"(?:첫|두|세|네|다섯|여섯|일곱|여덟)\s?(?:번째|째)(?:와\s(?:두|세|네)\s?번째)?"
    rf"|(?<![가-힣])(?:첫|두|세|네)\s?번째(?:와|과|,)\s?(?:두|세|네|다섯)\s?번째)\s?{_KOREAN_ITEM}(?=[은는이가의에와과을를도,처]|에서)"
)
BRACKETED_NUMBERS = re.compile(r"\[\d{1,2}(?:\s?[,–-]\s?\d{1,2})*\]")
ENGLISH_ITEM_NUMBERS = re.compile(
    r"\b(?:items?|papers?|articles?|stor(?:y|ies)|sources?|entr(?:y|ies)|abstracts?|stud(?:y|ies))"
    r" (?:#|no\. ?|number )?(?:\d{1,2}\b(?! ?(?:%|percent|x|times|of|pages|points|hours|languages|tasks|models|"
    r"datasets|samples|papers)\b| ?%|[.,]\d)|(?:one|two|three|four)(?=[,;:]| (?:show|use|present|propose|and|find|"
    r"tackle|address|look|introduc)\w*\b))|"
    r"\b(?:first|second|third|fourth|last|former|latter) of (?:the|these|our) (?:two |three |four |five |"
    r"six )?(?:papers|studies|works|items|articles|stories|entries|sources)\b|#\d{1,2}\b(?!\d)|\b(?:1st|2nd|3rd|"
    r"[4-9]th) (?:item|paper|article|story|source|entry|abstract)\b|"
    r"(?<!\bis )(?<!\bas )(?<!\bare )(?<!\bbe )(?<!\bwas )\bthe (?:first|second|third|fourth|fifth|sixth|last|final) "
    r"(?:and (?:second|third|fourth|fifth|last) )?(?:item|paper|article|story|source|entry|abstract|stud(?:y|ies)|"
    r"papers|items)\b(?! (?:to|that|of|on|in|which|showing|ever)\b)",
    re.I,
)

# Remarks on the text --------------------------------------------------------------------------------------------------
_SELF = "(?<![가-힣A-Za-z0-9)’”])(?:이|본|위|해당|상기|이번|동)"
_SAYS = (
    "(?:에\\s?(?:따르면|의하면|따라서?\\s|의거)|(?:을|를)\\s?(?:보면|살펴보면|참고하면|토대로\\s?(?:하면|보면))|(?:에|에서)\\s?(?:밝힌|쓴|적은|적힌|쓰인|나온|"
    "실린|언급[한된]|제시[한된]|설명[한된하]|말한|말하는|기술[한된]|서술[한된])|에서는|상으로는|만\\s?(?:보면|놓고)|기준으로)"
)
KOREAN_REMARKS = re.compile(
    rf"(?:초록|원문|본문|요약문|서론|결론부|논문\s?초록|영문\s?초록){_SAYS}|(?<![가-힣A-Za-z0-9)’”])(?:두|세|네|각|모든|이|본|해당|위|여러)\s초록(?!색)|"
    rf"초록(?:은|이|에는|에도|의\s?(?:내용|저자|마지막|첫|설명))\s?(?=[가-힣\s\d]{{0,80}}(?:적|밝히|밝혔|말하|말합|설명|언급|강조|전하|전합|소개|쓰|썼|제시|주장|"
    rf"보고))|"
    rf"(?:자료|논문|초록|본문|글)(?:에서|에)\s?(?:서술|언급|설명|제시|기술|명시|강조|말|밝히|적히|쓰이)?(?:한|된|하|힌|인)?\s?(?:대로|바와|바로는|듯)|"
    rf"(?<![가-힣A-Za-z0-9)’”])(?:이|본|위)\s글에서\s|시면\s?(?:됩니다|좋습니다|좋겠)|보시면\s|본문의\s|{_SELF}\s?(?:논문|원고|초록|"
    rf"문헌)(?!들?\s?(?:분류|데이터|추천|검색))(?:들)?(?=[은는이가의에을를과와도,]|에서|\s)|(?:(?:^|(?<=[.!?,]\s))본|(?<![가-힣])해당)\s연구(?!실|소|원|"
    rf"자|비)|(?<![가-힣])본고(?=[는의에])|"
    rf"(?:(?<=^)|(?<=[.!?]\s)|(?<=다만\s)|(?<=또한\s)|(?<=저자들이\s)|(?<=저자들은\s)|(?<=저자가\s)|(?<=연구진이\s))논문(?:{_SAYS}|은\s|"
    rf"의\s?(?:저자|설명|주장|내용))|"
    rf"저자(?:들)?(?:이|가|은|는)?\s(?:논문|초록|본문|원고)|저자(?:들)?(?:에\s?(?:따르면|의하면)|의\s?(?:설명|말|주장|보고)에\s)|"
    rf"(?<![가-힣A-Za-z0-9)’”])(?:주어진|제공된|제시된|입력된|건네받은|위의?|아래의?|이)\s?(?:자료|텍스트|내용|글|정보|문서|기사|요약|입력){_SAYS}|"
    rf"(?:자료|텍스트|기사|요약|문헌)(?:에\s?(?:따르면|의하면)|상으로는)|"
    rf"(?:더|보다)\s?자세한\s?(?:내용|사항|설정|수치|방법|결과|정보|설명|실험|분석|것)|자세한\s?(?:내용|사항|설명|정보|것|수치|결과|방법)(?:은|는|을|를|이)|"
    rf"(?:원문|원논문|논문\s?(?:전문|본문|원문)|본문|전문|부록|프로젝트\s?(?:페이지|홈페이지|사이트)|공식\s?(?:문서|안내|홈페이지|페이지)|깃허브|저장소|링크|홈페이지|웹사이트|"
    rf"누리집)[가-힣\s]{{0,20}}(?:참고|참조|확인|살펴|읽어|방문|찾아|보시|보세|봐\s)[가-힣\s]{{0,8}}(?:바랍|주세|주십|하세|하십|보세|보십|권합|권해|필요가\s?있|좋습|"
    rf"됩니다|해야\s?합|하면\s?됩|가능합|수\s?있습)|"
    r"(?:원문|논문|부록|본문)(?:에|에서)\s?(?:나와\s?있으니|있으니|직접\s?확인|확인할\s?수)|(?:시기|시길|시기를|주길|하길)\s?(?:바랍|권합|권해|추천|부탁)|"
    r"[가-힣]\s?(?:주세요|주십시오|보세요|보십시오|하세요|하십시오|마세요|마십시오)|권장드|권해\s?드|추천드|당부드|말씀드|알려\s?드|소개해\s?드|안내해?\s?드|독자\s?(?:여러분|분|"
    r"께|님)|여러분|"
    rf"참고용|참고\s?(?:자료|목적)로만|{_SELF}\s(?:요약|글|내용|소개|정리|설명|뉴스레터|섹션|코너|문서|기사|답변|콘텐츠|문장|소식지)(?:은|는|이|에는|에서는?|도|"
    rf"의)[가-힣A-Za-z\s,·()]{{0,40}}(?:요약|작성|생성|자동|인공지능|AI|모델|오류|정확|참고|공식|견해|책임|한계|바탕|기반|초록|다를\s|누락|빠[졌진]|대신하|대체|목적|다룹|"
    rf"다뤘|정리했|소개했)|"
    r"(?:AI|인공지능|기계|챗봇|언어\s?모델|LLM)(?:이|가|로|에\s?의해|을\s?(?:이용|활용|사용)해)?\s?(?:자동(?:으로)?\s?)?(?:작성|생성|요약|정리|번역)(?:한|된|"
    r"했|하였|됐|되었)\s?(?:(?:요약|글|내용|문장|기사|콘텐츠|것|결과물|뉴스레터)(?:이[며므니라]|입니다|으로\s)|뉴스레터|으므로|으니|기\s?때문|습니다)|자동(?:으로)?\s?(?:요약|작성|생성)(?:된|한)\s?(?:것|글|내용|"
    r"요약|문장|결과)이?[으므며라니]|"
    r"요약(?:이므로|이라서?\s|일\s?뿐|에\s?불과|과정에서|하는\s?과정에서|한\s?것이므로|한\s?내용이므로)|(?:오류|오역|실수|누락|오차|부정확한\s?(?:내용|부분))(?:이|"
    r"가)?\s?(?:있을|포함될|섞일)\s?수|사실과\s?다를\s?수|"
    r"(?:전문가|의사|변호사|의료진|전문의)(?:와|의|에게)\s?(?:상담|자문|검토|조언|진료)(?:하|을|를)?\s?(?:받|구하|하시|거치)[가-힣\s]{0,8}(?:바랍|세요|십시오|권합|"
    r"하는\s?것이|좋습)|(?:법률|의료|의학|투자|전문)(?:적)?\s?(?:자문|조언|상담)(?:이|을|을\s?대신|으로|을\s?받)[가-힣\s]{0,12}(?:아닙|아니|바랍|않|못|권합)|"
    r"투자\s?(?:판단|책임|권유)"
)
# Remarks that may also be the matter itself ("a classifier of abstracts"): no alarm where the source speaks of them.
KOREAN_ABSTRACT = re.compile(r"(?<![가-힣])초록(?!색|빛|불|잎|식물|이끼|뱀|[가-힣]{0,2}색)")
SOURCE_ABSTRACTS = re.compile(r"\babstracts\b|\bpaper abstract|초록|green", re.I)
ENGLISH_REMARKS = re.compile(
    r"\b(?:according to|based on|judging by|going by) (?:the|this|its|their|these|only the) (?:(?-i:[a-z]\w*) )?(?:abstracts?|"
    r"papers?|authors?|article|manuscript|preprint|summary|source)\b|"
    r"\b(?:this|the present|the current|the given|the above) (?:paper|article|manuscript|preprint|abstract)\b|"
    r"\bthis (?:summary|overview|section|newsletter|digest|write-up|synopsis|roundup|text|content)\b|"
    r"\bthe (?:\w+ )?abstracts?\b(?! (?:visual|reason|art|concept|syntax|class|notion|idea|level|represent|domain|"
    r"pattern|argument|meaning|language|word|rule|task|structure|space|algebra|game|interpret|syntact|and)\w*)|"
    r"\b(?:in|from|of) (?:the|its|their|both|this|each) abstracts?\b|"
    r"\bas the (?:\w+ )?(?:text|material|passage|abstract|paper|article|source|manuscript)s? (?:itself |"
    r"themselves )?(?:\w+s|put|say|state|note|show)\b|\breplaces? (?:the )?(?:advice|judgment|judgement|opinion|"
    r"consultation|care) of\b|\byour own\b|\bfor yourself\b|"
    r"\bthe (?:paper|article|preprint|manuscript)s? (?:itself |also |further |then )?(?:present|propos|introduc|"
    r"describ|report|show|state|note|say|argu|claim|explain|write|discuss|examin|mention|conclud|investigat|address|"
    r"stud|explor|suggest|demonstrat|outlin|detail|highlight|emphasi[sz])\w*|"
    r"\bauthors (?:themselves )?(?:write|wrote|mention)(?:ed)?\b|\bauthors of (?:this|the) (?:paper|article|study|"
    r"work)\b|"
    r"\bas (?:stated|described|noted|mentioned|reported|written|explained|outlined|the authors (?:put|say|write|"
    r"note|state))(?: it)?\b(?: (?:in|by) (?:the|this|their) (?:\w+ )?(?:paper|abstract|article|authors?|summary|material|source text)\b)|"
    r"\bplease (?:note|see|refer|consult|check|read|visit|be aware|keep|verify|treat|remember)|\b(?:see|refer to|"
    r"consult|check|read|visit) the (?:original|full|paper|source|article|publication|project pages?|project sites?|"
    r"repositor(?:y|ies)|linked|official|code|website|appendix)\b|"
    r"\b(?:for|more) (?:more |further |full |additional |the full )?(?:details?|information|specifics)(?:,|"
    r" can be found| (?:is|are) (?:available|in)| (?:see|refer|consult|check|read|visit|in the))|\b(?:original|"
    r"full) (?:paper|publication|article|text)\b|"
    r"\b(?:readers?|users?|anyone|those)(?: who [\w ]{1,40})? (?:should|must|are (?:advised|encouraged|urged|"
    r"invited)|may (?:want|wish)|can find) (?:\w+ )?(?:consult|check|verify|read|refer|note|see|visit|treat|seek|"
    r"to)\b|\bdear reader|\byou (?:should|must|need to|are advised|may want to|can find|can read)\b|"
    r"\b(?:generated|written|produced|created|summari[sz]ed|compiled|prepared) (?:automatically )?(?:by|with|"
    r"using) (?:an? )?(?:AI|artificial intelligence|(?:large )?language model|machine|chatbot|LLM)(?: and (?:may|"
    r"might|could|can)| tool| assistant)|\b(?:this|the following|an?) AI-generated (?:summary|overview)\b(?! (?:is|are|was) compared)|\b(?:automatically|"
    r"machine)[- ](?:generated|written|summari[sz]ed) (?:summary|overview|digest)|"
    r"\b(?:may|might|could|can) contain (?:errors|mistakes|inaccuracies|omissions)|\bnot (?:constitute |"
    r"intended as |be taken as |a substitute for )?(?:financial|medical|legal|professional|investment) advice|"
    r"\b(?:consult|seek|ask|talk to) (?:a|an|your|the advice of)? ?(?:qualified |legal |medical |"
    r"professional )?(?:doctor|physician|lawyer|professional|expert|advice|advisor|counsel)|"
    r"\bsubstitute for (?:reading|professional|medical|legal)|\bwe (?:recommend|encourage|advise|suggest|"
    r"urge) (?:readers|reading|checking|consulting|you)|\bdisclaimer\b",
    re.I,
)

# Refusals -------------------------------------------------------------------------------------------------------------
_KOREAN_MATTER = (
    "(?:요약|정리|설명|소개|답변|응답|내용|핵심|결과|분석|작성|안내|서술|정보|판단|결론|요점|항목|제공|평가|답)"
)
_KOREAN_GIVEN = (
    "(?:자료|정보|내용|본문|초록|원문|텍스트|글|기사|논문|링크|파일|문서|페이지|데이터|요약문|설명|항목|출처|입력|전문)"
)
_KOREAN_LACKS = (
    "(?:부족|불충분|없(?:어|습|으|는|기|다|이)|충분하지|충분치|확인(?:할\\s?수\\s?없|되지\\s?않|이\\s?(?:어렵|불가)|하지\\s?못)|찾(?:을\\s?수\\s?없|"
    "지\\s?못|기\\s?어렵)|접근(?:할\\s?수\\s?없|이\\s?(?:불가|제한|안)|하지\\s?못|권한)|불러오(?:지\\s?못|는\\s?데\\s?실패)|불러올\\s?수|"
    "열(?:\\s?수\\s?없|리지\\s?않|람할\\s?수\\s?없)|읽(?:을\\s?수\\s?없|지\\s?못|어\\s?들이지|히지)|제공(?:되지|받지|된\\s?것이\\s?없|하지\\s?않)|"
    "주어지지|비어\\s?있|끊[겨긴]|누락|잘[려린]|빠져|가지고\\s?있지|갖고\\s?있지|포함(?:되어\\s?있지|되지|돼\\s?있지)|전달(?:되지|받지)|들어\\s?있지|보이지\\s?않|"
    "제한적|알\\s?수\\s?없|받지\\s?못|첨부되지|명확하지|남아\\s?있지|(?:너무|지나치게)\\s짧)"
)
_KOREAN_CANNOT = "(?:수(?:가|는)?\\s?없|못(?:했|합|하|해|한|함)|어렵|어려[운울워]|불가(?:능|합|하)|힘[들듭]|비워\\s?(?:둡|두|둔|놓)|생략합|생략하|보류|제한됩|곤란|않겠)"
KOREAN_APOLOGIES = re.compile(
    r"죄송(?:합니다|하지만|스럽|하게도|하오나|한\s?말씀)|미안(?:합니다|하지만|하게도)|양해\s?(?:부탁|바랍|해\s?주|를\s?(?:구|부탁|바랍))|사과드|송구(?:합|하|스)|유감스럽게도|"
    r"안타깝게도\s?(?:이|해당|제공|주어진|요약|내용|자료|정보)|아쉽게도\s?(?:이|해당|제공|주어진|요약|내용|자료|정보)|이해해\s?주시"
)
KOREAN_SERVICE_REFUSALS = re.compile(
    rf"{_KOREAN_MATTER}[가-힣\s]{{0,20}}(?:드릴|드리지|드리기|드려)\s?[가-힣\s]{{0,6}}{_KOREAN_CANNOT}|(?:알려|말씀|제공해?|설명해?|소개해?|"
    rf"정리해?|전해|보여|답변|도와)\s?드(?:릴|리지|리기)[가-힣\s]{{0,6}}{_KOREAN_CANNOT}|"
    rf"(?<![가-힣])(?:저는|제가|저로서는|현재로서는)\s[가-힣\s]{{0,40}}{_KOREAN_CANNOT}|(?:요청|질문)(?:하신|에)\s[가-힣\s]{{0,40}}{_KOREAN_CANNOT}|"
    rf"(?:요약|답변|설명|정리)(?:을|를|은)?\s?(?:거부|거절|사양|생성할\s수\s없|제공할\s수\s없|제공하지\s?(?:못|않)|제공하기\s어렵|진행할\s수\s없)"
)
# What no sentence about research says, names or not: the text is missing, and so is the summary; send more.
KOREAN_MISSING_TEXTS = re.compile(
    rf"(?:초록|본문|원문|전문|논문|기사|제목|(?:이|해당|제공된|주어진|입력된|전달된|현재)\s?(?:항목|자료|글|문서|정보|내용|텍스트|연구))[가-힣]{{0,4}}\s?[가-힣\s,]{{0,24}}?{_KOREAN_LACKS}"
    rf"[^.]{{0,40}}?(?:요약|정리|소개|작성|안내|파악|핵심|요점|서술|설명)[가-힣\s]{{0,14}}?(?:{_KOREAN_CANNOT}|하지\s?않|건너)[가-힣\s]{{0,12}}[.!]?$|"
    r"(?:요약|정리|소개|서술|전달)(?:할|하여\s드릴|해\s드릴)\s?(?:만한\s|수\s있는\s)?(?:내용|정보|자료|결과|본문)[이가은는도]?\s?(?:전혀\s|거의\s)?(?:없|부족|충분하지)|"
    r"(?:자료|정보|원문|본문|초록|링크|내용|파일|텍스트)[를을]?\s?(?:[가-힣]{1,6}\s){0,3}(?:주시면|주세요|주십시오|주시기)|"
    r"(?:텍스트|글자|본문|초록|원문|파일|인코딩)[가이]?\s?(?:모두\s|일부\s)?(?:깨[져진]|손상)|"
    r"(?:항목|논문|요약|부분|칸)[은는을를]?\s?(?:건너뜁|건너뛰었|비워\s?(?:둡|두었)|공란|빈칸)|"
    r"(?:내용|정보|자료|본문)[이가]\s?(?:없어|없으|부족)[가-힣\s]{0,20}요약[가-힣\s]{0,8}(?:않|못|없|어렵)|"
    r"외에(?:는)?\s[가-힣\s]{0,12}(?:정보|내용)[이가]\s?없|제목(?:으로|만으로|만)\s?(?:보아|미루어|볼\s때|보면)|"
    r"(?:요약|다룰|소개)\s?대상에서\s?(?:제외했|뺐)"
)
KOREAN_CAUSES = re.compile(
    rf"{_KOREAN_GIVEN}(?:이|가|을|를|은|는|에|의|만으로는?|로는|으로는|에서는|에는)?\s?[가-힣\s,]{{0,24}}?{_KOREAN_LACKS}"
)
KOREAN_EFFECTS = re.compile(rf"{_KOREAN_MATTER}[가-힣\s,]{{0,24}}?{_KOREAN_CANNOT}")
KOREAN_DEICTICS = re.compile(
    r"(?<![가-힣A-Za-z0-9)’”])(?:이|해당|위|본|동|요청하신|주어진|제공된|제시된|입력된|전달된|입력하신|보내\s?주신|현재)\s?(?:항목|자료|논문|글|초록|기사|연구|문서|링크|"
    r"텍스트|정보|내용|원문|본문|페이지|소식|입력|데이터)"
)
# "No information was given": what the source does not have, said of the source.
KOREAN_NO_CONTENT = re.compile(
    r"(?:초록|원문|본문|자료|기사|글|논문|제목|출처|문서)(?:에|에는|에서|에서는|만으로는?|외에|밖에|뿐이)[가-힣\s,]{0,40}(?:나와\s?있지|적혀\s?있지|"
    r"언급(?:되어\s?있지|되지|이\s?없)|명시(?:되어\s?있지|되지)|제시(?:되어\s?있지|되지)|담겨\s?있지|드러나\s?있지|확인되지|확인할\s?수\s?없|알\s?수\s?없|알기\s?어렵|"
    r"찾을\s?수\s?없|찾지\s?못|기재되|파악할\s?수\s?없|파악하기\s?어렵|판단하기\s?어렵|정보가\s?없|내용이\s?없|내용은\s?없|보이지\s?않|부족합|부족하여)"
)
_ENGLISH_DO = (
    "(?:summari[sz]e|summary|provide|describe|generate|access|open|determine|write|give|given|produce|retrieve|"
    "read|say|offer|comment|report|fulfill|fulfil|comply|help|assist|answer|complete|extract|cover|verify|tell|"
    "outline|present|identify)"
)
ENGLISH_REFUSALS = re.compile(
    rf"\bI(?:'m| am|’m) (?:\w+ )?(?:sorry|unable|not able|afraid|an AI)|\bI (?:cannot|can't|can’t|could not|couldn't|"
    rf"couldn’t|do not|don't|don’t|did not|didn't|was unable|was not able|have no|lack|apologi[sz]e|regret)\b|"
    rf"\bmy apologies\b|\bapolog(?:y|ies|i[sz]e)\b|\bsorry\b|"
    rf"\bunfortunately\b[^.]{{0,80}}\b(?:text|abstract|information|content|details?|summary|article|source|paper|"
    rf"item|cannot|unable|not (?:available|possible|provided))|"
    rf"\b(?:summary|description|overview|details?|key points?|point|findings|content|synopsis|item|article|paper|"
    rf"entry)s?\b[^.]{{0,50}}\b(?:cannot|can't|can’t|could not|couldn't|can not) be (?:\w+ )?(?:given|provided|"
    rf"written|produced|generated|summari[sz]ed|made|offered|determined|described|extracted|opened|accessed|read|"
    rf"retrieved|loaded|reported|covered|completed|found|prepared|derived)|"
    rf"\b(?:unable|not able|not possible|impossible|failed|no way) to (?:\w+ )?{_ENGLISH_DO}\b[^.]{{0,60}}\b(?:this|"
    rf"the (?:text|abstract|article|paper|source|item|content|summary|link|document|page|study)|summary|here|it)\b|"
    rf"\bno (?:\w+ )?(?:text|abstract|content|information|details?|summary|description|source|material|"
    rf"document)s?(?: \w+){{0,3}} (?:was|is|were|are|has been|have been|could be|can be)? ?(?:provided|available|"
    rf"given|supplied|included|reached|received|found|accessible|attached|present|shared|submitted|offered)|"
    rf"\bno (?:text|information|content|details?|summary|abstract|source text)\b[^.]{{0,40}}\b(?:for this|about this|"
    rf"on this|here|for the (?:item|paper|article|study))|"
    rf"\b(?:insufficient|not enough|too little|inadequate|lack(?:s|ing)? (?:of )?(?:enough|sufficient|the)|"
    rf"without (?:enough|sufficient|access to)) (?:\w+ )?(?:information|text|content|details?|context|material|"
    rf"of the (?:text|source|abstract|article))\b[^.]{{0,80}}\b(?:summar\w+|describe|determine|say|report|point|this|"
    rf"here|provided|given|write|tell|conclusions?|item|paper|article)|"
    rf"\b(?:the|this|its|whose|source|relevant|corresponding) (?:\w+ ){{0,2}}(?:text|abstract|article|source|paper|content|passage|description|entry|link)s? (?:\w+ ){{0,4}}(?:is|was|are|"
    rf"were|appears?(?: to be)?|seems?(?: to be)?|has been|came|arrived|could not be|cannot be|can't be|did not|"
    rf"does not|do not) (?:\w+ )?(?:missing|empty|blank|unavailable|truncated|cut (?:off|short)|incomplete|"
    rf"not (?:provided|available|included|accessible|given|supplied)|inaccessible|corrupted|loaded|opened|accessed|"
    rf"retrieved|unreadable|broken|load|open|behind a paywall|contain (?:enough|any|sufficient))|"
    rf"\bas an? (?:AI|language model)|\bI would need\b|\bneed(?:s)? (?:more|the full|access to the|"
    rf"additional) (?:information|text|context|details|article|paper|abstract)|\b(?:please|kindly) (?:provide|share|"
    rf"supply|send|paste|upload)|\bdecline[sd]? to\b[^.]{{0,30}}\b(?:summar|describ|answer|provid)|\bnothing (?:can|"
    rf"could) be (?:said|summari[sz]ed|reported)|\bsummary (?:is |was )?(?:not |un)(?:available|possible|provided)|"
    rf"\bskip(?:ped|ping)? (?:this|the) (?:item|paper|article|entry|one)|"
    rf"(?<!\bPhase )(?<!\b[Tt]ype )(?<!\bPart )(?<!\bStage )\bI (?:have|had|must|need|am|was|would|will|can|see|find|found|received|only|haven['’]t|wasn['’]t)\b(?! (?:and|or)\b)|"
    rf"\b(?:to|for|reached|given|provided|shown) me\b|\bmy (?:input|side|end|knowledge|prompt)\b|"
    rf"\bonly (?:a|the|its) (?:title|headline|link)\b[^.]{{0,30}}\b(?:was|were|supplied|provided|given|available|received|visible|came|arrived)\b|"
    rf"\b(?:leav(?:e|ing)|left) the summary out\b|\b(?:this|the) (?:\w+ )?(?:entry|point|item|summary|slot|section|part)\b[^.]{{0,20}}\b(?:blank|empty)\b|"
    rf"\b(?:input|source|feed|entry|excerpt|page) (?:contain|ha|give|provide|offer)\w* (?:nothing|only (?:a|the) title|no (?:\w+ )?"
    rf"(?:text|abstract|description|information|details?|content|summary))\b|"
    rf"\b(?:go|do|goes) without a summary\b|\bhad to be (?:skipped|left out|omitted) (?:here|because|since|as)|"
    rf"\b(?:text|abstract|input|passage|entry|excerpt) (?:for \w+ )?(?:breaks|broke|is cut|was cut|ends|ended|stops|stopped) (?:off|short|mid|abruptly|before|in the middle)|"
    rf"\b(?:page|article|link|document|file) (?:\w+ ){{0,2}}(?:failed to (?:load|open)|returned an error|could not be (?:\w+))",
    re.I,
)
SOURCE_REFUSALS = re.compile(
    r"\b(?:sorry|apolog|refus|abst(?:ain|ention)|unanswerable|I don't know|over-?refusal)|죄송|사과|거부|거절", re.I
)
