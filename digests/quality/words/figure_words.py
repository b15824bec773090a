"""Word tables for the gate for figures: units, counted nouns and number words, in Korean and English.

Only data. A noun has one narrow meaning or a few; two meanings of one group of `INTERCHANGEABLE` are what different writers call the
same thing, so a number that changes from one to the other is no fault. Which number has which word is read in `claim_quantities`.
"""

from decimal import Decimal

NUMBER_WORDS_EN = {
    word: value
    for value, words in enumerate(
        (
            "two both twice double",
            *("three triple", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
            *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
        ),
        start=2,
    )
    for word in words.split()
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
# One ("한", "one") is left out: it is an article, an adverb and an ending more often than a count.
NUMBER_WORDS_KO = {
    word: value
    for value, word in enumerate(
        ("두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두", "열세", "열네", "열다섯"),
        start=2,
    )
} | {"스무": 20}

# Units by name: a pattern for what follows the number in English or Korean, the dimension, and the size in it. The first match counts.
# A Hangul unit ends before a particle, so that 분 is not found in 분야 and 초 not in 초기.
_END = (
    r"(?=$|[^가-힣]|[의로가를을은는이에와과도만씩짜까부간으안인에입였]|보다|정도|가량|미만|이상|이하|초과|내외|남짓|당)"
)
UNIT_ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("points", r"(?:%|percent(?:age)?|퍼센트)[\s-]?(?:p(?![a-z])|points?\b|포인트)|pp\b|pts?\b", "", "1"),
    ("points", r"(?:[A-Z][\w@-]{0,12}\s)?(?:absolute\s)?points?\b(?!\s?(?:cloud|map))|포인트", "", "1"),
    ("absolute", r"(?:%|percent)[\s-]?absolute\b", "", "1"),
    ("percent", r"%|percent\b|per cent\b|퍼센트|프로(?![가-힣])", "", "1"),
    ("score", rf"점(?:{_END}|[이수였])", "", "1"),
    (
        "times",
        rf"배{_END}|×(?!\s?\d)|[xX]\b(?!\s?\d)|times(?=\s(?:\w+er|more|less|as|the|better|worse|improv|speed|acc|reduc|high|low|fewer)\b)|fold\b",
        "",
        "1",
    ),
    ("ns", r"ns\b|nanoseconds?|나노초", "time", "0.000000001"),
    ("us", r"[μµu]s\b|microseconds?|마이크로초", "time", "0.000001"),
    ("ms", r"ms\b|msec\b|milliseconds?|밀리초", "time", "0.001"),
    ("s", rf"s\b|secs?\b|seconds?\b|초{_END}", "time", "1"),
    ("min", rf"mins?\b|minutes?\b|분(?!의)(?!산|야|류|석|할|포|기){_END}", "time", "60"),
    ("h", r"h\b|hrs?\b|hours?\b|시간(?![적대])", "time", "3600"),
    ("day", rf"days?\b|일{_END}(?! 때)", "time", "86400"),
    ("week", rf"weeks?\b|주{_END}|주일", "time", "604800"),
    ("month", rf"months?\b|개월|달{_END}", "time", "2629800"),
    ("year", rf"years?\b|yrs?\b|년{_END}|살{_END}|세{_END}", "time", "31557600"),
    ("KB", r"K[Bb]\b|KiB\b|kilobytes?|킬로바이트", "bytes", "1"),
    ("MB", r"M[Bb]\b|MiB\b|megabytes?|메가바이트", "bytes", "1000"),
    ("GB", r"G[Bb]\b|GiB\b|gigabytes?|기가바이트", "bytes", "1000000"),
    ("TB", r"T[Bb]\b|TiB\b|terabytes?|테라바이트", "bytes", "1000000000"),
    ("PB", r"PB\b|petabytes?|페타바이트", "bytes", "1000000000000"),
    ("km2", r"km\s?\^?\{?[2²]\}?|square kilomet(?:er|re)s?|제곱\s?킬로미터|sq\.? ?km", "area", "1000000"),
    ("cm2", r"cm\s?\^?\{?[2²]\}?|square centimet(?:er|re)s?|제곱\s?센티미터", "area", "0.0001"),
    ("m2", r"m\s?\^?\{?[2²]\}?|square met(?:er|re)s?|제곱\s?미터|평방미터", "area", "1"),
    ("ha", r"ha\b|hectares?|헥타르", "area", "10000"),
    ("nm", r"nm\b|nanomet(?:er|re)s?|나노미터", "length", "0.000000001"),
    ("um", r"[μµu]m\b|micromet(?:er|re)s?|microns?|마이크로미터|마이크론", "length", "0.000001"),
    ("mm", r"mm\b|millimet(?:er|re)s?|밀리미터", "length", "0.001"),
    ("cm", r"cm\b|centimet(?:er|re)s?|센티미터|센티", "length", "0.01"),
    ("km", r"km\b|kilomet(?:er|re)s?|킬로미터", "length", "1000"),
    ("m", r"m\b(?!/)|met(?:er|re)s?\b|미터", "length", "1"),
    ("mile", r"miles?\b|마일", "length", "1609.344"),
    ("inch", r"inch(?:es)?\b|인치", "length", "0.0254"),
    ("mg", r"mg\b|milligrams?|밀리그램", "mass", "0.001"),
    ("kg", r"kg\b|kilograms?|킬로그램", "mass", "1000"),
    ("g", r"g\b|grams?\b|그램", "mass", "1"),
    ("ton", r"tons?\b|tonnes?\b|톤", "mass", "1000000"),
    ("kHz", r"kHz\b|kilohertz|킬로헤르츠", "frequency", "1000"),
    ("MHz", r"MHz\b|megahertz|메가헤르츠", "frequency", "1000000"),
    ("GHz", r"GHz\b|gigahertz|기가헤르츠", "frequency", "1000000000"),
    ("Hz", r"Hz\b|hertz|헤르츠", "frequency", "1"),
    ("fps", r"fps\b|FPS\b|frames? per second|frames/s|프레임(?!워크)", "rate", "1"),
    ("mW", r"mW\b|milliwatts?|밀리와트", "power", "0.001"),
    ("kW", r"kW\b|kilowatts?|킬로와트(?!시)", "power", "1000"),
    ("MW", r"MW\b|megawatts?|메가와트(?!시)", "power", "1000000"),
    ("W", r"W\b|watts?\b|와트(?!시)", "power", "1"),
    ("kWh", r"kWh\b|kilowatt-hours?|킬로와트시", "energy", "1"),
    ("J", r"J\b|joules?|줄(?=$|[\s.,)])", "energy", "0.000000277778"),
    ("dB", r"dB\b|decibels?|데시벨", "", "1"),
    ("degree", rf"°\s?[CF]?|℃|degrees?\b|도{_END}", "", "1"),
    ("dollar", r"dollars?\b|USD\b|달러", "", "1"),
    ("won", rf"won\b|KRW\b|원{_END}", "", "1"),
    ("euro", r"euros?\b|EUR\b|€|유로", "", "1"),
    ("cent", r"cents?\b|센트", "", "1"),
    ("bit", r"bits?\b|비트", "", "1"),
    ("byte", r"bytes?\b|바이트", "bytes", "0.001"),
)
UNIT_DIMENSIONS = {name: (dimension, Decimal(size)) for name, _pattern, dimension, size in UNIT_ROWS if dimension}
# A gain is given in points, by some as 1.3% absolute; a bare % is no point.
SAME_UNITS = (frozenset(("points", "score", "absolute")), frozenset(("percent", "absolute")))

# Counted nouns by meaning: English in the singular | Korean.
_NOUN_ROWS = {
    "model": "model llm vlm mllm lmm lvlm slm lm vla network transformer architecture backbone classifier detector predictor cnn rnn gan | "
    "모델 모형 신경망 네트워크 아키텍처 분류기 검출기 언어모델 LLM VLM",
    "agent": "agent | 에이전트",
    "system": "system platform solution product | 시스템 체계 플랫폼 제품",
    "dataset": "dataset corpus corpora collection database repository | 데이터셋 데이터세트 말뭉치 코퍼스 자료집 데이터베이스",
    "benchmark": "benchmark suite testbed leaderboard test-set testset | 벤치마크 평가셋 시험집",
    "task": "task subtask problem challenge application job | 과제 작업 태스크 과업 문제 응용",
    "domain": "domain field area discipline sector industry topic theme subject | 분야 영역 도메인 주제 산업 과목",
    "language": "language dialect tongue | 언어 방언 개국어 개언어 사투리",
    "country": "country nation state | 나라 국가 개국",
    "place": "city town region location site place district province building | 도시 지역 지점 장소 곳 현장 건물 마을",
    "organization": "company institution hospital center centre organization organisation firm university lab laboratory provider vendor agency "
    "school bank clinic | 기업 회사 기관 병원 업체 대학 대학교 연구실 연구소 센터 조직 학교 은행 공급사 제공사",
    "team": "team group cohort | 팀 그룹 집단",
    "person": "person people participant user individual patient human annotator expert volunteer student child children author developer "
    "respondent physician doctor clinician radiologist speaker researcher worker adult rater player designer teacher woman women man men "
    "identity interviewee programmer engineer customer reader practitioner evaluator reviewer subject | "
    "명 사람 참가자 이용자 사용자 환자 피험자 전문가 학생 어린이 아동 주석자 개발자 응답자 의사 화자 연구자 평가자 참여자 작업자 저자 교사 여성 "
    "남성 성인 고객 독자 엔지니어 프로그래머 노동자 인원 인물 신원",
    "image": "image photo photograph picture frame scan slide screenshot radiograph mri mammogram | "
    "이미지 사진 영상 그림 프레임 화면 슬라이드 스캔",
    "video": "video clip film movie footage | 영상 동영상 비디오 클립 영화",
    "document": "document paper article study publication report page abstract book patent webpage | "
    "문서 논문 기사 연구 보고서 페이지 문헌 초록 책 특허",
    "post": "post tweet comment message review blog email | 게시글 게시물 댓글 트윗 메시지 글 리뷰 이메일",
    "sample": "sample instance example case item entry record datum data datapoint data-point point observation row exemplar | "
    "표본 샘플 사례 예시 예제 항목 데이터 기록 자료 인스턴스 관측",
    "pair": "pair couple triplet triple | 쌍",
    "question": "question query prompt exercise problem puzzle item quiz | 질문 문항 문제 질의 프롬프트 퀴즈",
    "answer": "answer response output completion | 답 답변 응답 출력",
    "instruction": "instruction command request | 지시 지시문 명령 명령어 요청",
    "dialogue": "dialogue dialog conversation session turn interview | 대화 세션 면담 인터뷰",
    "token": "token | 토큰",
    "word": "word term | 단어 낱말 용어 어휘",
    "sentence": "sentence utterance phrase caption description | 문장 발화 문구 캡션 설명 설명문",
    "audio": "recording song audio track voice sound | 녹음 곡 노래 음성 음원 소리 목소리",
    "parameter": "parameter weight | 매개변수 파라미터 모수 가중치",
    "trajectory": "trajectory demonstration episode rollout path route | 궤적 시연 시범 에피소드 경로",
    "stage": "stage step phase | 단계 과정 절차 국면",
    "layer": "layer block level tier | 층 계층 레이어 블록 수준 겹",
    "component": "component module part element piece building-block subsystem ingredient | "
    "요소 구성요소 모듈 부분 부품 성분 구성 부문",
    "encoder": "encoder | 인코더 부호화기",
    "decoder": "decoder | 디코더 복호화기",
    "method": "method approach technique strategy scheme algorithm way solution baseline framework pipeline mechanism variant paradigm "
    "optimizer procedure | 방법 방법론 기법 방식 접근 접근법 전략 알고리즘 기준선 기술 장치 프레임워크 파이프라인 변형",
    "metric": "metric measure criterion criteria indicator score index measurement | 지표 척도 기준 점수 측정 수치",
    "dimension": "dimension aspect perspective axis axes factor facet viewpoint | 차원 측면 관점 축 요인 요소",
    "category": "category class type kind label pattern form mode variety family taxonomy subcategory subtype style | "
    "유형 종류 부류 범주 클래스 형태 패턴 갈래 라벨 계열 형식 양상 범위 카테고리",
    "emotion": "emotion | 감정 정서",
    "feature": "feature variable attribute property characteristic descriptor signal biomarker | 특징 변수 속성 특성 신호 자질",
    "camera": "camera | 카메라",
    "sensor": "sensor electrode | 센서 감지기 전극",
    "gpu": "gpu tpu cpu node processor accelerator server | 그래픽카드 노드 서버 프로세서 가속기",
    "robot": "robot arm drone manipulator humanoid quadruped uav | 로봇 로봇팔 드론",
    "vehicle": "vehicle car truck | 차량 자동차 트럭",
    "device": "device machine phone instrument | 기기 장비 기계 장치 스마트폰",
    "experiment": "experiment run trial test evaluation simulation assessment replication | 실험 시행 시험 평가 모의실험 모사 시뮬레이션 검증 테스트",
    "occurrence": "time occasion attempt | 번 회 차례 횟수",
    "table": "table | 표",
    "entity": "entity object target | 대상 개체 객체 물체 엔티티 목표물 사물",
    "condition": "condition setting scenario environment scene configuration context situation setup regime | "
    "조건 설정 구성 환경 시나리오 상황 장면 맥락 문맥",
    "tool": "tool api function skill action operation | 도구 함수 기능 동작 연산 행동",
    "claim": "contribution insight finding principle law rule hypothesis guideline recommendation challenge limitation | "
    "기여 통찰 발견 원칙 법칙 규칙 가설 지침 권고 한계 난제",
    "graph": "graph tree | 그래프 트리",
    "vertex": "vertex vertices node edge | 정점 노드 간선 꼭짓점",
    "iteration": "epoch iteration round cycle generation update | 에포크 반복 라운드 주기 세대",
    "channel": "channel band outlet | 채널 대역 매체",
    "color": "color colour | 색 색상",
    "modality": "modality | 모달리티 양식",
    "crop": "crop plant tree | 작물 식물 나무",
    "cell": "cell | 세포 셀",
    "gene": "gene protein molecule compound species | 유전자 단백질 분자 화합물 생물종",
    "lesion": "lesion tumor nodule organ disease disorder | 병변 종양 결절 장기 질환 질병",
    "game": "game match | 게임 경기",
    "software": "program project app application website package library repository codebase file commit bug vulnerability issue plugin | "
    "프로그램 프로젝트 앱 애플리케이션 웹사이트 패키지 라이브러리 저장소 파일 커밋 버그 취약점 이슈",
    "line": "line loc | 줄 행",
    "view": "view viewpoint pose angle | 시점 자세 각도",
    "dollar": "dollar | 달러",
    "resolution": "pixel | 픽셀 화소 해상도",
    "fact": "fact knowledge claim statement triple relation | 사실 지식 주장 진술 관계",
    "phenomenon": "phenomenon effect | 현상 효과",
    "source": "source origin provider | 출처 원천 소스",
    "process": "process procedure workflow | 과정 절차",
    "goal": "goal objective purpose | 목표 목적",
    "event": "event incident accident | 사건 사고 행사",
    "norm": "value attitude trait personality | 가치 태도 성향 성격",
    "expert": "expert head | 전문가 헤드",
    "symptom": "sign symptom | 증상 징후",
}
NOUNS: dict[str, frozenset[str]] = {}
for _meaning, _row in _NOUN_ROWS.items():
    for _word in _row.replace("|", " ").split():
        NOUNS[_word.casefold()] = NOUNS.get(_word.casefold(), frozenset()) | {_meaning}
PLURALS_EN = {
    "phenomena": "phenomenon",
    "analyses": "analysis",
    "hypotheses": "hypothesis",
    "indices": "index",
    "matrices": "matrix",
    "strategies": "strategy",
    "processes": "process",
}
LONGEST_NOUN_LETTERS = max(map(len, NOUNS))
# Korean counters that tell what is counted; 개, 가지, 종 and 건 count anything.
COUNTERS = {
    "명": frozenset(("person",)),
    "편": frozenset(("document", "video", "post")),
    "장": frozenset(("image", "document")),
    "대": frozenset(("camera", "gpu", "robot", "vehicle", "device", "sensor", "system")),
    "곳": frozenset(("place", "organization", "domain")),
    "권": frozenset(("document",)),
    "개국": frozenset(("country",)),
    "개 국어": frozenset(("language",)),
    "번": frozenset(("occurrence", "experiment", "iteration")),
    "회": frozenset(("occurrence", "experiment", "iteration")),
    "차례": frozenset(("occurrence", "experiment", "iteration", "dialogue")),
}
PLAIN_COUNTERS = ("개", "가지", "종", "건", "쌍", "벌", "곡", "줄", "마리")

# Meanings that different writers use for the same thing: each of a row for each other, then a general word for each of its row.
_CLIQUES = (
    "model method system agent",
    "model encoder decoder",
    "model expert",
    "agent robot",
    "agent person",
    "dataset benchmark",
    "task question",
    "person team",
    "organization team",
    "country place",
    "place organization",
    "image view",
    "video view",
    "camera view sensor",
    "document post",
    "component method stage dimension feature metric claim",
    "component layer encoder decoder",
    "experiment occurrence iteration condition",
    "stage iteration layer",
    "gpu device system",
    "graph vertex",
    "vertex entity",
    "metric benchmark",
    "tool method software",
    "channel modality feature sensor",
    "condition domain place",
    "sentence word",
    "word token",
    "parameter model",
    "norm dimension feature",
    "fact claim sentence",
    "phenomenon claim category feature",
    "process method stage",
    "goal dimension metric component task feature",
)
_GENERAL = {
    "sample": "image video document post question answer instruction dialogue sentence audio trajectory pair table entity fact event person "
    "experiment word line software graph lesion gene cell crop symptom category task",
    "source": "dataset domain document organization place",
    "category": "method component dimension condition feature modality metric stage emotion crop gene lesion claim tool event symptom entity "
    "norm view task question instruction audio fact domain word color",
    "task": "benchmark domain experiment condition tool",
    "domain": "dataset dimension document component",
    "pair": "question answer image video sentence dialogue document",
    "document": "experiment image method",
    "image": "document camera lesion",
    "question": "instruction sentence answer benchmark fact dialogue",
    "sentence": "answer instruction post audio",
    "entity": "person image device graph",
    "condition": "image method organization feature",
    "experiment": "document dataset",
    "token": "condition",
    "team": "model dataset condition",
    "device": "vehicle robot software camera",
    "method": "parameter feature",
}
INTERCHANGEABLE = frozenset(
    [frozenset((one, two)) for row in _CLIQUES for one in row.split() for two in row.split() if one != two]
    + [frozenset((one, two)) for one, row in _GENERAL.items() for two in row.split()]
)
