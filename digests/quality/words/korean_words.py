"""Korean word lists for the gates of style: loan words, ordinary English words, nouns, and words that are often mistyped.

Only tables, by hand, except the lists of real words beside a typed one: these are the words of a spelling dictionary that
differ in one letter of Hangul from a word of `SPELLED_WORDS`, so that a real word is never taken for a mistyped one.
"""

# English words in Hangul for which every writer has a Korean word: one is enough for a finding.
FOREIGN_WORDS = frozenset(
    """
퍼셉션 얼리 미들 레이트 이머전시 리프레젠테이션 컨서베이션 콘서베이션 컨택 콘택트 컨택트 프로텍티드 인헤런트 엘리먼트 익스터널 인터널 애디셔널 애드혹 베리에이션 베리 레인지 컨셉트 컨슈머 프로듀스
프로덕트 프로모션 트러블 트러블슈팅 디스어드밴티지 컨센서스 디베이트 아규먼트 어그리 오피니언 저지먼트 리스펙트 컨플릭트 인컴플리트 컴플리트 컴플리션 뉴메리컬 뉴머럴 넘버 아이덴티티 아이덴티파이
아이덴티피케이션 디스팅귀시 오리지널리티 리얼리티 슈퍼바이저 얼론 투게더 인포메이션 컨버트 컨버팅 컨버전 포커싱 리서처 디벨로퍼 디벨롭 클리니컬 컨셉추얼 앤서 스태틱 리컨스트럭션 리컨스트럭 날리지
놀리지 디컴포지션 인핸스 인핸싱 메저먼트 메저 리유 미닝 픽처 애큐러시 어큐러시 어큐레이시 퍼포먼스 임프루브 임프루브먼트 임프루빙 이피션트 이피션시 에피션시 에피션트 이펙티브 이펙트 리절트
익스페리먼트 메쏘드 프로포 서제스트 서제스천 어프로치 챌린징 프라블럼 프로블럼 리미테이션 베니핏 베네핏 컨트리뷰션 컨트리뷰트 디퍼런스 디퍼런트 시밀러 시밀러리티 컴페어 컴패리슨 컴패러블 이밸류에이션
이밸류에이트 에벌루에이션 밸리데이션 밸리데이트 베리피케이션 베리파이 디텍션 디텍트 디텍팅 클래시피케이션 클래시파이 세그멘테이션 레코그니션 리코그니션 프리딕션 프리딕트 제너레이션 제너레이트 제너레이팅
제너럴 제너럴라이 제너럴라이제이션 제너러티브 트랜슬레이션 트랜슬레이트 서머리 서머라이 서머라이제이션 리트리벌 리트리브 서칭 옵티마이 옵티마이제이션 옵티멀 언더스탠딩 언더스탠드 트레인 프리트레이닝
프리트레인 어댑테이션 어댑트 어댑티브 얼라인 인터랙트 커뮤니케이트 컬래버레이션 콜라보레이션 컨버세이션 다이얼로그스 랭귀지 비주얼라이 이미지너리 픽쳐 모먼트 피플 유저스 커스터머 페이션트 닥터 스튜던트
티처 스페셜리스트 엑스퍼트 프로페셔널 오소리 라이터 소사이어티 컬처 컬처럴 에듀케이셔널 시큐어 페어니스 페어 트러스트 트러스트워디 릴라이어블 릴라이어빌리티 로버스트 로버스트니스 스테이블 스태빌리티
퀄리티 퀀티티 하이퀄리티 스피디 컴플렉스 컴플렉시티 디피컬트 이질리 베터 베스트 워스트 로우코스트 하이엔드 올드 노블 프레시 리얼리스틱 리얼월드 익스펜시브 프라이스 머니 스페이셜 템포럴 플레이스
디렉션 디스턴스 셰이프 스케일러블 스케일러빌리티 디그리 인풋 아웃풋 파이널 스톱 비기닝 체인징 무브 무브먼트 무빙 인크리 디크리 리듀스 리덕션 다운그레이드 셀렉트 셀렉션 디시전 초이스 추즈 콜렉트
컬렉트 콜렉션 개더 유즈 유징 유저블 유즈풀 유스풀 유틸라이 헬프 헬프풀 어시스턴스 프로바이드 프로바이딩 크리에이트 크리에이팅 크리에이티비티 메이크 메이킹 컨스트럭션 컨스트럭트 디자이닝 쇼잉 프루브
어치브 어치브먼트 테이크 기브 프리저브 프리벤트 프로텍트 프로텍션 프로텍팅 디펜스 디펜드 어택 어태커 리스키 데인저 데인저러스 함풀 하름풀 리액션 리스폰스 리스폰드 리플라이 퀘스천 퀘스쳔 인퀘어리
센텐스 워드 워딩 텍스추얼 도큐먼트 다큐먼트 페이퍼 아티클 리스닝 스피킹 싱킹 씽킹 쏘트 이매지네이션 메모라이제이션 포겟 포게팅 리멤버 인텔리전스 인텔리전트 인지니어스 어빌리티 커패빌리티 캐퍼빌리티
스킬풀 파워풀 스트롱 스트렝스 위크 위크니스 위크포인트 스트롱포인트 머시너리 디바이시스 이큅먼트 인더스트리얼 컴퍼니 오거니제이션 코퍼레이션 파이낸스 파이낸셜 폴리틱스 리걸 거버먼트 폴리시 퍼블리시
퍼블리시드 셰어 쉐어 셰어링 쉐어링 릴레이션 릴레이션십 커넥팅 디스커넥트 컴바인 컴비네이션 인티그레이션 인티그레이트 인테그레이션 유니파이 유니파이드 세퍼레이트 세퍼레이션 디바이드 파셜 엔타이어 세컨드
멀티플 배리어스 베리어스 버라이어티 다이버스 다이버시티 스페시픽 제네릭 커먼 레어 유주얼 언유주얼 애브노멀 익셉션 캐릭터리스틱 어트리뷰트 팩츄얼 센시티브 센시티비티 이모션 이모셔널 필링 인텐션 퍼포
오브젝티브 서컴스턴스 시추에이션 인바이런먼트 컨스트레인트 리스트릭션 리미트 리미티드 디렉티브 스트레티지 스트래티지 택틱 프리퍼런스 프리퍼 스트럭처 스트럭쳐 스트럭처럴 머티리얼 서브젝트 에어리어 리전
인터내셔널 내추럴 애니멀 플랜트 웨더 일렉트로닉 메커니컬 피직스 케미컬 바이올로지 바이올로지컬 매스매티컬 사이언티픽 테크놀로지 테크니컬 퓨처 패스트타임 프레즌트 리센트 트래디셔널 컨벤셔널 익지스팅
프리비어스 넥스트 어드밴스드 어드밴스 프로그레스 프로그레시브 디벨롭먼트 디벨로프 디벨로핑 이노베이션 이노베이티브 임팩트 이펙티브니스 임포턴트 임포턴스 크리티컬 에센셜 인사이트풀 컨클루전 파인딩
파인딩스 옵저베이션 옵저브 디스커버 인베스티게이트 스터디 애널리시스 애널라이 애널라이징 미스테이크 폴트 페일 페일류어 페일러 석세스 석세스풀 게인 헬루시네이션 바이어스드 노이지 클리어 앰비규어스
앰비규이티 언서튼 언서튼티 컨피던스 컨피던트 컨시스턴시 컨시스턴트 코히어런스 코히어런트 디스트리뷰션 디스트리뷰트 언밸런스 임밸런스 이퀄 퀵하 롱텀 숏텀 쇼트 딥한 와이드 내로우 브로드 덴스 스파스
스무스 익스트랙트 익스트랙션 인서트 딜리트 에디트 리플레이스 리페어 픽스 리파인 리파인먼트 리커버 리스토어 리스토레이션 캐치 포캐스트 포캐스팅 에스티메이트 에스티메이션 칼큘레이트 칼큘레이션 카운팅
메트릭스 인디케이터 스코어링 레이팅 저징 어노테이트 어노테이터 큐레이트 매니지 컨트롤러블 컨트롤러빌리티 오퍼레이트 런하 러닝타임 익스큐트 익스큐션 임플리먼트 임플리멘테이션 어플라이 디플로이
디플로이먼트 시뮬레이트 에뮬레이트 리프리젠트 리프리젠테이션 레프리젠테이션 디스크립션 디스크라이브 익스플레인 익스플레네이션 인터프리트 인터프리터블 인터프리터빌리티 이그잼플 오버뷰 퍼스펙티브 뷰포인트
애스펙트 인터레스트 모티베이션 모티베이트 인스파이어 챌린저 컴피티션 컴페티티브 아웃퍼폼 언더퍼폼 서패스 익시드 리드타임 디파인 디피니션 디터민 컨펌 컨퍼밍 리컨펌 어슈어 인슈어 메인테인 메인터넌스
리테인 서스테인 서스테이너블 얼터너티브 포시블 포시빌리티 어베일러블 언노운 라텐트 리소스풀 컴퓨테이션 컴퓨테이셔널 코릴레이션 코즈 코절 코잘리티 레이어드 멀티랭귀지 멀티링구얼 모노링구얼 크로스링구얼
링귀스틱 시맨틱스 신택스 보캐뷸러리 익스체인지 셰도잉 인터벤션 이터레이션 이터러티브 리피트 시퀀셜 패러렐 오토메이션 오토메이티드 오토노머스 인디펜던트 디펜던트 디펜던시 인디비주얼 패밀리 팀워크 리더십
게이밍 드로잉 컬러풀 페이셜 핸드 블러드 캔서 디지 디아그노시스 다이애그노시스 트리트먼트 테라피 서저리 드러그 호스피털 너스 어반 루럴 랜드 오션 마운틴 유니버스 스테이트 비헤이비어 비해비어
인센티브 트라젝토리 트래젝토리 익스플로레이션 익스플로이테이션 데몬스트레이션 데먼스트레이션 이미테이션 리인포스 리인포스먼트 슈퍼비전 슈퍼바이즈드 언슈퍼바이즈드
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# Loan words that some fields use as terms: two of them in a sentence, or one beside a word of the list above.
LOAN_WORDS = frozenset(
    """
포커스 파트 컨셉 다이내믹 오브젝트 힌트 태스크 리소스 체크 레퍼런스 스코어 이슈 퀘리 바이어스 니즈 레벨 스케일 에러 옵션 툴 메인 베이스 볼륨 매니저 로직 솔루션 루트 타깃 타겟 트릭 가이드 미션
사이드 팩터 룰즈 씬 리포트 리스크 챌린지 유저 하이라이트 스토리 아이디어 모먼트 휴먼 카운트 리서치 프로세싱 페이스 리딩 세그먼트 서치 인덱싱 리즈닝 트레이닝 얼라인먼트 다이얼로그 보이스 스피치
사운드 무비 무드 리더스 소셜 에듀케이션 헬스 헬스케어 세이프 시큐리티 프라이버시 스피드 휴지 라이트 노블 리얼타임 칩한 타임 스페이스 로케이션 포지션 뎁스 쉐이프 사이 스케일업 레벨업 스타트 엔드
체인지 업그레이드 컬렉션 유틸리티 서포트 어시스트 크리에이티브 쇼 프로브 리치 리액트 뉴스페이퍼 스토리텔링 메모라이 스마트 비즈니스 마켓 이코노미 퍼블릭 프라이빗 오픈 오픈했 오픈합 오픈된 커넥트
스플릿 토탈 퍼스트 싱글 더블 팩트 페이크 뉘앙스 인텐트 백그라운드 인스트럭션 커맨드 플래닝 토픽 로컬라이 로컬라이제이션 글로벌 푸드 다이어트 피지컬 매스 사이언스 코어 디스커버리 스터디 로스율
할루시네이션 클린 클리어 센트럴 퀵 롱 리무브 에디팅 픽스 리커버리 매니지먼트 모니터 어플리케이션 애플리케이션 익스프레스 샘플링 서베이 리콜 레이턴시 쓰루풋 스루풋 그래머 스위치 사이클 스테이지 페이
플로우 그룹핑 파트너 멤버 스포츠 뮤직 아트 페인팅 컬러 브라이트 라이트닝 섀도우 아이 헤드라인 브레인 하트 드라이빙 드라이브 트래픽 빌딩 하우스 시티 스카이 스타 어스 리워드 페널티 패널티 폴리시
머신 커뮤니케이션 컴포넌트 뉴럴 포텐셜 타이밍 프로시저 히든 바디 메디컬 비주얼 컨디션 디테일 히스토리 인터랙션 인터랙티브 버추얼 라이팅 심플 유니크 퍼펙트 모던 리얼 스페셜 세이프티 오토매틱 폼 룰
롤 뷰
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# English words of any abstract in their shortest form; endings are taken off before a word is looked up.
ORDINARY_ENGLISH = frozenset(
    """
ability able about above absence absolute abstract academic accelerate acceptance access accessibility
accessible according account accuracy accurate achieve acquire acquisition across act activation actual
actually adapt adding addition address adherence adjust adopt advance advantage adversarial affect after
against agent agentic aggregate aim algorithm algorithmic align all alleviate allow alone along alongside
already also alternative although ambiguity ambiguous among amount analyses analysis analyze anatomical and
animal animation annotated annotation announce anomaly another answer any appearance applicability applicable
application apply approach appropriate approximately arbitrary architecture are area argue arises around art
article artifacts artificial ask aspect assess assist associated assumption atomic attach attack attempt
attention attribute audio augmentation augmented augmenting automated automatic automation autonomous
autoregressive auxiliary availability available average avoid awareness backbone background balance base
baseline basic basically because become been before begin behavior behind being believe below benchmark
beneficial benefit besides best better between beyond bias bidirectional big binary blocks blood body boosts
both bottleneck boundary bounding boxes brain bridge bright broad budget build building built business but buy
cache calibration call camera can cancer candidate cannot capability capable capacity captioning captions
capture careful case catastrophic catch category causal caused causes causing central certain chains challenge
change chapter character characteristics cheap choices choose city class classical classification classifier
clean clear clever click climate clinical close cloud clustering coarse codes coding cognition cognitive
coherence coherent cold collaboration collaborative collapse collect color combine comment commercial common
communication community compact company comparative compare comparison competitive complementary complete
complex component composition comprehension comprehensive compress comprises comprising compromising compute
concept concerns conclude condition conduct confidence configurations confirm conflicts consider consistency
consistent consisting consists constrained constraint construct consumption contain content context contextual
continue continuous contrast contribute control conventional convergence conversational conversations
convolution copy core corpora corpus correct correlation correspondence corresponding cost could counterparts
court coverage covering create criteria critical crucial cues cultural culture curate current currently
customization daily danger dark data dataset day decision decoder decoding decompose decomposition dedicated
deep defend define degrade delete deliver demand demonstrate demonstrations denoising dense depend dependency
deployed deployment depth derive describe description design desired despite detach detail detect detector
determine develop devices diagnosis diagnostic dialogue difference different differentiable difficult
difficulty diffusion digital dimension direct discover discovery discrete discriminative discuss disease
distance distillation distilled distinct distinguish distribution diverse doctor document does domain
downstream driven driving drop drug dual due during dynamic each early easily easy edge editing edits effect
efficacy efficiency efficient effort eight either elements eliminates eliminating embedded embedding embodied
emerged emergence emergent emerging emphasize empirical employ enable encode encompassing encourage end engine
engineering enhance enough ensure entire entities entropy environment equipped error especially essential
establish estimate evaluate even event every everyday evidence evolution evolving exact examine example
exceeding excel exceptional excessive exclusively execution exhibit exist expand expected expensive experience
experiment expert expertise explanations explicit exploit explore expression expressive extend extension
extensive external extra extract extreme eye face facial facilitate factor factual fail failure fair fall false
family fancy far fast feasibility feasible feature feedback few fidelity field figure filter final finally find
finetuning finish first firstly five fixed flexibility flexible flexibly flow focus follow food for forget
forgetting form format formulation forward foster found four frame framework frequency frequent fresh from
frontier full fully function fundamental further fused fusion future gain game gap gather general generalist
generalize generate generator generic geometric geometry given global goal good government grab gradient
granularity graph great ground group growing growth guard guess guide guidelines hair hallucination hand handle
hard hardware harmful has have head health healthcare heart heavily heavy help heterogeneous hidden
hierarchical high highest highlight hinder historical hold holistic hope hospital hour hours house how however
huge human hybrid hypothesis idea identification identify identity illumination image imagery imbalance impact
implement implications implicit importance important impressive improve inaccurate include incomplete
inconsistencies inconsistent incorporate incorrect increase indeed independent indicate individual indoor
industry inefficient infer influence information informative inherent initial initialization injection
innovation innovative input insert insight inspired instance instead instruction insufficient integrate
integrity intelligence intelligent intensive intent interact interest interface interference interleaved
intermediate internal interpret into intricate intrinsic introduce intuitive inverse investigate involve
irrelevant issue iterations iterative its itself join joint judge judgments just key knowledge known label lack
landscape language large largest latency latent later latest launch law layer layout lead learn least leaving
led legal length lengthy lens less level leverage lies lift light lightweight like limit linear linguistic
listen literature little load local localization location logical long loss loud low machine made main
mainstream maintain major make management manipulation manner manual many map margin market mask match math
mathematical maximize may maybe mean meaning meaningful measure mechanism media medical meet memory merely
merge merging mesh method methodology meticulously metric might minimal minimize minute misalignment missing
mitigate mixed mixture mobile modality model modern modes modifications modifying modular module money
monitoring monocular month more moreover most motion move movement movie moving much multilingual multimodal
multiple music must named namely narrow nature navigation nearly necessary necessity need negative network
neural new news next nice noise noisy normal normalization not notably novel nuanced number numerical numerous
nurse object observe obtain occlusion offer offline often old one online only open operate opinion
opportunities optical optimal optimize order original other otherwise our out outcome outperform output over
overall overcome overfitting overhead overlook overview own page paired pairs pairwise paper paradigm parallel
parameter parametric part partial participants particular pass past paste patch path patient pattern paving
people per perception perceptual perform perhaps persistent person personalization personalized perspective
perturbations phase phenomena phenomenon photorealistic physical physics pick pipeline pivotal plain planning
plant plausible play point policy poor popular pose position positive possible potential power powerful
practice precise predefined predict predominantly preference presence present preserve pretrained pretraining
prevalent prevent previous price primary principle print prior prioritize privacy probabilistic probability
problem procedure process produce production programming progress project promise promote prompt prone
propagation property propose proprietary protect protocol proven provide pruning public publish pull pure push
quadratic qualitative quality quantify quantitative quantization query question quick quiet raises random range
ranking rapid rare rate rather ratio raw read real realism realistic reason recall receive recent recently
recipe recognition reconstruct recover reduce reduction redundancy redundant reference referred referring
refine reflect regarding regardless region registration regression regularization reinforcement related
relations relationship relative release relevance relevant reliably rely remain remarkable remember remote
removing rendering replace replicate reply report repository represent representative reproducibility require
requirements research researchers residual resolution resolve resource respect respectively response
responsible restoration restricted result retain retraining retrieve reuse reveal review revisit reward rich
rigorous rise risk road robot robotic robust role rough rules sacrifice sacrificing safe safety same sample
satellite save scale scarce scenario scene scheme school science scientific scope score scratch seamless search
season second secondly security seen segment select selectively sell semantic send sense sensitive sensor
sentiment separate sequence sequential series serve set setup seven severe shape share shift short should show
showcase shown signal significant similar simple simply simulate simultaneously since single six size skills
slow small smart smooth social society soft software solely solution solve some sometimes song soon
sophisticated sound source space spanning sparse spatial spatiotemporal speak specialized specific specified
spectral spectrum speech speed speedup split stability stable stage standard standardized start state static
statistical step still stop storage story strategy stream strengths strong structure struggle student study
style subject suboptimal subsequent subset substantial subtle success successful such suffer sufficient suggest
suite summarization summary superior supervised supervision support surface surpass survey susceptible
synergistic syntactic synthesis synthesize synthetic system systematic table tackle tailored take target task
taxonomy teach teacher technical technique technology templates temporal tend term test text textual texture
than that the them then theoretical theory there thereby therefore these they thick thin thinking this those
though thought three through throughout throw thus time tiny title today together token tokenization tokenizer
tool top topic total touch tough toward traces track traditional train trajectory transfer transformation
transformer transforming transforms transition translate treatment trends true trust trustworthy truth tuning
turn two type typically ultimately uncertainty unclear uncover under underexplored underlying underscore
understand unexplored unified unify unique universal unknown unlabeled unseen unstructured unsupervised update
upon usage use useful using usually utility utilize valid validate value variability variable variants
variation varied variety various varying vast vector verification verify versatile version very via video view
viewpoint virtual vision visual vital vocabulary voice volume vulnerability vulnerable warm was watch way
weather web website week weight well were what when where whereas whether which while wide widespread will
window with within without word work workflows world would write wrong years yet yield young
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# Words whose spelling is checked, and whose last sound decides on the particle.
SPELLED_WORDS = tuple(
    """
가능성 가중치 개념 개발자 객체 검색 검증 검출 결과 결합 경계 경로 계산 계층 계획 고품질 공개 공격 공정성 관계 관찰 구현 궤적 규모 규칙 근거 기술 기존 기준 기울기 난이도 네트워크 논리 단계
단어 단일 대규모 대응 대화 데이터 데이터셋 도메인 동작 디코더 디코딩 딥페이크 라벨 라이다 렌더링 로봇 리더보드 마스크 말뭉치 매개변수 매칭 맥락 멀티모달 메모리 명령 모델 모듈 목적 목표 문맥
문서 문제 민감도 바탕 발견 방법 방법론 방식 배경 배포 번역 벡터 벤치마크 변환 변화 병렬 복원 복잡 분류 분석 분야 분포 불균형 불확실성 비교 비디오 비용 비율 사용자 상관 상태 상호작용 생성
서비스 선택 설계 설명 성과 성능 세계 센서 소프트웨어 속도 손실 수준 순위 시나리오 시뮬레이션 시스템 신경망 신뢰도 신뢰성 실험 실시간 안전성 안정성 알고리즘 암호 압축 양자화 양식 어댑터 어텐션
업무 에너지 에이전트 연결 연구자 연구진 영역 예측 온라인 온톨로지 요소 요약 움직임 워터마크 원격 원리 유사도 음성 응답 의견 의료진 의미 이미지 이용자 인공지능 인코더 인터페이스 인페인팅 일관성
일반화 임베딩 임상 입력 자동화 자연어 자원 자율 작업 잠재 장면 재현율 적용 적응 전략 전문가 전역 접근 정답 정렬 정밀도 정책 정확도 정확성 제약 조건 조절 종류 중요도 증강 증류 지능 지표 진단
질문 질의 질의응답 집단 차원 참조 처리량 처음 초점 최고 최적 최적화 추론 추천 추출 출력 카메라 캡션 컴퓨터 코드 클러스터 탐색 탐지 테스트 텍스트 텍스처 토큰 통합 트랜스포머 특성 특징 파라미터
파이프라인 패턴 편향 평가 표본 표현 품질 프레임 프레임워크 프로그래밍 프로그램 프롬프트 플랫폼 피드백 필터 학습 한계 합성 합성곱 해결 해상도 해석 행동 향상 현상 현실 협업 확률 확산 확인 확장성
환경 환각 활용 회귀 회로 회전 획득 효과 효율 효율성 훈련 흐름 휴머노이드 하드웨어 다양성 편의성 견고성 견고 강건성 해부학 유방암 흉부 엑스레이 자율주행 그래프 가우시안 스플래팅 시퀀스 체크포인트
컨텍스트 하이퍼파라미터 시뮬레이터 챗봇 커널 큐레이션 클라우드 파인튜닝 다국어 개인정보 저작권 알려진 제안 공유 도입 도움 참고 가늠 달성 축소 확대 보존 완화 억제 함수 손실함수 정확률 성공률
재현성 가독성 취약점 취약성 민감성 복잡도 난제 사용성 접근성 접근법 해결책 개발팀 공통 다양하 단순화 도전 독립 매체 목록 반응 방향 변형 보완 보편 사용 사회 산출 산업 상황 색인 선별 설정 성격
세부 속성 숙련 순서 신호 심층 양상 여러 연관 영향 예방 오디오 완성 요청 운영 운전 유용 유형 윤리 음악 의료 의존 이점 인식 인용 임계 입증 자료 잡음 재구성 전달 전망 절감 절차 정밀 조합
존재 주행 중간 증명 지침 진행 질병 질환 차량 차별 책임 촬영 최소 충돌 층위 친숙 침해 통계 통제 투명성 특화 판단 판별 판정 편집 포함 필요 한정 해당 혁신 협력 형식 형태 혼합 화면 화질 확신
환자 후보 후속
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# Nouns beside too many real words for a check of their spelling; their particles are checked.
MORE_NOUNS = tuple(
    """
강화 개선 거대 과제 구성 구조 기반 기하 대비 대상 대조 도구 문장 미세 반복 보상 보안 부분 분할 사전 선호 수집 시각 시점 안전 언어 역할 연구 연산 영상 오류 오차 우선 위치 의사 이해 자동
자세 저장 전이 전체 정보 제어 조작 조정 주석 지도 지식 지연 지원 처리 추가 추정 제시 소개 감소 증가 유지 방지 공간 기여 대표 동시 모의 보조 사례 소수 시도 예시 이론 일반 일부 장기 장점
정의 정제 주제 지각 차이 추적
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# Real words that differ in one letter of Hangul from a word of SPELLED_WORDS.
REAL_NEIGHBORS = frozenset(
    """
가끔 가는 가늘 가능 가동성 가량 가름 가산 가슴 가용 가용성 간계 간단 감색 감수 감지 감출 감호 강황 개년 개놈 개발사 개발하 개체 개칭 개화 객차 거적 건달 검객 검불 검술 검정 검찰 게스트
겪고 견공 견과 결계 결괏 결구 결한 결할 결함 결항 경고 경과 경구 경기 경도 경례 경리 경보 경유 경조 경통 경합 경향 경호 계간 계단 계란 계모 계승 계신 계측 고개 고모 고발자 고산 고유 고적
고전 고점 고층 고통 고함 곡성 골격 골통 공경 공고 공공 공과 공구 공국 공극 공기 공대 공동 공력 공로 공여 공예 공작 공제 공채 공해 과적 관가 관개 관례 관성 관자 관철 관할 괘념 괴산 교과
교본 교칙 구면 구변 구보 구속 구술 구연 구천 구출 구한 구형 구혼 구획 국소 군영 권고 권리 규소 그거 극성 극화 근검 근교 근저 근처 글과 금색 금성 금증 급거 기교 기념 기능 기능성 기물 기본
기분 기수 기실 기온 기용 기운 기울 기울이 기적 기점 기조 기종 기진 기출 기층 기침 기표 기혼 기획 김해 까이다 꾸준 낙제 난리 난세 난자 난조 남색 내구성 내포 냉동 노드 노점 논제 논지 누출
다량 다양한 다양할 다양합 다양해 다양화 닦일 단가 단교 단기 단서 단성 단순하 단순해 단순히 단언 단열 단오 단위 단정 달일 담고 담색 담수 담지 당면 당일 당황 대결 대등 대봐 대승 대양 대왕
대용 대입 대전 대좌 대체 대칭 대포 대하 대해 대회 데이터세 데이터센 데이트 도립 도우 도운 도울 도읍 도인 도적 도정 도진 도함 도합 독도 독성 돋움 돌입 동격 동계 동류 동장 동적 동전 동족
동탁 동통 동학 되고 되응 등위 디코드 똥개 똥통 레벨 레이다 로드 로보 리코더 막습 만일 망령 망향 매제 매처 매초 매치 매핑 매화 맥박 멈출 메모지 면상 면제 명가 명경 명랑 명렁 명명 명태 모달
모뎀 모드 모들 모입 모체 모텔 모함 목도 목석 목성 목요 목전 목젖 목포 목푯 몰표 묘소 묘약 무속 무제 문맹 문사 문어 문에 문자 문재 문전 문책 문체 미술 미용 바랑 바벨 바스크 바통 반등 반석
반어 반역 반영 반일 반정 반증 반출 반포 반향 반환 발간 발겨 발군 발긴 발성 발현 밤색 방관 방면 방범 방석 방실 방심 방직 방탕 방황 배겨 배격 배고 배교 배당 배석 배영 배율 배턴 배편 배표
백인 번영 법무 벽화 변경 변고 변명 변상 변하 변한 변해 변혁 변호 변홥 병가 병력 병법 병역 병환 보건 보관 보드 보면 보얀 보온 보은 보인 보입 보전 보푼 보합 복권 복도 복안 복장 복합 본류
본원 봉제 봉합 부류 부속 분규 분노 분리 분모 분소 분속 분식 분양 분위 분유 분의 분전 분파 분패 분화 비겨 비계 비료 비열 비영 비울 비유 비윤 비점 비준 비표 비효 사계 사관 사료 사별 사부
사양 사업 사외 사욕 사용가 사용하 사원 사이다 사죄 사탕 사태 사퇴 사해 사후 삭인 산물 산법 산불 산술 산실 산정 산호 삼고 삼색 삼수 삼재 상권 상근 상대 상법 상성 상식 상업 상용 상투 상패
상해 상행 상향 상형 상환 상회 생선 생태 서명 서부 석명 석별 선결 선망 선명 선발 선볼 선뵐 선불 선서 선실 선열 선정 선출 선혈 설경 설교 설령 설전 성가 성게 성겨 성경 성공율 성곽 성교 성기
성냥 성명 성벽 성별 성역 성정 성좌 성화 성황 세가 세개 세그 세기 세례 세배 세분 세비 세수 세안 세우 세준 세후 섹터 센스 센터 소계 소성 소실 소용 소절 소회 속다 속독 속돼 속보 속설 속인
손길 손위 손재 손질 쇠귀 수련 수론 수문 수보 수분 수속 수순 수용 수용성 수용자 수위 수주 수중 수천 수출 수행 수회 수훈 숙면 숙변 숙성 숙소 숙인 순사 순수 순시 순으 순전 숨질 승강 승격
시계 시술 시침 시퀀서 시험 식도 식성 신고 신도 신보 신소 신식 신실 신용 신조 신하 신혼 신화 실명 실시한 실의 실점 실정 심상 심증 심청 심해 싸이다 쌈지 아량 악습 안식 안일 안정 알고리듬
알려준 알려질 암소 암수 암초 압력 앙상 애견 애석 애용 애칭 액제 액체 야식 약식 약제 양방 양산 양성 양심 양장 어미 어용 어음 어제 어형 억세 억지 언성 언제 엄호 업주 에러 여관 여럿 여려
여류 여점 역관 연간 연고 연골 연구가 연구나 연구인 연구재 연구하 연근 연기자 연루자 연리 연상 연성 연식 연역 연주자 영계 영양 영영 예견 예산 예상 예약 오용 오입 오전 오점 오존 온실 온전
완결 완승 완자 완전 왕성 외고 외로 외적 외형 요도 요러 요로 요사 요새 요양 요율 요점 요정 요철 요충 요코 요호 용소 용역 우방 우측 우현 운명 운석 운용 움직이 움직인 움직일 원경 원기 원래
원로 원료 원성 원시 원전 원치 원화 위약 위용 유령 유료 유리 유명 유모 유방 유영 유행 유혈 유황 유흥 윤기 으악 은거 은화 음계 음욕 음정 읍성 응달 응당 의결 의경 의관 의기 의논 의례 의뢰
의료인 의류 의리 의매 의무 의족 의종 의지 의치 이견 이러 이력 이미 이방 이상 이식 이용 이용하 이율 이적 이전 이준 이즘 인격 인계 인라인 인력 인상 인색 인성 인실 인심 인양 인욕 인증 인코드
인화 일병 일상 일식 일요 일용 일의 일터 일환 임기 임성 임예 임용 임해 입단 입상 입식 입장 자국어 자라 자루 자르 자리 자연 자유 자음 자인 자재 자행 작법 작습 작용 작음 잔업 잔일 잔재 잠수
잠자 잡으 잡은 잡을 장관 장년 장만 장문 장식 장원 장음 장편 장황 재건 재경 재능 재료 재석 재원 재편성 재현을 재형성 재화 저널 저밀 저음 저절 저차 적요 적은 적을 전갈 전격 전근 전날 전단
전담 전답 전당 전락 전량 전력 전말 전명 전문기 전방 전액 전연 전열 전염 전용 전장 전재 전차 전할 절간 절다 절망 절명 절정 절찬 절하 점차 접견 접은 정간 정감 정강 정객 정격 정결 정담 정당
정략 정력 정말 정맥 정면 정물 정미 정색 정실 정액 정열 정차 정착 정합 제단 제반 제부 제압 제야 제언 제한 조간 조거 조것 조런 조럴 조류 조선 조약 조언 조원 조율 조재 조질 조항 족적 존대
존망 졸병 종강 종래 종례 종로 종료 종합 좌약 좌절 좌표 주간 주절 주해 주홍 주황 준위 줄의 중건 중견 중단 중류 중반 중에도 중책 중한 쥐약 증감 증상 지단 지문 지병 지의 지점 지존 지참 지층
지친 지칠 지칭 지퍼 지펴 지폐 지프 직능 직업 직행 진담 진용 진의 진한 진해 진홍 진흥 질감 질어 집다 집산 집안 집칸 집행 징병 징표 짚단 짜이다 찜해 차고 차양 차용 차이다 차인 차출 차회
찬조 참가 참모 참수 참해 참호 창고 창법 창원 창조 찾고 채석 채소 채점 처소 청과 체계 체적 초고 초범 초소 초원 초입 초정 촐력 총격 총계 총점 총통 총합 최솟 최저 최전 최초 추돌 추력 추린
추울 추철 추첨 추행 축도 축사 축수 축조 축출 축포 춘천 출격 출소 춤출 충동 취소 측위 층에 층의 치적 친해 칠해 침대 침상 칭해 카드 캡셔 컴퓨트 코디 코스 코트 크래프 키메라 타원 타율 타지
탈색 탐미 탐식 터널 테스크 텐서 토건 토스트 토크 통가 통고 통과 통기 통지 통통 통하 통학 통한 통할 퇴고 퇴로 퇴적 특석 특선 특설 특정 특종 특진 특질 특집 특허 특혜 특활 특효 특히 파이다
판결 판다 판돈 패전 페스트 편의상 편입 편지 평강 평과 평자 포학 포항 폭도 표면 표한 푸질 품절 프로그래 하계 하면 하수 하원 하전 학계 학급 학대 학업 학정 한가 한과 한기 한단 한일 한자 함구
함성 함정 함지 합계 합석 합선 합승 항법 항상 항성 해갈 해경 해골 해답 해동 해로 해방 해보 해부한 해부할 해상 해서 해설 해열 해장 해적 해전 해질 해체 핵산 행상 행성 행태 향낭 향방 향승
헌정 헤질 혁대 현관 현생 현업 현자 현장 협상 협성 형부 형상 형색 호전 혹성 혼자 혼잡 혼재 홍합 화대 화로 화보 화산 화석 화신 화실 화일 화자 화집 화필 확실 확언 확용 확진 환갑 환국 환궁
환대 환락 환산 환상 환성 환영 환장 활자 황산 황태 회개 회계 회고 회교 회기 회보 회선 회진 회포 효소 후면 후배 후벼 후손 후송 후식 후질 훈계 훈령 훈제 휴면 휴전 흉봐 흉상 흐르 흐른 흐를
흐림 흑인 흥부 희귀 희석 흰자 힐문
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
