"""Word families for directions and roles: up and down, better and worse, who beats whom, in Korean and English.

Each constant is a regular expression, compiled without regard to case. All repetitions are bounded.
"""

# Directions. Of each family: what the sentence says, the words that allow it, and the words that contradict it.
_WIN = (
    r"outperform\w*|surpass\w*|exceed\w*|superior\w*|improv\w*|better|best|beat(?:s|ing)?|"
    r"state[- ]of[- ]the[- ]art|sota|gains?|enhanc\w*|boost\w*|advantag\w*|higher|highest|increas\w*|"
    r"strong\w*|robust\w*|excel\w*|effective\w*|faster|"
    r"promising|accura\w*|success\w*|leading|competitive|win\w*|rais\w*|능가|앞[섰서]|향상"
)
_LOSE = (
    r"wors\w*|underperform\w*|behind|lag\w*|trail\w*|inferior\w*|degrad\w*|drops?|dropped|declin\w*|"
    r"deteriorat\w*|weak\w*|poor\w*|below|short of|falls?|fell|fail\w*|struggl\w*|suffer\w*|lower\w*|"
    r"gaps?|harm\w*|hurt\w*|loss|lose\w*|losing|decreas\w*|diminish\w*"
    r"|suboptimal|exacerbat\w*|aggravat\w*|compound(?:s|ed|ing)|lack\w*|limit\w*|shortcoming\w*|scarc\w*|detract\w*|impair\w*|detriment\w*|vulnerab\w*|disparit\w*|under-?represent\w*|insufficient\w*|inadequa\w*|no better|not \w+|"
    r"regress\w*|sacrific\w*|compromis\w*|forget\w*|뒤[졌처]|나빠|악화|저하|하락"
)
_DOWN = (
    r"reduc\w*|decreas\w*|cut\w*|sav(?:e|es|ed|ing|ings)|low\w*|shorten\w*|shorter|minimi\w*|"
    r"minimal\w*|fewer|less|small\w*|drop\w*|declin\w*|diminish\w*|shrink\w*|shrunk|compress\w*|"
    r"quantiz\w*|bits?|alleviat\w*|mitigat\w*|trim\w*|prun\w*|condens\w*|"
    r"limit\w*|suppress\w*|light\w*|cheap\w*|narrow\w*|eas(?:e|es|ing)|halv\w*|eliminat\w*|remov\w*|"
    r"avoid\w*|slash\w*|without|fraction|concise|bridg\w*|clos(?:e|es|ing)|streamlin\w*"
)
_UP = (
    r"increas\w*|expand\w*|expans\w*|gr[eo]w\w*|rais\w*|ris(?:e|es|ing)|more|larger|longer|higher|"
    r"extend\w*|extens\w*|scal\w*|boost\w*|enlarg\w*|augment\w*|additional\w*|greater|doubl\w*|"
    r"tripl\w*|amplif\w*|widen\w*|maximi\w*|add(?:s|ed|ing)?|"
    r"enrich\w*|multipl\w*|enhanc\w*|exacerbat\w*|overhead|inflat\w*|elevat\w*|strengthen\w*|"
    r"accumulat\w*|worsen\w*|prolong\w*|slow\w*|heav\w*"
)
_RISE = rf"{_UP}|{_WIN}|up to|achiev\w*|high\w*|reach\w*|record\w*|above|over"
_FALL = (
    rf"{_DOWN}|{_LOSE}|under|inexpensive|efficien\w*|only|weak\w*|least|near-zero|base\b|rare\w*|"
    rf"scarce\w*|slow\w*|below|sparse\w*|little|few|narrow\w*|coarse\w*"
)
_COST_NOUN = (
    r"(?:비용|시간|지연|메모리|연산|계산|오류|오차|손실|부담|용량|오염|환각|편향|토큰|파라미터|매개변수|격차|차이|불확실|왜곡|잡음|위험|자유도|차원|단계|사슬|길이|"
    r"수고|소모|소비|요구량|크기|(?<![점지])수를)"
)
# (claim, words of the source that allow it, words that contradict it)
DIRECTIONS = (
    (
        (
            r"뒤[졌져]|(?:에|보다|에게|에서) (?:[가-힣]{1,4} )?뒤지[고는며지만]|뒤처|뒤떨어|못 미[치쳤]|미치지 못|밀[렸려]|못한 (?:성능|성적|결과|품질|정확도|점수|모습)|보다 못[한했하]|나쁜 (?:성능|성적|"
            r"결과|점수)|나빠|나빴|악화|열세|열등|저조(?!도)|부진|낮은 (?:성능|정확도|성적|점수|품질|결과)|\b(?:trail(?:e?s|ed|ing) |underperform\w*|"
            r"falls? behind|fell behind|lag(?:s|ged)? behind|lags?\b|wors(?:e|en|ens|ened|ening|end|"
            r"enment)\b(?! case)|inferior|falls? short|fell short|loses? to|lost to|(?:is|are|was|were|remains?|stays?|still|far|ranks?|finish\w*|places?) behind (?=(?-i:[A-Z]))|"
            r"deteriorat\w*|degrad(?:es|ed|ing) )"
        ),
        _LOSE,
        _WIN,
    ),
    (
        (
            r"(?:낮[추춘춰췄]|떨어[뜨트])|하락(?:했|하[고며는])|저하(?:됐|되|시키|시켰)|깎[았아이]|(?<=성능을 )줄[였이]|(?<=정확도를 )줄[였이]|"
            r"(?<=품질을 )줄[였이]|\b(?:decreas|reduc|lower)(?:e|es|ed|ing|s)? (?:the |its |their |"
            r"both )?(?:\w+ )?(?:accuracy|performance|quality|reliability|robustness|consistency|"
            r"effectiveness|throughput|scores?|recall|precision|fidelity|generali[sz]ation)"
        ),
        rf"{_DOWN}|{_LOSE}|cost-\w+|efficien\w*|afford\w*|econom\w*",
        _WIN + r"|" + _UP,
    ),
    (
        (
            r"늘[리려렸린릴]|(?:[가-힣]이|가|도) 늘(?:었|어났|며)|증가(?:했|하|시키|시켰)|커[졌지]|길어[졌지]|\b(?:increas(?:e|es|ed|ing)|"
            r"rais(?:es|ed|ing)|inflat(?:es|ed)|adds? to|lengthen\w*) "
        ),
        rf"{_UP}|gener\w*|collect\w*|synthe\w*|trend",
        _DOWN + r"|faster|accelerat\w*|efficien\w*|speed\w*|gains? in (?:time|cost|speed)",
    ),
    (
        (
            rf"{_COST_NOUN}(?! ?(?:효율|성능|정확|속도|능력|품질))(?:을|를|이|가|은|는|과 [가-힣]{{1,6}}를|"
            rf"와 [가-힣]{{1,6}}을)? ?(?:[가-힣0-9.%]+ ){{0,2}}?(?:높[이였아]|키[우웠]|불[렸어])"
        ),
        rf"{_UP}|high|cost\w*|expens\w*|demand\w*|prohibit\w*|burden\w*",
        _DOWN + r"|faster|accelerat\w*|efficien\w*|speed\w*",
    ),
    (
        r"취약(?!점|성을)|허술|불안정(?!성)|\b(?:vulnerable|fragile|brittle|unstable|unreliable)\b",
        (
            r"vulnerab\w*|susceptib\w*|weak\w*|fragil\w*|sensitiv\w*|brittle\w*|fail\w*|unsafe\w*|attack\w*|"
            r"prone|poor\w*|suffer\w*|degrad\w*|exploit\w*|unstab\w*|instab\w*|unreliab\w*|limitation\w*|"
            r"adversar\w*|struggl\w*|not robust|harm\w*|jailbreak\w*|threat\w*|security|collaps\w*|취약"
        ),
        r"robust\w*|resilien\w*|stab(?:le|ility)|strong|reliab\w*|secure",
    ),
    (
        (
            r"(?<![가-힣])약한 (?:상관|성능|일반화|결과|효과|연관|신호|개선|성적|관계|모습|견고|추론)|(?<![가-힣])약했(?!던)|(?<![가-힣])약해[졌지]|"
            r"미미[한했하]|미약[한했하]|\b(?:weak(?:er)?|negligible|marginal) (?=correlation|performance|results?|"
            r"generali[sz]ation|improvement|gains?|robustness|agreement|effect|alignment|evidence|link)"
        ),
        (
            r"weak\w*|slight\w*|modest\w*|small\w*|low\w*|marginal\w*|poor\w*|limit\w*|minor|mild\w*|faint\w*|"
            r"vulnerab\w*|little|under\w*|struggl\w*|fail\w*|insufficient\w*|minimal\w*|negligib\w*|lack\w*|"
            r"less|subtle|drug\w*|reduc\w*|simple|약"
        ),
        r"strong\w*|robust\w*|high\w*|significant\w*|substantial\w*|superior\w*|excel\w*|considerable|large\w*",
    ),
    (
        (
            r"(?<![가-힣])낮(?:은|았|습|고|지만|으며|아[졌지])(?! (?:성능|정확도|성적|점수|품질|결과))|\blower (?=accuracy|performance|"
            r"quality|scores?|precision|recall|resolution|success)"
        ),
        _FALL,
        (
            r"outperform\w*|surpass\w*|exceed\w*|superior\w*|improv\w*|higher|highest|increas\w*|gains?|"
            r"better|boost\w*|enhanc\w*|state[- ]of[- ]the[- ]art|rais\w*|high|strong"
        ),
    ),
    (
        r"높(?:았|습니다|아[졌지])|올[랐라]|상승(?:했|하)|\b(?:rises?|rose|increases?|increased) (?=with|by|as|from|to|over)",
        _RISE
        + r"|strong\w*|large\w*|significant\w*|great\w*|many|rich\w*|promising|superb|precis\w*|good|excellent|높|상승|top\w*",
        r"lower\w*|decreas\w*|reduc\w*|declin\w*|drop\w*|fall\w*|degrad\w*|wors\w*|underperform\w*",
    ),
    (
        (
            r"(?<![가-힣])많은 (?:수작업|자료|자원|비용|연산|학습|라벨|데이터|메모리|토큰|파라미터|매개변수|시간)|(?:자원|비용|수작업|데이터|연산|시간|노력)(?:이|가|"
            r"을|를) 많[이은]"
        ),
        (
            r"many|more|most|numerous|larg\w*|extensive\w*|multiple|several|various|abundan\w*|rich\w*|"
            r"high\w*|substantial\w*|massive\w*|million\w*|billion\w*|vast|all|much|great\w*|significant\w*|"
            r"broad|heav\w*|cost\w*|expens\w*|intensiv\w*|time-consuming|\d{2,}\w*|thousand\w*|labor\w*|"
            r"long\w*|scal\w*|demand\w*|prohibitive\w*|data|requir\w*|hours?|amount\w*|huge|major\w*|dominant"
        ),
        (
            r"minimal\w*|few|fewer|scarce\w*|limited|little|less|low-resource|small\w*|under-?represent\w*|"
            r"without|sparse|reduc\w*|fraction|only|low"
        ),
    ),
    (
        r"많은 (?:환자|언어|질환|집단|계층|지역|사람|표본)|\babundant\b",
        (
            r"many|more|most|numerous|larg\w*|extensive\w*|multiple|several|various|abundan\w*|rich\w*|"
            r"high\w*|substantial\w*|massive\w*|million\w*|billion\w*|vast|all|much|great\w*|broad|\d{2,}\w*|"
            r"thousand\w*|wide\w*|popul\w*|diverse|widespread"
        ),
        (
            r"minimal\w*|few|fewer|scarc\w*|limited|little|less|low-resource|small\w*|under-?represent\w*|"
            r"under-?served|sparse|rare\w*"
        ),
    ),
    (
        r"(?<![가-힣])느[린려리렸]|더디|\b(?:slower|slows? down|slow(?=er| down|ed| inference| training))",
        (
            r"slow\w*|laten\w*|time-consum\w*|delay\w*|cost\w*|comput\w*|inefficien\w*|bottleneck\w*|"
            r"expens\w*|hours?|overhead|prohibit\w*|intractab\w*|iterat\w*|heav\w*|sequential\w*|"
            r"autoregressive\w*|burden\w*|느리"
        ),
        r"fast\w*|speed\w*|quick\w*|efficien\w*|accelerat\w*|real-time|rapid\w*|reduc\w*",
    ),
)
# A direction that the sentence itself takes back, or that it says of the rivals.
DIRECTION_UNDONE = (
    r"없|않|못(?!한)|막[고는아]|방지|억제|완화|극복|해결|보완|줄[이여였]|문제|우려|위험|한계|피하|벗어|예방|대응|경우|때|상황|곳|원인|까닭|대신|\bwithout|"
    r"\bavoid|\bprevent|\bmitigat|\binstead|(?:저하|감소|하락|손실)[는가은이도]? (?:[가-힣]{1,4} )?(?:작|적[었은]|미미|거의|크지)"
)
RIVAL_SUBJECT = (
    r"(?:기존|종래|이전|다른|선행|경쟁|비교|일반|전통|대형|더 큰|최신|오픈|상용|나머지)[^,.;]{0,24}?(?:은|는|이|가|에서는|의) |"
    r"(?:the )?(?:existing|previous|prior|other|baseline|rival|competing|larger|conventional|current|"
    r"earlier|traditional|standard|vanilla)\b"
)
# Who beats whom.
_RIVALS_KO = (
    r"(?:기존|종래|이전|선행|다른|비교 ?(?:대상|군)|경쟁|최신|전통|일반)(?:의|적인)? ?[가-힣A-Za-z -]{0,14}?(?:방법|모델|기법|방식|시스템|연구|"
    r"접근|기준|대상|알고리즘|기술|베이스라인|도구)[가-힣]{0,2}?"
)
WON_KO = r"(?:앞[서섰선]|제[치쳤쳐]|능가|뛰어넘|웃[돌도]|넘어[섰서]|압도|앞질[렀러]|이[겼기]|나은|나았|높[은았]|좋[은았]|우수|우위|뛰어[나난]|정확(?!하게|히)|빠[르른])"
RIVALS_WIN = (
    rf"(?<![가-힣])(?:더 )?큰 (?:언어 )?모델(?:들)?이 [^,.;]{{0,20}}?작은 (?:언어 )?모델(?:들)?(?:을|를|"
    rf"보다) [^,.;]{{0,16}}?{WON_KO}|"
    r"(?:기존|종래|이전|선행|경쟁) (?:[가-힣A-Za-z0-9-]{1,14} ){0,2}?[가-힣A-Za-z0-9-]{1,14}(?:이|가) (?:제안(?:한|"
    r"된)? (?:방법|모델|기법)|이 (?:방법|모델|기법))(?:을|를|보다) [^,.;]{0,24}?"
    rf"{WON_KO}"
    r"|\b(?:existing|previous|prior|earlier|competing|other|baseline|leading|strong|conventional|"
    r"standard|rival|traditional) (?:[\w-]{1,20} ){1,3}?(?:still )?(?:outperform|surpass|beat|exceed|"
    r"outdo)(?:s|ed)? (?:it|this|the proposed|ours|both|them)\b|"
    rf"{_RIVALS_KO}(?:이|가) [^,.;]{{0,40}}?(?:을|를|보다) [^,.;]{{0,16}}?{WON_KO}"
    r"|\b(?:existing|previous|prior|earlier|competing|other|baseline|conventional|standard|rival|"
    r"traditional|state-of-the-art)\b (?:\w+ ){0,2}?(?:methods?|models?|approaches|systems|techniques|"
    r"baselines?|alternatives|works?) (?:\w+ )?(?:outperform\w*|surpass\w*|beat(?:s|ing)?|exceed\w*|"
    r"outdo\w*|overtake\w*|remain(?:s|ed)? (?:better|ahead|superior)|(?:is|are|were|was|do|does|did|"
    r"perform\w*) (?:\w+ )?better)"
)
RIVALS_LOSE = (
    r"(?:outperform|surpass|exceed|beat|superior|better than|advantage|improv|"
    r"state[- ]of[- ]the[- ]art|\bsota\b|gains? over)"
)
RIVALS_MAY_WIN = (
    r"remain\w* (?:superior|better|ahead)|underperform|lag|behind|inferior|wors|trail|fall short|"
    r"not outperform|fail|larger\b[^.]{0,50}(?:outperform|better|surpass|superior|exceed)|tradition\w* \w+ (?:still )?outperform|baselines? outperform"
)
WIN_VERB_EN = (
    r"\b(?:outperform(?:s|ed|ing)?|surpass(?:es|ed|ing)?|exceed(?:s|ed|ing)?|beat(?:s|ing)?|"
    r"outdo(?:es|ing)?|overtak(?:es|en|ing)|(?:is|are|was|were) (?:\w+ )?(?:better|faster|stronger|"
    r"more \w+) than|(?:scores?|performs?|performed) (?:\w+ )?(?:higher|better) than)\b"
)
LOSE_VERB_EN = (
    r"\b(?:underperform(?:s|ed|ing)?|trail(?:s|ed|ing)?|lag(?:s|ged|ging)? behind|falls? (?:behind|"
    r"short of)|(?:is|are|was|were) (?:\w+ )?(?:worse|slower|weaker|less \w+) than|loses? to)\b"
)
DERIVED_EN = (
    r"\b(?:based (?:up)?on|built (?:up)?on|distill\w*(?: and \w+)? (?:from|based on)|derived from|"
    r"fine-?tuned from|initiali[sz]ed (?:from|with)|extends|built from|builds (?:up)?on)\b"
)
LATIN_NAME = r"(?<![A-Za-z0-9.])(?=[A-Za-z0-9]{0,24}[A-Z0-9])[A-Za-z0-9]{1,40}(?:[-.+][A-Za-z0-9]{1,24}){0,6}"
# Directions beside a figure or a noun that both sides have: the words for up and down of a sentence and of a source.
RISE_CLAIM = (
    r"높[이였여인일]|높아|높았|높습|늘[리려렸린릴었어며고]|증가|향상|올[랐라려렸리린릴]|상승|개선|나아[졌지]|좋아[졌지]|앞[섰선서]|커[졌지]|키[우웠]|"
    r"길어[졌지]|더 (?:많|길|큰|크)"
    r"|\b(?:increas\w+|ris(?:es?|ing)|rose|rais\w+|improv\w+|gain(?:s|ed|ing)?|grows?|grew|boost\w*|"
    r"higher|lengthen\w*|climb\w*|doubl\w+|expand\w*)\b"
)
FALL_CLAIM = (
    r"낮[추춘춰췄았습]|낮아|줄[이였여인일었어며고]|감소|떨어[졌지트뜨뜨]|하락|나빠[졌지]|악화|뒤[졌처지]|못한|저하|단축|깎[았아이]|절감|짧아[졌지]|내[렸려]|더 (?:적|짧|작)"
    r"|\b(?:decreas\w+|reduc\w+|lower(?:s|ed|ing)?|drop(?:s|ped|ping)?|falls?|fell|falling|declin\w+|"
    r"wors\w+|degrad\w+|shorten\w*|cut(?:s|ting)?|shrink\w*|los(?:es?|t|ing)|weaken\w*|hurts?|harms?|"
    r"trails?|underperform\w*|halv\w+)\b"
)
RISE_SOURCE = (
    r"\b(?:increas\w+|improv\w+|rais(?:e|es|ed|ing)|ris(?:e|es|ing)|rose|grow(?:s|th|ing)?|gain(?:s|"
    r"ed|ing)?|boost\w*|higher|enhanc\w+|better|outperform\w*|surpass\w*|exceed\w*|superior\w*|"
    r"expand\w*|doubl\w+|longer|larger|more (?!than)|strengthen\w*|lengthen\w*|highest|best|beat\w*|"
    r"adds?|maximi\w+|widen\w*)\b(?!-)"
)
FALL_SOURCE = (
    r"\b(?:decreas\w+|reduc\w+|lower\w*|drop\w*|declin\w+|fewer|less (?!than)|cut(?:s|ting)?|sav(?:e|"
    r"es|ed|ing|ings)|degrad\w+|wors\w+|shrink\w*|shorter|shorten\w*|falls?|fell|below|"
    r"underperform\w*|smaller|minimi\w+|minimal\w*|mitigat\w+|alleviat\w+|behind|lowest|deteriorat\w+|"
    r"diminish\w*|cheaper|suboptimal|inferior|poor\w*|limit(?:s|ing)|hinder\w*|hamper\w*|imped\w*)\b(?!-)"
)
# Of these less is better: "improves latency" is a fall.
COST_NOUNS = {
    r"지연": r"laten\w+",
    r"비용": r"costs?",
    r"시간": r"times?",
    r"메모리": r"memory",
    r"토큰": r"tokens?",
    r"오류|오차": r"errors?",
    r"환각": r"hallucinat\w+",
    r"차이|격차": r"(?:gaps?|differences?|disparit\w+)",
    r"부담|수고|노력|비중": r"(?:efforts?|burdens?|workloads?|overhead)",
    r"수작업": r"(?:manual \w+|human effort)",
    r"자유도": r"(?:degrees of freedom|dofs?)",
    r"매개변수|파라미터": r"parameters?",
    r"연산|계산": r"(?:comput\w+|flops)",
    r"편향": r"bias\w*",
    r"잡음|노이즈": r"nois\w+",
    r"위험": r"risks?",
    r"길이|사슬": r"(?:lengths?|chains?)",
    r"밀도": r"densit\w+",
    r"단계": r"steps?",
    r"크기": r"(?:size|sizes)",
}
GOOD_NOUNS = {
    r"성능": r"(?:performance|results)",
    r"정확도": r"accurac\w+",
    r"품질|화질|음질": r"(?:quality|fidelity)",
    r"신뢰도|신뢰성": r"(?:reliab\w+|trust\w*)",
    r"속도|처리량": r"(?:speeds?|speedup|throughput)",
    r"효율": r"efficien\w+",
    r"안정성": r"stabil\w+",
    r"일관성": r"(?:consisten\w+|coheren\w+)",
    r"다양성": r"diversit\w+",
    r"재현율": r"recall",
    r"정밀도": r"precision",
    r"해상도": r"resolutions?",
    r"상관": r"correlat\w+",
    r"점수": r"scores?",
    r"견고성|강건성": r"robust\w+",
    r"안전성": r"safety",
    r"일반화": r"generali[sz]\w+",
    r"검출력|탐지력": r"detect\w+",
    r"보상": r"rewards?",
    r"효과": r"(?:effective\w*|efficacy|effects?)",
    r"해석": r"interpretab\w+",
}
# Of a noun of cost these words of a source are no rise.
IMPROVED = r"(?:개선|향상|나아|좋아|앞|improv|gain|better|enhanc|outperform|surpass|superior|exceed|best|boost|beat)\w*"
# Words that turn a direction behind them round.
TURNED = (
    r"(?:\b(?:without|not|no|never|avoid\w*|instead of|rather than|prevent\w*|unlike|nor|cannot)|"
    r"n['’]t)(?: \w+){0,2}\s*$"
)
