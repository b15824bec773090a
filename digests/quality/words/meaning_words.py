"""Word families for the gate of meaning: what a sentence says, and what a source says for or against it.

Each constant is a regular expression in Korean and English, compiled without regard to case. Korean families are stems, so
that any ending fits. Families of a source have both languages where news may be Korean. All repetitions are bounded.
"""

# Superlatives by type. A claim of a type needs a word of the same type, or of one that implies it, in the source.
_NO_FIRST = (
    "steps?|stages?|phases?|tokens?|frames?|layers?|authors?|parts?|half|place|orders?|glance|principles?|turns?|pass|rounds?"
    "|cases?|ones?|components?|tasks?|sentences?|paragraphs?|second|of (?:two|three|four|these)|and|is|person|hand|sight"
    "|then|two|three|few|line|letter|word|week|year|month|day|impressions?|attempts? fails?"
)
_NO_FIRST_KO = (
    "단계|걸음|토큰|프레임|문장|장면|장|줄|답|층|발|과정|부분|화면|글자|단어|이미지|질문|응답|턴|차례|주|해|날|달|번째|째|학기|수업|세대"
    "|시행|시도에|열|행|항|글|인상|만남|방문|번"
)
_WORKS = "work|method|model|dataset|data set|benchmark|system|approach|study|framework|corpus|open|large|tool|algorithm|agent|survey"
FIRST_CLAIM = (
    rf"최초|처음(?:입니다|이[며고]|인 (?:셈|연구|시도|방법))|(?<![가-힣])첫 (?!(?:{_NO_FIRST_KO}))|처음으로|(?<![가-힣])처음 (?:적용|시도|공개|제안|제시|선보|도입|밝|입증|보고|다[루룬뤘]|"
    rf"풀|만[들든]|이[루룬뤘]"
    r"|해결|성공|구현|결합|도달|개발|등장한 (?:방법|모델|데이터|연구)|고안|내놓|세운)|전례(?:가)? ?없|전에 없던|유례(?:를 찾|가? ?없)|지금까지 없[던었]"
    r"|(?:누구도|아무도) [가-힣 ]{0,12}(?:못|않)|(?:시도|보고|공개|연구)(?:된|한) 적(?:이)? 없"
    rf"|(?:(?:\b(?:is|are|was|as|be|being|become\w*|introduc\w+|present\w*|propos\w+|releas\w+|builds?|"
    rf"offers?|provides?|gives?|brings?|describes?|makes?|with|on|by|in)|[,:;—–]) |^)the (?:very |"
    rf"world's )?first\b(?! (?:{_NO_FIRST})\b)(?![^.;]{{0,160}}\bthe (?:second|third|other)\b)(?=[^.,;]{{0,60}}(?:{_WORKS}|\bto\b|\bof its\b|\bwith\b|"
    rf"\bfor\b|\bthat\b))"
    r"|\bfirst[- ]ever\b|\bfor the first time\b|\bfirst[- ]of[- ]its[- ]kind\b|\bworld['’]s first\b|\bfirst to\b"
    rf"|\bfirst (?:{_WORKS})\b(?![^.;]{{0,160}}\bthe (?:second|third|other)\b)|\bunprecedented\b|\bnever before\b|\bno (?:prior|previous|earlier|"
    rf"other) (?:{_WORKS})\w* (?:has|had|have|does|can)\b"
)
FIRST_EVIDENCE = (
    rf"(?<!\bwe )(?<!\bthen )(?<!^)\bfirst\b(?!,)(?!-order)(?!-person)(?! (?:{_NO_FIRST})\b)|\bpioneer|"
    rf"\bunprecedented|\bnever\b|\binaugural|\binitial(?:ly)?\b|\bno "
    r"(?:prior|previous|existing|other|such|one|work|study|known|public)|unexplored|under-?explored|"
    r"overlooked|\bnot (?:yet |previously )?been\b|\bnot yet\b|\bunseen before|\bpreviously un|\bto (?:the best of )?our knowledge|최초|처음|(?<![가-힣])첫"
)
ONLY_CLAIM = (
    rf"유일(?!신)|독보적|\bthe only\b(?! (?:way|ones?|thing|difference|requirement|input|change)\b)|\bthe sole\b"
    rf"|\b(?:is|are|stands?) (?:unique|alone) (?:in|among)\b|\bonly (?:{_WORKS})\b"
)
ONLY_EVIDENCE = (
    r"\bonly\b(?! \d)|\bsole|\bunique|\bno other|\bexclusive|\balone\b|유일"
    rf"|\bonly (?:[\w-]{{1,20}} ){{0,3}}(?:{_WORKS})"
)
LARGEST_CLAIM = (
    r"가장 (?:큰|방대|대규모|긴|규모가|넓은|광범위)|최대(?= 규모|규모|의 [가-힣]|급|이자|입니다| (?:데이터|말뭉치|공개|모델|벤치마크|코퍼스|평가|오픈|이미지|음성|영상))|세계 최대"
    r"|\b(?:largest|biggest|most (?:comprehensive|extensive|complete|exhaustive))\b"
)
LARGEST_EVIDENCE = (
    r"largest|biggest|longest|broadest|widest|richest|\bmost (?!existing|current|of|previous|prior|"
    r"recent|methods|models|work|studies)|greatest|highest|maxim|unprecedented|strongest|최대|가장|최다"
)
# Better than anything that there is: needs a result of that kind, not only a mention of strong rivals.
RECORD_CLAIM = (
    r"(?:SOTA|최고 (?:수준|성능|성적|기록))[을를] (?:새로 )?(?:갱신|경신|세[우웠]|썼|깼)|(?<![가-힣])새(?:로운)? (?:기준|이정표|기록)을 세[우웠]|(?:업계|분야|시장)를 선도하는|"
    r"\bthe leading (?:model|method|system|approach|tool|benchmark)\b|"
    r"역대(?!각)|사상 (?:최고|최대|최초|가장)|(?:지금껏|이제껏|지금까지)(?:의)? [가-힣 ]{0,24}?(?:가운데|중(?:에서)? |보다|가장|최고|최대|최초|없[던었])|현존(?:하는)? (?:최|가장|모든|어떤|[가-힣]{1,6} (?:가운데|중))"
    r"|(?:세계|업계|국내|전 세계)(?:에서)? ?(?:가장|최고|1위|제일|최강|최상|최저|최소|으뜸)|최고 기록|신기록|기록을 (?:갈아|새로|경신|깨|깼|세|다시)|기록(?:을)? 경신|최강"
    r"|으뜸|(?<![가-힣])제일(?! [먼처])|(?<![0-9.])1위|타의 추종|따라올 [가-힣]{1,6}(?:가|이) 없|(?:견줄|비교할|맞설)[가-힣 ]{0,8} 없|적수가 없|독보|비교 불가|압도적(?:인|으로) (?:1위|최고|우위)"
    r"|(?:어떤|어느|그 어떤) [가-힣A-Za-z ]{1,16}보다(?!는)|(?:모든|다른 모든|온갖) [가-힣A-Za-z -]{1,20}(?:을|를|보다) (?:모두 |크게 |훨씬 )?(?:제[치쳤쳐]|앞[서섰선]|능가|뛰어넘|압도|웃[도돌]|넘어섰)"
    r"|(?<!에서 )(?<!에서도 )모두 (?:제[치쳤쳐]|앞[서섰선]|앞질|능가|뛰어넘|압도)|비할 데|둘도 없|하나뿐인|이전의 (?:모든|어떤)|기존의 (?:모든|어떤)|(?:이|해당) 분야(?:에서)? (?:최고|가장|최강)|최정상|세계적인 수준을|챔피언"
    r"|\b(?:achiev\w*|sets?|reach\w*|establish\w*|attain\w*|deliver\w*|new|defin\w*|yield\w*) (?:a |"
    r"the |an? new |new )?(?:state[- ]of[- ](?:the[- ])?art|sota)\b|\bstate[- ]of[- ](?:the[- ])?art (?:results?|performance|accuracy|scores?|quality)\b"
    r"|\b(?:new|all-time|world|sets? a|a) record\b(?! of \w+ing)|\bbest[- ](?:in-class|known|ever|"
    r"reported|published)\b|\bthe best (?:\w+ )?(?:results?|performance|accuracy|scores?|model|method|system|numbers?)\b"
    r"|\bworld['’]s (?:first|best|most|only|leading|\w{3,12}est)\b|\bunrivall?ed|\bunmatched|"
    r"\bunparalleled|\bsecond to none|\bindustry-leading|\b(?:outperform|beat|surpass|exceed|top|outdo)\w* (?:every|all|any)\b"
    r"|\b(?:than|of) any (?:other |previous |prior |earlier |existing |known |published |"
    r"competing )*(?:model|method|system|approach|work|dataset|technique|detector|tool|competitor|rival|alternative)"
    r"|\b(?:than|over) all (?:other |previous |prior |existing |known |published |competing )+\w|"
    r"\bany(?:thing)? (?:yet |ever |so far )?(?:published|reported|built|released|seen)\b|"
    r"\b(?:reported|published|known|seen|recorded) (?:so far|to date)\b|\bever (?:reported|published|built|released|recorded|seen|made|measured|achieved)\b"
    r"|\bnumber[- ]one\b|\bworld-leading|\btops? the leaderboard|\bleads? the field|\bno (?:other|"
    r"existing|competing|rival) (?:[a-z-]{1,16} )?(?:model|method|system|approach|dataset|agent|"
    r"network|benchmark|detector|framework|technique)\b|(?<!\bup )\bto date\b|\bso far (?:built|made|reported)|"
    r"\bahead of (?:all|every|any)\b|\b(?:best|first|strongest|largest|fastest|highest|biggest|finest|"
    r"lowest|only|most (?:accurate|advanced|powerful|efficient|capable|robust))\b[^.,;]{0,40}? in the (?:world|field|industry|literature)\b"
)
RECORD_EVIDENCE = (
    r"(?:outperform|surpass|exceed|outstrip|\bbeat|superior|better|advantag|gains? over|"
    r"improve\w* (?:up)?on|improvements? over)[^.]{0,90}?(?:exist|previous|prior|\ball\b|\bother|"
    r"compet|baseline|state[- ]of|\bsota\b|current|techniques|alternatives|counterpart|leading|"
    r"conventional|traditional|standard|methods|approaches|models|works)"
    r"|\bnew (?:state|sota|record|standard|bar|level|milestone|baseline)|\brecords?\b|\bbest\b|unprecedented|top-(?:performing|ranked)|"
    r"\b(?:first|second|third|1st|2nd|top) (?:place|rank)|\brank(?:s|ed|ing)? (?:1|first|second|third|"
    r"top|among)|unmatched|unparallel|unrival"
    r"|(?:achiev|set|reach|establish|attain|obtain|deliver|yield|demonstrat|exhibit|show|produc|"
    r"provid|push|advanc|competitive with|comparable to|"
    r"match)\w*[^.]{0,70}?(?:state[- ]of[- ](?:the[- ])?art|\bsota\b)"
    r"|(?:state[- ]of[- ](?:the[- ])?art|\bsota\b)[)\s]{1,3}(?:\([^)]{1,12}\) )?(?:perform|result|accura|"
    r"score|quality|effic|speed|in\b|on\b|across|among)|effective across all|highest|\btop\b|\blead(?:s|ing)?\b(?! to)|\bno (?:existing|previous|prior|other|current)|none of|\bw[io]n(?:s|ner|ning)?\b|\blargest|\bbiggest|"
    r"to date\b|\bever\b|최고|1위|가장|역대"
)
# Better than anything so far, or in the world: what beats "existing methods" is not yet that.
EVER_CLAIM = (
    r"역대(?!각)|사상 (?:최고|최대|최초|가장)|(?:지금껏|이제껏|지금까지|여태|현재까지)(?:의)? [가-힣 ]{0,24}?(?:가운데|중(?:에서)? |어떤|어느|가장|최고|최대|최강)|"
    r"현존(?:하는)? (?:최|가장|모든|어떤|[가-힣]{1,6} (?:가운데|중))|(?:세계|업계|국내|전 세계|분야)(?:에서)? ?(?:가장|최고|1위|제일|최강|최상|최정상|으뜸)|최강|"
    r"타의 추종|적수가 없|독보적|비교 불가|(?:어떤|어느|그 어떤) (?:[가-힣A-Za-z]{1,10} )?(?:모델|방법|연구|시스템|기법|방식|데이터셋|벤치마크|도구)보다(?!는)|"
    r"(?:나온|있는|알려진|공개된|발표된|보고된|존재하는) (?:[가-힣]{1,8} ){0,2}?(?:가운데|중(?:에서)?) (?:가장|최고|최대|제일)|"
    r"\ball-time\b|\bworld['’]s (?:best|most|leading|\w{3,12}est)\b|\bunrivall?ed|\bunmatched|\bunparalleled|\bsecond to none|"
    r"\b(?:best|most \w+|\w{3,12}est)\b[^.,;]{0,30}? (?:to date|yet|so far|ever|in the world|in history|of all (?:methods|models|systems|approaches)|"
    r"of any (?:method|model|system|approach)|on the market|currently available)\b|"
    r"\b(?:than|of) any (?:other |previous |prior |earlier |existing |known |published |competing )*(?:model|method|system|approach|technique|tool|competitor|rival)|"
    r"\bever (?:reported|published|built|released|recorded|made|measured|achieved)\b"
)
EVER_EVIDENCE = (
    r"\bstate[- ]of[- ](?:the[- ])?art|\bsota\b|\bbest\b|\b\w{3,12}(?<!t)est\b(?<!\btest)|\brecords?\b|unprecedented|\brank|(?:first|1st|top) place|\btop\b|\blead(?:s|ing|er)\b(?! to)|"
    r"to date\b|\bever\b|\byet\b|so far\b|unmatched|unparallel|unrival|\bw[io]n(?:s|ner|ning)?\b|\bmost\b|\bno (?:existing|previous|prior|other|current)|none of|"
    r"\b(?:all|any|every) (?:\w+ ){0,2}?(?:method|model|baseline|approach|system|competitor|alternative|work)|최고|1위|가장|역대"
)
# Any other superlative: a sentence that has one needs any word of the family.
SUPERLATIVE_CLAIM = (
    r"(?<![가-힣])가장 (?:높|좋|정확|뛰어|우수|강력|강한|빠[르른]|가벼|정교|안정|견고|효율|앞[서선]|나은|진보|발전|정밀|훌륭|완벽|믿을)|"
    r"최고(?! ?(?:\d|수준[ 의보]|치|점|경영|령))|최고 수준(?:을|에|이[며고었]|입|의 (?:성능|정확도|결과|성적|품질|점수))|최상(?!위)|최상위 (?:성능|성적|결과)|최우수|최첨단 (?:성능|결과|정확도)"
    r"|\b(?:strongest|fastest|smartest|safest|quickest|finest|sharpest|highest|best(?! of| practice|"
    r" known|-of)|most (?:accurate|advanced|powerful|efficient|capable|robust|reliable|effective|"
    r"precise|competitive|stable|scalable|faithful|popular))\b"
    r"|\bstate[- ]of[- ](?:the[- ])?art\b|\bsota\b"
)
_EST = (
    r"\b(?!test\b|rest\b|west\b|guest\b|quest\b|request|interest|suggest|forest\b|modest\b|honest\b|"
    r"contest\b|manifest|digest|harvest|latest\b|protest|arrest|invest|nearest\b|"
    r"earliest\b)[a-z]{2,16}est\b"
)
SUPERLATIVE_EVIDENCE = (
    rf"\bmost (?!existing|current|of\b|previous|prior|recent|methods|models|work|studies)|{_EST}|"
    rf"\btop\b(?!-[15k])|\btops\b|state[- ]of[- ](?:the[- ])?art|\bsota\b|superior|outperform|surpass|"
    rf"exceed|leading(?! to)|first place|\brank|optimal|optimum"
    r"|maxim|peak|record\b|unmatched|unparallel|unprecedented|excel|\bbeat|winner|\bwins?\b|exceptional|"
    r"outstanding|가장|최고|최대|최소|최상|\bbest"
)
LOWEST_CLAIM = (
    r"(?<![가-힣])가장 (?:낮|적은|적게|작은|싼|저렴)|최저(?! ?\d)|최단|\b(?:lowest|cheapest|lightest|leanest|smallest|"
    r"shortest)\b"
)
LOWEST_EVIDENCE = rf"{SUPERLATIVE_EVIDENCE}|minim|least"
# A superlative that the passage restricts to a group needs a group in the sentence too.
GROUP_EVIDENCE = (
    r"(?:state[- ]of[- ](?:the[- ])?art|\bsota\b|best|highest|fastest|"
    r"strongest)[^.;,]{0,40}? among (?!all\b|the\b|existing|those|other|current|recent|compar|these)|"
    r"\bonly\b[^.;,]{0,90}\bwithout\b|(?:state[- ]of[- ](?:the[- ])?art|\bsota\b|best|"
    r"highest)[^.;,]{0,40} on out-of-d"
)
GROUP_CLAIM = (
    r"가운데|중(?:에서|에|\b)|같은 (?:종류|크기|규모|급|부류)|동급|(?:종류|규모|크기|급)에서|이런|이 (?:종류|분야|부류)|견주어|견준|비교(?:한|된|군|"
    r"에서| 대상)|평가(?:한|된| 대상)|도메인 밖|분포 밖|분야 밖|영역 밖|없[이는]|않|만으로|out-of|외부|제외|빼고"
    r"|\b(?:among|amongst|of (?:its|their|this|those|the)|for its|class|between|within|without|"
    r"out-of-domain|tested|compared|evaluated|domain|kind|no|not|nor|-free)\b|\bof \w+ models|\w-free"
)
# Universals.
UNIVERSAL_CLAIM = (
    r"(?<![가-힣])모든(?! 것의)|항상|언제나|언제 어디|어디서나|어디에나|어디서든|무엇이든|누구나|누구든|누구에게나|예외 없이|빠짐없이|하나도 빠짐|전부|"
    r"(?<![가-힣])온갖|가리지 않[고는아]|(?<![가-힣])(?:어떤|어느) [가-힣A-Za-z0-9 -]{1,16}?(?:든지?|이?라도|에도)(?![가-힣])"
    r"|전 세계 (?:모든|언어|사람|병원|누구)|만능|범용으로|영원히|절대로 |무조건(?!부|적)|"
    r"\b(?:(?<!most of )(?<!at )(?<!above )(?<!after )(?<!in )all|every|(?<!without )any|always|everywhere|"
    r"anywhere|everyone|anyone|invariably|universally|entire|regardless|whatever|whichever|"
    r"no matter)\b(?! (?:the more|two|three|four|five|six|seven|eight|nine|ten|\d+|of which|but|along|"
    r"more|longer|other than|day|bit)\b)(?!-)"
)
STRONG_UNIVERSAL = (
    r"\b(?:all|every|everyone|everywhere|any|anyone|anything|each|always|both|entire|whole|regardless|"
    r"irrespective|universal\w*|arbitrar\w*|throughout|agnostic|no matter|wherever|whenever|whatever|"
    r"whichever|general|generic|uniform\w*|entirely|never|plug-and-play|consistent\w*|across|"
    r"exhaustive\w*|full|fully|complete\w*|end-to-end|generali[sz]\w*|zero-shot|open-vocabulary|open-ended|public\w*|freely|accessib\w*|"
    r"unlimited|wild)\b|open-source|in-the-wild|모든|모두|전부|누구나"
)
# "모든 X" beside "many X", "six X" of the source: the nouns that both languages count.
COUNTED_NOUNS = {
    r"언어": r"languages?",
    r"모델": r"(?:models?|llms?|vlms?|lvlms?|mllms?)",
    r"과제|작업|업무": r"(?:sub)?tasks?",
    r"데이터셋|자료 ?모음|벤치마크": r"(?:datasets?|benchmarks?)",
    r"분야|영역|도메인|학문": r"(?:domains?|fields?|areas?|disciplines?)",
    r"환경|설정|상황|조건|경우": r"(?:environments?|settings?|scenarios?|conditions?|cases?)",
    r"지표|척도": r"(?:metrics?|measures?)",
    r"로봇": r"robots?",
    r"작물|식물": r"(?:crops?|plants?)",
    r"환자|질환|병": r"(?:patients?|diseases?)",
    r"방법|기법|방식": r"(?:methods?|approaches|techniques?|strategies)",
}
# Causes.
CAUSE_CLAIM = (
    r"때문(?!에 (?:생긴|생기는) (?:문제|어려))|덕(?:분|택)|(?<=[가-힣] )덕에|(?<=[은는던한린된진]) 탓|까닭(?:에|은|이|으로|입)|(?:으로|"
    r"로) 인(?:해|하여)|원인(?:은|이[며었]|으로|입)|에서 비롯(?!한 모)|[해어아]서 생(?:기[며고]|긴다|깁|겼)|말미암|에 기인|기인[한하]"
    r"|이유는|\bbecause\b|\bdue to\b|\bowing to\b|\bthanks to\b|\bas a result of\b|\bcaused by\b|"
    r"\battribut(?:ed|able) to\b|\bstem(?:s|med)? from\b|^since\b|, since\b|\bwhich is why\b|"
    r"\bthe (?:reason|cause)\b|\bon account of\b"
)
CAUSE_STRONG = (
    r"\bbecause|\bdue\b|\bowing|\bthanks|\bcaus(?:e|es|ed|ing|al|ally)\b|attribut|\bstem(?:s|ming|"
    r"med)? from|\baris(?:e|es|ing)|result(?:s|ing|ed)? from|\bas a result|\breasons?\b|\bsince\b|"
    r"origin(?:s|ates?|ating)\b|why\b|때문|덕분|탓|인해|원인"
)
CAUSE_WEAK = (
    r"\bby (?:[\w-]{1,20} ){0,2}[\w-]{1,20}ing\b|enabl|allow|\bso that|\bas (?:it|they)\b|driven|"
    r"\blead(?:s|ing)? to|\bled to|result(?:s|ing|ed)? in|\btherefore|\bhence\b|\bthereby|\bthus\b|"
    r"\bconsequen|hinder|hamper|imped|, (?:which|making|leading|resulting|causing|allowing|enabling)|"
    r"sources? of|responsible|traceable|ensur|facilitat|contribut|suffer|explain|inherent|\bmakes? (?:it|them|the)|prevent|limit(?:s|ing)\b|prohibit|\bexpensive|\bcostly|bottleneck|burden|difficult|factor|culprit|\broot|com(?:e|es|ing) from|\bemerg|\bderiv|induc|incur|introduced by|\bgiven\b"
    r"|, as (?!well|opposed|compared|in\b|shown|seen|such|evidenced|demonstrated|measured|an?\b)"
    r"|\bth(?:is|ese) (?:gaps?|limitations?|challenges?|issues?|shortcomings?|problems?)\b"
)
# Hedges.
# On the main clause: these alone make a passage a guess.
HEDGE_MAIN = (
    r"^(?![^.]{0,200}\b(?:(?<!suggest )(?<!suggests )(?<!indicate )that|which|who|whether|what|how|if|when|where|why|reasons?)\b[^.,]{0,90}\b(?:may|might|"
    r"could)\b)(?:(?!, (?:and|but|while|whereas) )[^.;]){0,200}?(?:\b(?:may|might|could(?! achieve))\b(?! not only)|\b(?:(?<!to )(?<!we )suggests?|(?<!, )suggesting|appears? to|"
    r"seems? to|tends? to|likely|possibly|potentially|growing potential|"
    r"preliminary (?:results?|evidence|findings?|experiments?|analys[ei]s|stud(?:y|ies))|hypothesi[sz]e|perhaps)\b)"
)
HEDGE_CLAIM = (
    r"수(?:도|가|는)? (?:있|없)|듯|가능성|보입니다|보인다|보이[며고는]|시사|기대|도움|돕|도[와왔]|경향|성향|편(?:입|이|으)|때가 많|모릅|지도 모|잠재|전망|"
    r"예상|추정|유망|예비|초기|아마|흔히|종종|자주|대체로|주로|일부|목표|목적|노[립리린려]|지향|위해|위한|위험|우려|쉽[고습다게]|제안|주장|어쩌면"
    r"|가늠|후보|바탕|계기|발판|출발점|길을|여지|힘쓰|꾀|고자|하려|으려|려는|려고|려면|[을ㄹ할될볼쓸낼줄일릴날갈] (?:것|만한|만하|전망|때|여지)|겠습|의의|의미|뜻|"
    r"가설|권장|권고|권[하합했]|추천|열어|열 수|방향|실마리|단서|암시|참고|선택지|주목|관심|필요|해야|야 합|질 것|수단|대안|방안"
    r"|\b(?:may|might|could|can|would|should|suggest\w*|likely|appear\w*|seem\w*|promis\w*|"
    r"potential\w*|possib\w*|tend\w*|prelim\w*|initial|early|aim\w*|hypothes\w*|expect\w*|hop(?:e|es|"
    r"ing)|goal|intend\w*|point(?:s|ing)? to|hint\w*|often|help\w*|prone|risk\w*|try|tries|seek\w*|"
    r"meant|designed|need\w*|toward\w*|candidate|option|chance|perhaps|indicat\w*|usually|sometimes|see|sees|believ\w*|consider\w*|recommend\w*|advis\w*|"
    r"propos\w*|offer\w*|room|future|further|next|support\w*|concern\w*|worth|argu\w*|explor\w*)\b"
)
# These hedge a Korean sentence wherever they stand; the others must stand at its end, where its predicate is.
STRONG_HEDGE_KO = (
    r"수(?:도|가|는)? (?:있|없)|듯|가능성|보[입인이]|시사|추정|전망|예상|기대|경향|성향|아마|어쩌면|모[릅르른]"
)
# Negation. A claim family, and the words by which a source may have said the same without "not".
NEGATION_CLAIM = (
    r"지(?:는|도|를|가)? (?:않(?!고도)|못)|(?<![가-힣])못[하했합]|할 수(?:는|가|도)? 없|수(?:는|가|도) 없|\b(?:do|does|did|is|"
    r"are|was|were|has|have|can|could|will) ?not\b|\bcannot\b|n['’]t\b|\bfail(?:s|ed)? to\b|\bnever\b"
)
NEGATION_IDIOM = (
    r"뿐(?:만)? ?아니라|[가-힣A-Za-z]만 (?:[가-힣]{1,5} )?[가-힣]{1,6}지 않고|지 않고도|못지 ?않|머지 ?않|적지 않|다르지 않|그치지 않|가리지 않|에 매이지|머물지 않|수밖에 없|빠[지뜨]?리지 않|놓치지|잊지 않|"
    r"not only|whether or not|잃지|해치지|떨어뜨리지|바꾸지|손대지|건드리지|만이 아니|국한되지|얽매이지|뒤지지 않|벗어나지 않|흔들리지 않|끊기지 않|"
    r"보지 (?:못한|않은)|알려지지 않|알지 못|드러나지 않|밝혀지지 않"
)
# Words that deny by their beginning, without those that only look like them (under, unified, discover, distinct).
_UN = r"un(?!der|til|iv|if|iq|ion|it|ite)\w{4,}|under-?(?:appreciat|develop|explor|examin|investigat|report|research|stud|utili[sz])\w+|underused"
_DIS = r"dis(?!cover|play|cuss|cours|trib|tinct|tan|till|crim|cret|eas|patch|pers|ent|posab|tort)\w{5,}"
_IN = (
    r"in(?:accura|adequa|appropri|capab|cohere|compat|complet|consist|correct|depend|effect|effic|feasib|secur|sens|signif|stab|"
    r"suffici|tract|valid|visib)\w*"
)
NEGATIVE_SOURCE = (
    r"\b(?:not|no|nor|none|never|cannot|without|neither|fails?|failed|failure\w*|lack\w*|unable|"
    r"unlike|absence|absent|rather|instead|eliminat\w*|remov\w*|avoid\w*|prevent\w*|only|little|few|"
    r"fewer|less|hardly|barely|limit\w*|struggl\w*|insufficien\w*|inadequa\w*|impossib\w*|ignor\w*|"
    r"neglect\w*|overlook\w*|miss\w*|free|exclud\w*|but|however|although|while|"
    r"despite|low|lower|weak\w*|poor\w*|difficult\w*|challeng\w*|hard\w*|minimal\w*|minimi\w*|beyond|"
    r"independent\w*|alone|solely|than|yet|drop\w*|degrad\w*|preserv\w*|retain\w*|maintain\w*|"
    r"freez\w*|frozen|fixed|forget\w*|suppress\w*|mitigat\w*|reduc\w*|bypass\w*|replac\w*|negligib\w*|"
    r"constant|modest\w*|moderate\w*|small\w*|short\w*|slight\w*|just|suffer\w*|remain\w*|still|gap\w*|training-free|seldom|rarely|scarce\w*|restrict\w*|"
    r"hinder\w*|hamper\w*|prohibit\w*|inability|incapab\w*|question\w*|doubt\w*|wrong\w*|error\w*|"
    rf"invariant|agnostic|irrespective|regardless|insensitive|reject\w*|refus\w*|den(?:y|ies|ied)|resist\w*|ceas\w*|stop\w*|overcom\w*|caution\w*|warn\w*|against|illusion|{_UN}|{_IN}|non\w{{3,}}|{_DIS}|"
    r"ir\w{5,}|im(?:perf|prac|prop)\w*)\b|n['’]t\b|-free\b|-less\b|\bnon-|\b\w{4,16}less\b|없|않|못|아니"
)
# A negation that ends a clause denies what the passage says, so that a mere "but" or "low" of the passage does not carry it.
FINAL_NEGATION = r"지(?:는|도|를|가)? ?(?:않|못)(?:[습합]니다|[았했]습니다|[았했]고|[았했]으며|[았했]지만|으며|으나|하며)|수(?:는|가|도)? 없(?:었)?(?:습니다|고|으며|지만)|이 아닙니다"
FINAL_NEGATIVE_SOURCE = (
    r"\b(?:not|no|nor|none|never|cannot|without|neither|fail\w*|lack\w*|unable|unlike|absence|absent|rather|instead|eliminat\w*|"
    r"remov\w*|avoid\w*|prevent\w*|only|little|few|fewer|less|hardly|barely|limit\w*|struggl\w*|impossib\w*|ignor\w*|neglect\w*|"
    r"overlook\w*|free|exclud\w*|inability|unless|bypass\w*|wrong\w*|negligib\w*|refus\w*|reject\w*|resist\w*|agnostic|regardless|"
    r"challeng\w*|difficult\w*|hard|hinder\w*|hamper\w*|beyond|scarce\w*|rarely|seldom|prohibit\w*|restrict\w*|gaps?|short|below|"
    r"overcom\w*|caution\w*|poor\w*|weak\w*|inferior|obviat\w*|circumvent\w*|alleviat\w*|reduc\w+ (?:the )?(?:need|necess\w*|reli\w*|depend\w*)|"
    rf"{_UN}|{_IN}|non\w{{3,}}|{_DIS}|ir\w{{5,}}|im(?:perf|prac|prop)\w*)\b|n['’]t\b|-free\b|-less\b|\bnon-|\b\w{{4,16}}less\b|없|않|못|아니"
)
# What a sentence denies, and the words by which a passage says the same without a denial.
SAID_WITHOUT_NEGATION = {
    r"(?:떨어지|줄|줄어들|나빠지|낮아지|변하|바뀌|달라지|손상되|손상하|손상시키|저하되|저하하|저하시키|훼손하|무너지|사라지|깨지|밀리|늘|늘어나|늘리|커지|키우|높아지|증가하|치르)지": (
        r"preserv\w*|retain\w*|maintain\w*|keep\w*|constant|stab\w+|robust\w*|consisten\w*|comparable|same|fixed|equal\w*|match\w*|on par|minimal\w*|small|competitive"
    ),
    r"쉽지|간단하지|단순하지|만만하지|가능하지": r"complex\w*|cost\w*|expensive|demanding|open|bottleneck\w*|trade-?offs?|intractab\w*|prohibit\w*",
    r"(?:많|크|높|길|넓|깊|강하|뛰어나|좋|두드러지|뚜렷하)지": r"small\w*|low\w*|modest\w*|slight\w*|minor|short\w*|sparse\w*|rare\w*|moderate\w*|minimal\w*|narrow|shallow|similar\w*|comparable|mixed",
    r"충분하지|완전하지|완벽하지|닿지|이르지|미치지": r"gaps?|drop\w*|degrad\w*|lag\w*|behind|open|need\w*|remain\w*|still|only|partial\w*|far from|lower",
    r"필요(?:하지|로 하지|가|는)|들지|들이지|거치지|쓰지|사용하지|의존하지|요구하지|기대지|두지|건드리지|\b(?:not|n['’]t) (?:need|require|rely|depend|use)": (
        r"zero-shot|self-\w+|alone|direct\w*|single|sole\w*|pure\w*|end-to-end|independen\w*|lightweight|frozen|replac\w*|automat\w*|simpl\w*|efficien\w*|entirely|on-device|local\w*"
    ),
    r"드물지|적지|낯설지": r"common\w*|often|frequent\w*|many|widespread|prevalent|familiar",
    r"알(?:려지)?지|알 수|분명하지|뚜렷하지|확실하지|밝혀지지|이해하지|설명하지": r"open|questions?|whether|understud\w*|under-?explor\w*|underexplored|mystery|elusive|black-?box|opaque|ambigu\w*|vague",
    r"보이지|드러나지|나타나지|볼 수": r"hidden|implicit\w*|latent|occlu\w*|invisible|silent\w*|subtle",
    r"고정되지|한정되지|제한되지|묶이지|국한하지|얽매이지|머무르지": r"flexib\w*|arbitrar\w*|any|general\w*|adapt\w*|dynamic\w*|vari\w+|divers\w*|open-\w+|broad\w*|extend\w*|across",
    r"같지|일치하지|맞지|비슷하지|\bnot (?:the same|match|agree)": r"differ\w*|diverg\w*|deviat\w*|mismatch\w*|vary|varies|variation|distinct|discrepan\w*|conflict\w*|misalign\w*",
    r"지키지|따르지|견디지|버티지|다루지|풀지|처리하지": r"violat\w*|break\w*|collaps\w*|degrad\w*|drop\w*|suffer\w*|vulnerab\w*|omit\w*|miss(?:es|ed|ing)?|gap\w*|lower",
}
# Ways to do with less, which a right sentence may put as "does not use".
SPARING = (
    r"\b(?:only|solely|alone|instead|rather|low|lower|small\w*|frozen|fixed|self-\w+|zero-shot|lightweight|minim\w+|direct\w*|"
    r"independent\w*|preserv\w+|retain\w*|maintain\w*|keep\w*|single|simpl\w+|but|than|constant|remov\w+|reduc\w+|challeng\w+|"
    r"although|though|while|despite|still|yet|gap|drop\w*|weak\w*|negligib\w+)\b"
)
SPARED_PREDICATES = (
    r"설치|배포|쓸|사용|활용|적용|학습|배우|필요|크|결합|합치|더하|묶|다루|고려|포함|따르|의존|가지|갖추|이어"
)
PLAIN_NEGATION = (
    r"\b(?:not|no|nor|none|never|cannot|without|neither|fail\w*|lack\w*|unable|hardly|barely|little|"
    rf"insufficient\w*|limited|minimal|{_UN}|struggl\w*|poor\w*|less|free|eliminat\w*|avoid\w*|"
    r"insignificant\w*|marginal\w*|negligib\w*|overcom\w*|reject\w*|bypass\w*|circumvent\w*|obviat\w*|remov\w*|however|remain\w*)\b|n['’]t\b|-free\b|없|않|못"
)
SENTENCE_NEGATIVES = (
    r"않|못|없|아니|비지도|무작위|불[가필안]|미흡|미달|어렵|어려|부족|덜|대신|벗어|줄|제거|막|피하|빼고|제외|만으로|그대로|스스로|자기 지도|저절로|최소|생략|뿐|한계|"
    r"실패|놓치|드물|[가-힣]만[ ,]"
    r"|\b(?:not|no|nor|never|without|neither|none|fail\w*|lack\w*|unable|avoid\w*|eliminat\w*|"
    r"remov\w*|free|instead|rather|skip\w*|only|less|few\w*|minimal\w*|limit\w*|drop\w*|rid|self-\w+|"
    r"un\w{4,}|out of|away|alone|little|poor\w*|weak\w*|struggl\w*|replac\w*|spar\w+|sav\w+|just|"
    r"solely|directly|independent\w*|hard\w*|cannot|reduc\w*|non-?\w+|train-free|training-free)\b|"
    r"n['’]t\b|-free\b"
)
# Predicates of Korean sentences with the English words for them: "견고하지 않" against "robust".
PREDICATES = {
    r"견고": r"robust\w*|resilien\w*",
    r"효과(?:적|가|를)?": r"effective\w*|efficac\w*|merits?|benefits?",
    r"필요": r"requir\w*|need(?:s|ed)?|necess\w*|crucial|essential|critical",
    r"두드러": r"pronounced|prominen\w*|notabl\w*|noticeabl\w*|marked\w*|higher",
    r"뛰어나|우수|앞서": r"superior\w*|excel\w*|outperform\w*|surpass\w*|better|exceed\w*|strong",
    r"나아|좋아|개선|향상|오르|높아|늘": r"improv\w*|enhanc\w*|gains?|boost\w*|increas\w*|better",
    r"높": r"high(?:er|est|ly)?|superior\w*|increas\w*|improv\w*",
    r"크": r"large\w*|significant\w*|substantial\w*|particular\w*|great\w*|strong\w*|consider\w*",
    r"정확": r"accura\w*|precis\w*",
    r"일반화|통하": r"generali[sz]\w*|transfer\w*",
    r"안정": r"stab(?:le|ility|ly|ili\w*)",
    r"유용": r"useful|utility|valuable|helpful",
    r"담|부호화": r"encod\w*|embed\w*|captur\w*|contain\w*|includ\w*",
    r"나타나|드러나|보이": r"emerg\w*|appear\w*|reveal\w*|show\w*|exhibit\w*|demonstrat\w*",
    r"지원": r"support\w*",
    r"공개": r"releas\w*|open-sourc\w*|publicly|available",
    r"일관": r"consisten\w*|coheren\w*",
    r"작동|동작": r"work(?:s|ed)?|perform\w*|run(?:s|ning)?|operat\w*",
    r"상관": r"correlat\w*",
    r"줄": r"reduc\w*|decreas\w*|lower\w*|cut\w*|sav\w*",
    r"지키|유지|보존": r"preserv\w*|retain\w*|maintain\w*|keep\w*",
    r"설치|배포|쓸|사용|활용|적용": r"us(?:e|es|ed|ing)|appl\w*|deploy\w*|install\w*|leverag\w*|allow\w*|enabl\w*",
    r"도움": r"help\w*|benefi\w*|useful|support\w*|assist\w*",
    r"확인|입증|증명": r"confirm\w*|valid\w*|demonstrat\w*|show\w*|prov\w*|verif\w*",
    r"학습|배우": r"train\w*|learn\w*",
    r"결합|합치|더하|묶": r"combin\w*|integrat\w*|fus\w*|merg\w*|incorporat\w*|add\w*",
    r"다루|고려|포함": r"address\w*|handl\w*|consider\w*|includ\w*|cover\w*|account\w*|incorporat\w*",
    r"다르|달라": r"differ\w*|var(?:y|ies|iation|iations|ied)|diverg\w*",
    r"빠르|신속": r"fast\w*|speed\w*|rapid\w*|quick\w*|accelerat\w*|efficien\w*|real-time",
    r"가깝|비슷|맞먹": r"close|comparable|similar\w*|match\w*|on par",
    r"이어지|영향": r"lead\w*|result\w*|affect\w*|influenc\w*|impact\w*",
    r"따르|의존": r"follow\w*|depend\w*|rel(?:y|ies|iance)",
    r"갖추|가지": r"featur\w*|equip\w*|ha(?:s|ve)|with",
    r"풀|해결": r"solv\w*|address\w*|resolv\w*|tackl\w*|overcom\w*",
    r"능가|넘어서|앞지르|제치": r"outperform\w*|surpass\w*|exceed\w*|beat\w*|superior\w*",
    r"달성|도달|얻|거두|기록하|내|이르": r"achiev\w*|reach\w*|attain\w*|obtain\w*|yield\w*|gain\w*|match\w*",
    r"도입|제안|제시|내놓|소개": r"introduc\w*|propos\w*|present\w*|offer\w*|provid\w*|releas\w*",
    r"생성|만들|합성": r"generat\w*|creat\w*|synthe\w*|produc\w*|construct\w*|build\w*",
    r"측정|평가|시험": r"measur\w*|evaluat\w*|assess\w*|test\w*|benchmark\w*",
    r"이루어지|구성되": r"compris\w*|consist\w*|contain\w*|includ\w*",
    r"예측|추정": r"predict\w*|estimat\w*|forecast\w*",
    r"탐지|검출|찾": r"detect\w*|identif\w*|find\w*|locat\w*",
    r"할|될|쓸|풀|볼|줄|낼": r"can|enabl\w*|allow\w*|capable|able|possible",
    r"대등하|견줄|못지": r"comparable|match\w*|on par|competitive",
    r"확보|보장": r"ensur\w*|guarantee\w*|secur\w*",
}
# Things that a source does without: Korean nouns with the English words for them, for "X 없이" that became "X로".
DONE_WITHOUT = {
    r"라벨|레이블|주석|표지": r"label\w*|annotat\w*",
    r"미세 ?조정|파인튜닝": r"(?:fine-?)?tun\w*",
    r"재학습|다시 학습": r"retrain\w*",
    r"추가 학습|추가 훈련|추가로 학습": r"(?:additional |extra |further )?(?:re)?train\w*",
    r"검색 증강": r"RAG|retrieval[- ]augment\w*",
    r"지도 학습": r"supervis\w*",
    r"사람의|수작업|전문가": r"human\w*|manual\w*|expert\w*",
    r"외부|바깥": r"external",
    r"참조|정답": r"reference\w*|ground[- ]truth",
    r"최적화": r"optimi[sz]\w*",
    r"사전 ?지식|사전 ?정보": r"prior\w*",
    r"통하|통합니|통했|일반화": r"generali[sz]\w*",
}
# Versions: a name, and the number behind it.
VERSION_NAME = (
    r"(?<![A-Za-z0-9.-])(?P<base>(?:[A-Z][A-Za-z+]{1,20}|"
    r"[A-Za-z]{1,8}[A-Z][A-Za-z+]{0,16})(?:-(?![RV]\d)[A-Z][A-Za-z]{0,14}){0,2})(?P<gap>[- ]?)(?P<version>(?:(?<=[- ])[RVv])?(?:(?:19|"
    r"20)\d\d|\d{1,3}(?:\.\d{1,2}){0,2}[a-z]?))(?![A-Za-z0-9%]|[.,]\d|-?[KMBTkx]\b| ?(?:%|퍼센트|배|점|개|명|"
    r"장|편|건|가지|년|월|일|초|분|시간|회|차|쪽|번|종|단계|층|배치|포인트|만|억|천|[KMBGT]B?\b|x\b|times|percent|points?|million|"
    r"billion|hours?|ms\b|seconds?|minutes?|images|samples|tasks|datasets|languages|models|billion|"
    r"thousand|days|frames|questions|examples))"
)
VERSION_PLAIN_BASES = (
    r"(?:in|on|of|to|by|at|and|or|with|for|from|than|top|table|figure|fig|section|step|stage|level|"
    r"phase|rank|hit|recall|precision|pass|best|over|about|only|between|under|within|using|the|a|an|"
    r"is|are|all|its|our|task|type|layer|k|n|f|ap|map|bleu|rouge|top-k|track|day|week|version|part|"
    r"chapter|question|round|class|group|score|accuracy|psnr|ssim|fid|auc|iou|miou|wer|cer|map|ndcg|"
    r"mrr|epoch|size|int|fp|bf|covid|age|since|until|january|february|march|april|may|june|july|"
    r"august|september|october|november|december|these|those|into|across|just|up|h|l|p|t|r|s|x|y|z|"
    r"under|near|nearly|almost|around|vs|versus|reaches|achieves|scores|covers|spans|includes|"
    r"contains|gets|has|have|per|as|that|out|other|least|most|more|less|first|last)"
)
# An English sentence is compared with the sentences of its source by words of this length that are no function words.
COMMON_WORDS = frozenset(
    """that this these those with from into over such than then they them their there where when while which what more
    most also both each have been were will would could should using used uses based paper work model models method
    methods approach propose present show shows results between across through about under only very other some
    many""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
