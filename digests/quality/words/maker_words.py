"""Names for the gate for inventions: organizations that write papers, and words that only look like a name."""

# In Hangul, in Latin letters, and what stands for them in a source: their names and their products.
ORGANIZATIONS = r"""
구글(?!_?(?:검색|번역|지도|스칼라)) 딥마인드 ; Google DeepMind
  ; google deepmind gemini gemma bert$ palm$ t5$ imagen veo$

오픈AI 오픈에이아이 ; OpenAI
  ; openai gpt chatgpt whisper dall sora$ o1 o3 o4 clip$ codex

메타(?=_?(?:의|가|와|AI|연구|플랫폼)(?![가-힣]{2}_?학습)) 페이스북 ; Meta_AI Facebook
  ; meta$ llama facebook fair$ sam$ dino segment_any

마이크로소프트 ; Microsoft
  ; microsoft phi bing$ azure copilot windows github

애플(?=[의이과_]) ; Apple
  ; apple siri$ ios$ macos

아마존(?=[의이과_]) ; Amazon
  ; amazon aws$ alexa nova$

엔비디아 ; NVIDIA
  ; nvidia nemo cosmos gb200 h100 a100 gpu cuda isaac$ nemotron

앤트로픽 ; Anthropic
  ; anthropic claude

알리바바 ; Alibaba
  ; alibaba qwen tongyi ant_group modelscope

텐센트 ; Tencent
  ; tencent hunyuan wechat

바이두 ; Baidu
  ; baidu ernie apollo

바이트댄스 ; ByteDance
  ; bytedance tiktok doubao seed

화웨이 ; Huawei
  ; huawei pangu noah

인텔(?=[의이과_]) ; Intel
  ; intel$ xeon gaudi realsense

(?<![0-9])(?<![0-9]\s)테슬라(?!_?(?:급|MRI|자기)) ; Tesla
  ; tesla

삼성(?:_?전자|_?리서치|_?서울_?병원)? ; Samsung
  ; samsung galaxy

엘지(?:_?전자|_?인공지능_?연구원)? LG(?=_?(?:AI|전자|의|가)) ; LG
  ; lg$ exaone

네이버 ; Naver
  ; naver clova line$

카카오(?!_?(?:콩|나무|농)) ; Kakao
  ; kakao kanana cacao cocoa

현대_?(?:차|자동차|로보틱스|모비스) ; Hyundai
  ; hyundai boston_dynamics

에스케이_?텔레콤 SK텔레콤 ; SK_Telecom
  ; skt$ sk_t

소니 ; Sony
  ; sony

도요타 토요타 ; Toyota
  ; toyota

지멘스 ; Siemens
  ; siemens

스탠퍼드 ; Stanford
  ; stanford

하버드 ; Harvard
  ; harvard

프린스턴 ; Princeton
  ; princeton

예일대?(?=[의와과이_]|_?연구) ; Yale
  ; yale

버클리 ; Berkeley
  ; berkeley

매사추세츠_?공(?:과_?)?대 MIT(?=_?(?:연구|의|와|에서|가|공동)) ; MIT Massachusetts_Institute
  ; massachusetts mit$

카네기_?멜런 카네기_?멜론 ; Carnegie_Mellon CMU
  ; carnegie cmu$

옥스퍼드 ; University_of_Oxford Oxford_University
  ; oxford

케임브리지 캠브리지 ; University_of_Cambridge Cambridge_University
  ; cambridge

취리히_?(?:연방|공대) 취리히_?공과 ; ETH_Zurich
  ; eth$ zurich

칭화 ; Tsinghua
  ; tsinghua

베이징대 북경대 ; Peking_University
  ; peking beijing

도쿄대 ; University_of_Tokyo
  ; tokyo

카이스트 한국_?과학_?기술원 KAIST ; KAIST
  ; kaist korea_advanced

포항_?공(?:과_?)?대 포스텍 ; POSTECH
  ; postech pohang

한국_?전자_?통신_?연구원 ; ETRI
  ; etri$ electronics_and_telecom

막스_?플랑크 ; Max_Planck
  ; planck mpi

아이비엠 IBM(?![A-Za-z]) ; IBM
  ; ibm$ granite watson

어도비 ; Adobe
  ; adobe firefly

세일즈포스 ; Salesforce
  ; salesforce blip

존스_?홉킨스 ; Johns_Hopkins
  ; hopkins

메이요 ; Mayo_Clinic
  ; mayo

허깅_?페이스_?(?:연구|팀) ; Hugging_Face_(?:team|researchers)
  ; hugging

미국_?항공_?우주국 나사(?=_?(?:의|가|연구)) ; NASA
  ; nasa$
"""
# Three syllables that look like a Korean name (a surname and two syllables of given names), and are a word.
NO_PERSONS = frozenset(
    """강의실 강인성 강조점 경량화 경제성 경제인 경진대 고도화 고성능 고유성 고정자 고해상 공개본 공동체 공저자
    공정성 공통점 공학자 구독자 구성원 구조화 구현체 권리자 금융인 기계화 기상청 기술자 기업인 기여도 기자단
    기준선 기준점 기호화 김장철 나이대 남용자 노동자 노인성 도구형 도서관 도우미 도전자 동영상 류사도 마이크
    명시성 모니터 문서화 문장형 문제지 민간인 민감도 박물관 반응성 방문자 방송인 배우자 배포판 백인종 법조인
    변동성 변호인 변환기 복원기 사용자 사진기 생성기 서술형 석사생 선생님 선호도 설문지 설정값 성능표 소비자
    소수자 손상도 송신기 시연자 신경과 신경망 신기술 신뢰도 신용도 신청자 신호기 심리학 심사원 심사자 안내문
    안내자 안전성 안정성 안정화 양식지 양자화 어린이 엄밀성 여행자 연구소 연구원 연구자 연구진 연구팀 연기자
    연예인 연주자 오디오 오류율 오차율 왕복선 용의자 우수성 우승자 우주선 원저자 원주민 원천지 위원회 위치도
    유대인 유명인 유사도 유연성 유용성 유인원 유전성 유전자 유전체 유효성 육군용 은행원 이동성 이미지 이민자
    이상치 이용자 이원화 이재민 이점은 이진화 인공물 인공지 인과성 인도인 인지도 임계값 임상의 임의성 장면화
    장애인 장치별 전문가 전문의 전용기 전이성 전자식 정규화 정기적 정보원 정상인 정서적 정신과 정책자 정치인
    정확도 제안자 제작자 제작진 제조사 제품화 조감도 조건부 조기화 조사원 조정자 조형물 주기성 주동자 주석자
    주의점 주인공 주장은 주저자 지도자 지상군 지성인 지시문 지원자 진단서 진행자 차량용 차세대 차원수 채점자
    채점표 천문대 최고점 최신형 최적화 추론기 추적기 추정기 추천인 탁월성 태양광 팀장은 평가자 표현형 하위층
    한계점 한국어 한국인 함수형 해설자 허용치 현대인 현실성 현지인 현지화 홍보물 황금기""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# Words with a capital that name no maker and no data: countries, months, terms, and what names are made with.
PLAIN_NAME_WORDS = frozenset(
    """a academy africa african after all america american an and android angeles apache april arabic artificial as
    asia asian at august australia australian bayesian bonferroni both brazil britain british by canada canadian
    carlo center central centre chain china chinese clinic cohen college commons corp court creative cup december
    deep department diffusion dr dutch each east eastern elo english euclidean europe european excel face faculty
    february few five fleiss for four fourier france francisco french friday from gaussian german germany google
    greek he hilbert hindi hong hospital hugging in inc india indian indonesian institute intelligence internet it
    italian its january japan japanese java july june kappa kingdom kong korea korean lab laboratories laboratory
    labs language laplace large latin learning license likert linux los machine march markov may middle mixed
    model models monday monte nash national network networks neumann neural new newton no nobel north northern not
    november october of olympic olympics on one only open overflow pareto pearson polish polytechnic portuguese
    prize prof professor python raven reality republic research russia russian san saturday scholar school
    september she shot silicon source south southern spain spanish spearman stable stack state states sunday
    supreme thai that the their these they this thought three thursday transformer transformers tuesday turing
    turkish two union united university valley vietnamese we web wednesday west western when while wikipedia
    windows with world york zero""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
