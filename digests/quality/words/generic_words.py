"""Words that any point about AI research may have, for the gate of generic points. Only tables.

English words are cut to their first STEM_LETTERS letters; Korean ones are the beginnings of words.
"""

STEM_LETTERS = 7
GENERIC_ENGLISH = frozenset(
    """
abiliti ability about acceler access accessi accordi accurac accurat achieve achievi across activat adapt
adaptab adaptat adaptiv additio address advance advanci advanta after against aggrega agnosti ahead aim aims
algorit align aligned alignin aligns all allevia allow allowin allows almost along alongsi already also alterna
althoug among analyse analysi analyze analyzi and angle annotat another answer answeri any anythin appear
appeara appears applica applied apply applyin approac appropr approxi archite are area art article artific
aspect aspects assess assessm associa attain attempt attribu augment author authors automat availab average
avoid aware backgro bad balance base based baselin beat because become becomes been before behavio behind being
bench benchma benefit best better between beyond big block blocks boost both bottlen bridge bring brings broad
broader broadly brought build buildin built but called came can candida capabil capable capacit capture capturi
careful case cases categor centric certain chain challen changes charact checked class classic classif clear
clearly closed coarse coheren collect com combina combine combini come comes common communi compara compare
compari competi complem complet complex compone composi compreh compres compris comprom computa compute concept
concern conditi conduct confide confirm conside consist constra constru contain content context continu contras
contrib control convent converg convinc cope core correct correla corresp cost costly costs could counter
coverin create creatin creatio creativ critica cross crucial cues curated current cut cutting data dataset deal
decoder decompo deep defined degrada degrade deliver demands demonst depend dependa depende deploym derived
describ descrip design designe despite detail detaile details detect determi develop did differe difficu direct
directi directl discove discret discrim discuss distinc disting distrib diverse diversi does domain domains
downstr drawbac driven dual due during dynamic each earlier early easily easy effecti effects efficac efficie
effort either element elimina emerged emergen emergin emphasi empiric employ employs enable enables enablin
encoder encodin encour encoura end enginee enhance enhanci ensure ensures ensurin entire environ error errors
especia essenti establi estimat evaluat even every everyda everyon everyth evidenc evolvin examina examine
example exceed executi exhibit existin expensi experie experim expert experts explain explici exploit explora
explore express extend extende extensi externa extra extract extreme facilit factors fail failure fast faster
feedbac few fewer fidelit field fields filteri final finally find finding finds fine finetun first five fixed
flexibi flexibl focus focused focuses focusin followe followi for form former forms formula forward found
foundat four framewo free frequen fresh from full fully functio fundame further fusion future gain gains gap
gaps general given gives global goal good grained great greatly ground group growing guidanc guide guided had
hand handle handlin hard has have help helpful helps hence here high higher highlig highly hint hints hold
holds hope how however idea identif identit impact impleme implici importa impress improve improvi include
includi inconsi incorpo increas indepen indicat individ industr ineffic inferen influen informa inheren initial
innovat input inputs insight inspire instanc instead insuffi integra intelli intensi inter interac interes
interme interna interpr into introdu intuiti investi involve involvi issue issues iterati its join joint
jointly just keep keeps key kind kinds knowled known label labeled labels lack languag large largely larger
last latest latter lead leading leads learn learned learnin learns length less lesson let lets level levels
leverag life light lightwe like limit limitat limited limitin limits local long long-st loss low lower machine
made main mainly maintai major make makes making manner manual manuall many map maps markedl match matchin math
mathema may meaning means measure mechani merge merit method methodo methods metric metrics might minimal
minimiz mitigat modal modalit model modelin models modern modific module modules monitor more moreove most
mostly motivat much multi multipl must named natural nature nearly necessi need network neural new next non
none not notable notably nothing noticea notion novel number numerou objecti observa observe obstacl obtain off
offer offerin offers often older one ones online only onto open operate operati optimal optimiz order origina
other others our out outcome outperf output outputs over overall overcom overhea overloo paired pairs paper
paradig paralle paramet part particu past pattern people per perform phase piece pipelin platfor play plays
point points policy poor popular poses positiv possibl potenti power powerfu practic pre precise precisi
predict prefere present preserv prevent previou primari princip probabi problem procedu process produce produci
product progres project promis promise promisi prompti propert propose proprie protoco proven provide providi
pseudo public publicl purpose put quality quantit queries query questio quickly quite raise range ranging rapid
rapidly rates rather reach reading real realist really recent recentl recogni recover reduce reduced reduces
reducin reducti redunda referen refine refinem reflect regular related relatio relativ release relevan reliabi
reliabl relianc rely relying remain remains remark remarka renderi reporte represe reprodu require requiri
researc resolut resourc respect respons restric result resulti results reveal reveali reveals review rewards
rich rigorou risks rival robust robustn role same sample samples samplin scalabi scalabl scale scales scaling
scarcit scenari scheme scienti score scores seamles second seem seems selecti self sensiti separat sequenc
sequent series serve serves set sets setting setup several shall shared short shortco should show showcas
showing shown shows side signals signifi similar simple simply simulat simulta single situati six size sizes
slightl slow small smaller society solely solid solutio solve solves solving some somethi sort sorts sota sound
source sources space spannin special specifi speed stabili stable stage stages stand standar stands state
state-o states static step steps still strateg strengt strong strongl structu struggl studied studies study
style subject subopti subsequ subset substan success such suffer suffici suggest suitabl superio supervi
support surpass synthes synthet system systema systems tackle tailore target task tasks teacher team techniq
technol ten test tested testing tests than that the their them then theoret theory there thereby therefo these
they thing things thinkin third this thorou thoroug those thought three through thus time times today too tool
top topic toward towards trade trade-o traditi train trained trainin transfe transla trend truth tuned tuning
turn turns two type types typical under underex underly undersc underst unified unique univers unlike unseen
upon usage use used useful user users uses using usual utilize utilizi validat valuab valuabl value values
variati variety various varying verifia verific verifie versati very via view views vulnera was way ways weak
weaknes web weigh weight weights well well-kn were what when where whether which while who whose why wide
widely will with within without work works world worse worth worthwh would years yet yield yields
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
GENERIC_KOREAN = frozenset(
    """
연구 논문 저자 문제 과제 작업 새로 관점 다루 다룹 다뤘 다룬 실험 거치 거쳐 거친 의미 결과 기존 방식 방법 기법 기술 한계 뛰어넘 넘어서 넘어선 모델 모형 학습 내놓 여러 다양 효과 확인 최신
적용 어려 까다로 풀었 풀어 풀고 초기 긍정 사전 활용 효율 제안 제시 지표 성능 모두 고려 설계 널리 쓰이 쓰여 쓰는 벤치마크 장점 단점 보였 보이 보여 보입 보인 놓친 놓치 부분 짚었 짚어 짚고
짚은 만들 만든 강력 비교 대상 겨루 겨뤄 경쟁 입증 증명 구조 알맞 변형 끌어올 끌어 좋은 좋아 신뢰 인공지능 확장 정량 정성 평가 우수 거두 거둔 거뒀 생성형 이용 마련 폭넓 다른 쉽게 결합 유연
꾸준 향상 중시 속도 균형 이루 이룬 이뤘 접근 보완 조건 유용 해결 하고자 지금까지 지닌 부족 메우 메워 자료 데이터 선보 개선 높였 높이 높여 높은 높인 높아 낮췄 낮추 낮은 낮아 줄였 줄이 줄여
줄인 늘렸 늘리 늘어 크게 작은 많은 적은 적절 상당 뛰어 성과 발견 분석 조사 정리 검토 탐구 살펴 살피 살핀 밝히 밝혔 밝혀 드러 나타 가능 필요 중요 핵심 주요 기여 도움 역할 분야 영역 응용
현실 실제 환경 상황 사용 시스템 프레임워크 알고리즘 네트워크 신경망 구성 요소 단계 과정 절차 전략 목표 목적 이론 실용 체계 통합 단순 간단 복잡 정확 안정 일반 기본 기반 바탕 토대 근거 이해
정보 표준 공개 코드 데이터셋 규모 대규모 비용 시간 자원 계산 수준 최고 최초 처음 이전 선행 관련 최근 함께 통해 통하 통한 대해 대한 따라 따르 위해 위한 같은 같이 것을 것으 것이 또한
특히 그리고 이를 이러한 이런 그런 경우 측면 차이 특성 특징 원인 이유 시도 노력 발전 진전 흐름 방향 가치 의의 사람 사용자 개발 구현 도입 소개 설명 제공 지원 강조 집중 초점 맞추 맞춘 맞췄
뒷받침 견고 강건 약점 강점 손쉽 빠르 빠른 빨라 느린 풍부 충분 유망 잠재력 가능성 전망 기대 인상 흥미 독창 참신 탁월 유의 뚜렷 분명 명확 지속 반복 종합 포괄 심층 면밀 꼼꼼 철저 세심
정교 섬세 도전 어떤 어느 모든 각각 각종 서로 전체 일부 대부분 상당수 주어진 얻었 얻어 얻은 얻을 얻습 얻고 얻는 있음 있는 있었 있습 있어 있으 없는 없이 없었 나은 나아 낫다 잘하 잘된 잘되
못하 못한 아니 아닌 되었 됐습 된다 하였 했습 한다 하는 하며 하고 해서 대체 대신 대비 대응 점검 시험 측정 검증 재현 예측 결론 논의 제기 질문 답을 도구 수단 유형 종류 범위 정도 품질 균등
주목 한층 실용성 색다 요구 반영 가늠 깊이 시사 도출 혁신 아이디어 바꾸 바꿔 바꾼 풀리 실마리 통찰 후속 향후 비슷 경향 관심 쓸모 넓히 넓혀 넓힌 넓은 넓게 두드러 자연스 믿을 참고 부각 겨냥 비롯
키우 키워 키웠 키운 다듬 다져 다졌 다진 따져 살려 살린 살리 나아가 남다 돋보 눈에 눈여겨 두각 초석 발판 디딤돌 이정표 새롭 새길 걸음 한발 걸맞 값진 뜻깊 실질 현장 산업 요건 수요 과감 기계 딥러닝 머신러닝
모색 강구 고안 고찰 규명 파헤 들여다 갖가지 여러모 다각 다방면 다채 광범 방대 막대 우려 희망 약속 촉망 체감 만족 호평 인정 각광 기술력 완성도 활용도 효용 실효 효능 능률 부담 번거 수고 쉬운 쉽고 어렵
고민 고심 허점 빈틈 결함 걸림돌 장벽 병목 난관 난점 그동안 지금껏 이제껏 이제 근래 차세대 첨단 선도 주도 앞장 획기 파격 놀라 놀랄 눈부 훌륭 멋진 범용 보편 총체 조화 맞물 이어지 이어질 높일 높입 커질
커졌 커진 줄일 줄입 늘릴 이끌어 이뤄 만드 만들어 만듭 찾아 찾은 찾는 찾았 알려 알린 알게 배운 배우 배워 모아 모은 모았 나누 나눠 나눈 합친 합쳐 합치 더불 아울 비추 비춰 밝힙 보고 전합 다뤄 기술했 논하 거론
언급 역량 능력 재주 솜씨 품은 품고 지녔 가졌 가진 가지 갖고 잘못 문제점 과제를 시험대 돌려 돌린 바탕으 한데 하나 둘 가장 거의 그래 그대로 여럿 많이 적게 크고 작게 넓이 새로이 손꼽 꼽히 꼽은
최적 돌파 난제 숙제 오랜 오래 지난 요즘 오늘 현재 미래 앞으로 이번 이어 이은 이룰 쌓은 쌓아 갖춘 갖추 담은 담아 담았 나온 나왔 내었 냈습 낸다 냈으 이끌 이끈 펼쳤 펼친 던졌 열었 연다 열어
세웠 세운 세우 덜어 더해 더한 더했 더욱 매우 아주 무척 훨씬 점차 크기 영향 변화 증가 감소 유지 보존 확보 확대 축소 강화 완화 조절 조정 제어 관리 운영 처리 수행 실행 진행 시행 완성 달성
도달 이르 이른 이르렀 미치 미친 걸쳐 걸친 두루 고루 고르게 골고루 일관 일정 특정 개별 공통 독립 상호 자체 스스로 직접 간접 자동 수동 외부 내부 안팎 전반 전통 현대 고급 저렴 유효 타당 적합
적정 합리 객관 주관 실증 경험 이점 이득 손실 인공 지능 업계 학계 실무 전문 이용자 개발자 연구자 연구진 연구팀 팀이 팀은 여지 여전 아직
이미 벌써 먼저 나중 다음 다시 계속 자주 흔히 보통 대개 주로 오직 오로지 단지 다만 하지만 그러나 한편 반면 따라서 그래서 그러므로 때문 덕분 덕에 의해 의한 대로 만큼 처럼 보다 부터 까지 에서
구체 세부 자세 상세 요약 정의 개념 원리 원칙 기준 규칙 형태 형식 내용 주제 대안 해법 해답 해결책 방안 방책 비결 요인 변수 설정 구축 수립 제작 작성 수집 선택 선정 추출 변환 전환 교체 대조
견주 견줘 견준 능가 앞섰 앞서 앞선 앞지 뒤지 밀리 웃도 웃돌 상회 하회 넘는 넘어 넘은 넘었 초과 이하 이상 미만 정답 오류 오차 실패 성공 좋았 좋게 나빴 나쁜 올랐 올라 오른 올린 올렸 내렸
내린 떨어 하락 상승 증진 촉진 가속 단축 절감 절약 최소 최대 극대 극소 언어 대형 거대 소형 경량
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# Words of one syllable, with nothing but a particle behind them.
GENERIC_KOREAN_SYLLABLES = frozenset(
    """
이 그 저 본 새 더 잘 수 등 및 또 각 전 후 간 때 면 점 것 틀 폭 두 세 네 한 첫 못 안 곳 데 바 중 내 외 위 앞 뒤 그것 무엇 글 뜻 힘 값 길 일 말 몇 큰 작 많 적 꽤 퍽 참 곧
늘 왜 온 옛 될 할 된 준 줄 수도 수가
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
# Korean terms that say nothing of one item, although their English words stand in its source.
COMMON_TERMS = frozenset(
    """
학습 평가 방법 자료 지식 추론 구조 설계 과정 정보 성능 기준 벤치마크 신경망 네트워크 언어 말 생성 만들 제작 작성 설명 이해 처리 문제 질문 답 예측 데이터베이스
분야 영역 범위 시간 품질 질 규모 확장 개선 향상 강화 적용 조정 맞추 맞춤 보완 활용 이용 탐색 찾 통합 결합 합치 비교 분석 측정 검증 확인 다양 복잡 효율 정확 신뢰 안정 사람 인간 사용자 이용자
공동 협력 작업 조작 운영 선별 수정 고치 고쳐 유지 전달 옮기 이동 변환 전환 변화 관계 연결 연관 관련 대상 목표 목적 관점 시점 수준 단계 계층 실험 시험 테스트 예시 사례 표본 근거 이유 의미 내용 상황 환경 조건 제약 제한 위험 안전 보호 지키 구현 개념 특징 특성 속성 기능 능력 기술 도구 모듈 틀 체계 프레임워크 판단 결정 도움 도우 지원 보조 자동 자율 모양 형태 구성 나누 분리 조각 점 기반 기초 일반화 학생 교육 사회 세계 전체 개인 비용 활성 향상 우도 늘리 줄 훈련 경험 경제 속도 빠르 연구 조사 점검 관리 검사 감사 뽑 풀 약 글 텍스트 이야기 반복 점진 지속 연속 계속 평생 구별 판별 인식 인지 새로움 참신 신규 무게 가중 경쟁 매개변수 파라미터 오류 오차 차이 격차 간 비 눈 입 시 성 색 표 물 수 핵 힘 피 뼈 숲 강 불 병 암 망 층 문 두
""".split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
