"""Finds releases, users and plans that no source speaks of: for the gate for inventions.

A release must be what the source's own sentences of a release name (code is not weights). A user is an organization with a verb behind
it that says that it does use the thing, not that it could. A plan is one of the authors.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from digests.quality.word_families import FUTURE_SYLLABLES, has_pattern

_Place = tuple[int, int]  # start and end in the sentence

# Releases. What is released must be what the source's own sentence of a release names: code is not weights.
_RELEASE = {
    "ko": re.compile(
        r"내려\s?받|다운\s?로드|(?:무료|무상|공짜)로|깃허브|GitHub|허깅\s?페이스|Hugging\s?Face|출시(?=[했됐되된합할])|판매(?=[되를합]|하고|\s?중)"
        r"|시연\s?(?:화면|페이지|사이트)|데모(?!그래)|체험판|오픈\s?소스|신청하면"
        r"|(?:웹|브라우저|온라인)에서\s(?:바로|직접|누구나)\s(?:써|시험|체험|이용|사용|쓸)"
        r"|(?:자료|데이터|데이터셋|코드|가중치|말뭉치|모델)(?:은|는|을|를|도)\s[^.,]{0,12}누구나\s[^.,]{0,8}(?:쓸|이용할|사용할|받)"
        r"|(?:코드(?!\s?(?:모델|LLM|생성|벤치|언어|에이))|가중치|체크포인트|API|스크립트|정답 마스크)[^.]{0,20}?"
        r"(?:공개|배포(?=[하했합되됐된])|받을 수|올려\s?두)|(?:앱|API|플러그인|확장 프로그램|웹 서비스)(?:으로|로)(?:도|만)?\s(?:나와|제공|공개|출시|이용|쓸)|공개 순위표"
    ),
    "en": re.compile(
        r"\b(?:download\w*|GitHub|Hugging ?Face|free of charge|for free|free (?:tier|app|api|download|version|web)"
        r"|open[- ]sourced?(?! (?:\w+ )?(?:models?|llms?|vlms?|mllms?|systems?|tools?|projects?|software|alternatives?|baselines?))|"
        r"(?:publicly|freely|openly|now|already|commercially) available|(?:available|offered|open) (?:to everyone"
        r"|to anyone|online|on request)|"
        r"on sale|hosted API|public (?:API|hub|repository|demo)|(?:online|web|live|browser) demo|app stores?|"
        r"(?:code|weights|checkpoints?|scripts)\b[^.]{0,30}?\b(?:released|public|available|published|shared|posted"
        r"|provided)|"
        r"(?:obtained|offered|available|comes|shipped|provided|distributed) as an? (?:\w+ )?(?:plug-?in|app"
        r"|extension|service|package|download|library)|"
        r"(?:code|weights|models?|data|dataset|checkpoints?)\b[^.]{0,40}? (?:is|are) free|(?:online|public"
        r"|open) (?:leaderboard|calculator|playground)|"
        r"releas\w+ (?:the |its |their |all )?(?:training |source )?(?:code|weights|checkpoints))\b",
        re.IGNORECASE,
    ),
}
_RELEASE_SOURCE = re.compile(
    r"releas|open[- ]?(?:sourc|weight|access|ly\b)|\bopen (?:model|llm|data|code|and|platform|benchmark|under"
    r"|to)|publicly|\bpublic (?:release|"
    r"availab|access|code|repo|dataset|benchmark|data|model|hub)|availab|accessible|git(?:hub|lab)"
    r"|hugging\s?face|https?:|www\.|download"
    r"|(?<![-a-z])free(?:ly)?\b|project page|website|\bdemo\b|\bdemos\b|licen[sc]ed?\b|\bapi\b|launch"
    r"|\bcodes?:|we (?:share|provide|publish)|\bma(?:k|d)\w+ (?:[\w-]{1,16} ){0,4}public\b"
    r"|공개|배포|출시|내려\s?받|오픈\s?소스"
)
_RELEASED_THINGS = {
    "code": (
        "코드 구현 스크립트 라이브러리",
        "code scripts? implementation",
        r"code|github\.com|implement|repositor|librar|software|script|open-?\s?sourc|framework|pipeline|system|코드",
    ),
    "model": (
        "가중치 체크포인트 모델 분류기 검출기",
        "weights checkpoints? models?",
        r"weight|checkpoint|model|llm|network|huggingface|system|framework|모델",
    ),
    "data": (
        "자료 데이터 데이터셋 말뭉치 사진 마스크 녹음 벤치마크 궤적 영상 대화",
        "data dataset corpus recordings annotations photos trajectories videos images masks templates transcripts footage",
        r"data|corp(?:us|ora)|bench|annotat|image|question|collection|trajector|데이터|자료|말뭉치",
    ),
    "demo": (
        "시연 데모 체험판 앱 API 플러그인 브라우저 웹 계산기 순위표",
        "demo apps? API plug-?in browser leaderboard calculator tier",
        r"\bdemos?\b|\bapps?\b|\bapi\b|platform|interface|online|browser|playground|plug-?in|service|\bweb[- ]|tool|시연|데모",
    ),
}
_THING = {
    name: {
        "ko": re.compile(
            rf"(?:{'|'.join(ko.split())})(?=[를을도와과는은이가나,]|으?로|\s?(?:까지|전체|및|화면|페이지)|에서)"
        ),
        "en": re.compile(rf"\b(?:{'|'.join(en.split())})\b", re.IGNORECASE),
    }
    for name, (ko, en, _source) in _RELEASED_THINGS.items()
}
_THING_SOURCE = {name: re.compile(source) for name, (_ko, _en, source) in _RELEASED_THINGS.items()}
_EVERYTHING = re.compile(r"\ball\b|everything|resource|material|artifact|assets|toolkit|suite")
_SENTENCE_GAP = re.compile(r"(?<=[.!?])\s+|\n")

# Users: an organization, and behind it a verb that says that it does use the thing.
_ORGANIZATION_KO = (
    "회사|기업|업체|은행|병원|기관|통신사|포털|제작사|스튜디오|방송사|언론사|신문사|출판사|부대|기지|공군|해군|육군|정부|지자체|시청|구청|당국|경찰|법원|"
    "학교|대학|연구소|공장|창고|콜센터|관제 센터|제조사|보험사|증권사|항공사|카드사|게임사|제약사|건설사|개발사|운영사|스타트업|공단|부처|교육청|소방서|협회|매장|"
    "쇼핑몰|서점|도서관|박물관|농가|농장|발전소|공항|항만|사업자|플랫폼|의료진|재단|거래소"
)
_USE = {
    "ko": re.compile(
        rf"(?:{_ORGANIZATION_KO})(?:들|사)?(?:\s[가-힣]{{1,3}}\s?(?:곳|개|군데))?(?:은|는|이|가|에서|에서는|에서도|도)\s[^.]{{0,80}}?"
        r"(?:(?:쓰|사용하|활용하|이용하|운영하|시험하|점검하|도입하|적용하|돌리|검증하|가려내|걸러 내)고 있|기 시작했|기 시작해|기로 했|"
        r"(?:도입|적용|채택|탑재|활용|배치|시범 ?운영|시범 ?적용|상용화)(?:했|하였|됐|되었|하기로|을 추진|을 검토|에 나섰)|"
        r"에 (?:넣었|얹었|올렸|붙였)|얹어 쓰|(?:활용|사용|운영|시험|도입|검토) 중|(?:이미|벌써|최근|현재|지난해|올해)\s[^.]{0,50}?(?:쓰|시키|돌리|하게 하|거르|가리|살피)고 있)"
        r"|(?:이미|벌써) [^.]{0,40}?(?:(?:쓰이|쓰|활용되|사용되|운영되)고 있|(?:도입|적용|탑재)(?:됐|되었))(?:습니다|으며)"
        r"|(?:상용|양산|시판)[^.]{0,20}(?:적용|탑재|도입|들어)(?:되|했|갔|됐)"
    ),
    "en": re.compile(
        r"\b(?:compan(?:y|ies)|vendors?|hospitals?|banks?|agenc(?:y|ies)|studios?|stores?|universit(?:y|ies)"
        r"|schools?|police|army|air force|"
        r"governments?|ministr(?:y|ies)|cit(?:y|ies)|retailers?|insurers?|publishers?|newsrooms?|startups?"
        r"|\w*makers?|manufacturers?|airlines?|"
        r"operators?|carriers?|firms?|clinics?|utilities|farms?|factor(?:y|ies)|warehouses?|courts?|librar(?:y"
        r"|ies)|museums?|"
        r"newspapers?|broadcasters?|airports?|districts?|providers?)\b(?! (?:that|which|who)\b)[^.]{0,50}?\b"
        r"(?:ha(?:ve|s) (?:already |since |recently |now )?(?:begun|started|adopted|replaced|integrated|deployed"
        r"|rolled|switched|added|put|"
        r"used|built|installed|introduced)|(?:is|are) (?:now |already |currently )?(?:using|testing|piloting"
        r"|running|trialing|trialling|"
        r"adopting|deploying|rolling)|(?:already|now|currently) (?:use|run|train|screen|check|sort|test|build|rely"
        r"|deploy|apply|offer|route|monitor|filter|flag|ship)s?|"
        r"(?:began|started) (?:to use|using|testing)|adopted|plans? to (?:use|adopt|deploy|roll|test))\b"
        r"|\b(?:is|are|was|has been|have been) (?:already |now |currently )(?:in use|in production"
        r"|used in production|deployed|adopted|"
        r"installed|piloted|on trial) (?:by|at|in|across|inside)\b|\b(?:already|now) (?:used|deployed|adopted"
        r"|in use|running) (?:by|at|in)\b",
        re.IGNORECASE,
    ),
}
_USE_SOURCE = re.compile(
    r"\bin production\b|production (?:system|environ|traffic|use)|\bin use\b|already (?:been )?(?:us|deploy"
    r"|adopt|integrat)|(?:been|was|were|is|are)"
    r" (?:now |also |currently |successfully |widely |increasingly |commonly |being |routinely )*(?:deployed"
    r"|adopted|integrated|launched|used by|"
    r"used at|piloted|rolled)|we (?:have )?(?:deploy|launch)|increasing(?:ly)? (?:adopt|use|deploy|popular)"
    r"|(?:wide|broad|growing|rapid|current|recent|early|increasing)(?:spread)? adopt|widely (?:adopt|deploy)"
    r"|(?<!in )compan(?:y|ies)\b|vendor|customers|enterprise|a/b test|online (?:experiment|test)|startup"
    r"|partner|field (?:test|trial|study|deploy)|pilot"
    r"|deployed (?:in|at|on|to|by|across)|도입|적용|쓰이|사용"
)

# Plans of the authors.
_PLAN = {
    "ko": re.compile(
        rf"[{FUTURE_SYLLABLES}]\s(?:계획|예정|방침|작정)(?:입니다|이다|이며|이라|이고|임|을|에)|[가-힣]겠다(?:고|는)"
    ),
    "en": re.compile(
        r"\b(?:authors?|(?:the|its|their|both) (?:\w+ )?(?:teams?|researchers?|developers?|groups?|creators?|labs?"
        r"|makers))\b[^.]{0,25}?\b(?:will|want to|"
        r"wants to|announced)\b|\b(?:authors?|teams?|researchers?|developers?|groups?|creators?|labs?|makers"
        r"|they)\b[^.]{0,25}?\b(?:plans? to|intends?|"
        r"(?:is|are) (?:now |already |currently )?(?:working on|preparing|planning|extending|building))\b"
        r"|\bnext (?:goal|step|version|"
        r"target|project|year|release)\b|\b(?:is|are) planned\b|\bplanned (?:for|next|extension)"
        r"|\bcoming (?:months?|year|weeks)\b|"
        r"\b(?:turn|wants?|plans?|comes?|tackle|take on|address)\b[^.]{0,40}\bnext\.?$|\b(?:is|are) to follow\b"
        r"|\bwill (?:be (?:the subject|extended|added|tested|studied|followed|applied|released|expanded|repeated)"
        r"|follow|soon|next)\b|"
        r"\blater this year\b|\bin preparation\b|\bfollow-up (?:study|version|model|work) (?:is|will|on|that"
        r"|with)\b|\bfuture (?:version|release)s? will\b|\bfollow-up (?:study|paper)\b",
        re.IGNORECASE,
    ),
}
_AUTHORS_PLAN_KO = re.compile(
    r"(?:연구진|연구팀|저자들?|개발진|제작진|개발팀|공동 ?저자|팀)(?:은|는|이|가)\s[^.]{0,80}?(?:준비하고 있|준비 중|계획하고|구상하고|나설|착수|선보일|내놓을|"
    r"(?:다음|향후|장기)\s?(?:목표|과제|단계|연구|작업|버전)(?:로|를|을|에서|에)|후속 (?:연구|모델|작업|버전|실험)(?:를|을|로|에서|에 들)|내년|올해 안|조만간|추후)"
)
_PLAN_SOURCE = re.compile(
    r"\bfuture (?:work|direction|research|stud|plan|version|improve|develop|exten|release|investig|explor"
    r"|effort|iteration|step|challenge|applic)"
    r"|in (?:the )?(?:near )?future|\bplan(?:s|ned)? to\b|\bwe (?:plan|intend|hope)|\bwill\b|\bnext (?:step"
    r"|goal|phase|version|generation)|further (?:work|"
    r"research|stud(?!ied)|investigation|exploration|improvements|development)|ongoing|upcoming|\bsoon\b"
    r"|continu(?:e|ing) (?:to|this|our|the)|committed|follow-up|forthcoming|going forward|in progress|roadmap"
    r"|\bwe aim to|we are (?:now |currently |also )?(?:work|extend|explor|develop|prepar)|underway|we leave"
    r"|left (?:for|to|as)\b|envision|look(?:ing)? forward"
    r"|upon (?:accept|public)|to be (?:released|made)|preliminary|first step|후속|계획|예정|앞으로|향후"
)
_AUTHORS_PLAN_SOURCE = re.compile(
    r"\bneed|call for|should|remain|limitation|challeng|\bopen (?:problem|question|issue)|needs"
)


def find_releases(text: str, part: str, source: str, language: str) -> Iterator[_Place]:
    """Yield a release if the source has none, or if what is released here is not what it releases."""
    hit = _RELEASE[language].search(text)
    if not hit:
        return
    released = _list_released_things(source)
    if released is not None:
        before = text[text.rfind(", ", 0, hit.start()) + 1 : hit.end()]
        named = {name for name, patterns in _THING.items() if patterns[language].search(before)}
        # Themes and trends speak of releases in general.
        if not named or not released or named <= released or part in ("themes", "trends"):
            return
    yield hit.span()


@lru_cache(maxsize=64)
def _list_released_things(source: str) -> frozenset[str] | None:
    """Return the names of what the sentences of a source release: empty where they do not say what, None where no sentence does."""
    sentences = [one for one in _SENTENCE_GAP.split(source) if _RELEASE_SOURCE.search(one)]
    if not sentences:
        return None
    if any(_EVERYTHING.search(one) for one in sentences):
        return frozenset()
    joined = "\n".join(sentences)
    found = frozenset(name for name, pattern in _THING_SOURCE.items() if pattern.search(joined))
    # A source that gives only the address of its page has released nothing that has a name.
    return found or (frozenset({"page"}) if "page" in joined or "website" in joined else found)


def find_uses(text: str, source: str, language: str) -> Iterator[_Place]:
    """Yield an organization that uses the thing, if the source speaks of no use at all."""
    hit = _USE[language].search(text)
    if hit and not has_pattern(_USE_SOURCE, source):
        yield hit.span()


def find_plans(text: str, source: str, language: str) -> Iterator[_Place]:
    """Yield a plan of the authors, if the source has future work in no form."""
    if has_pattern(_PLAN_SOURCE, source):
        return
    hit = _PLAN[language].search(text)
    if not hit and language == "ko" and not has_pattern(_AUTHORS_PLAN_SOURCE, source):
        hit = _AUTHORS_PLAN_KO.search(text)
    if hit:
        yield hit.span()
